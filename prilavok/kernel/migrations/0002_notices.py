from django.db import migrations, models


class Migration(migrations.Migration):
    """Words under the bell that are no work: reminders."""

    dependencies = [("kernel", "0001_initial")]

    operations = [
        migrations.AddField("work", "notice", models.BooleanField(default=False, db_default=False)),
    ]
