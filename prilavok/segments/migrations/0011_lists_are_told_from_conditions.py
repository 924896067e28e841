from typing import Any

from django.db import migrations, models
from django.db.models.functions import TruncDate


def mark(apps: Any, _schema: Any) -> None:
    """A static segment that was never drawn, waits for nothing and has no trouble is a list of people."""
    found = apps.get_model("segments", "Segment").objects.filter(
        kind="static", drawn_on=None, stale_since=None, trouble=""
    )
    found.update(is_list=True, drawn_on=TruncDate("made_at"))


class Migration(migrations.Migration):
    """A list that was restored or copied was taken for one of everybody: it has no conditions."""

    dependencies = [("segments", "0010_runs_over_a_base_that_was_filled")]

    operations = [
        migrations.AddField(
            model_name="segment",
            name="is_list",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
