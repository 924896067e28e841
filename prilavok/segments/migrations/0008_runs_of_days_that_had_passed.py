from django.db import migrations, models


class Migration(migrations.Migration):
    """A reckoning made afterwards says so: what a scheme recalled is not what it lived through."""

    dependencies = [("segments", "0007_stays_are_checked_together")]

    operations = [
        migrations.AddField(
            model_name="rfmrun", name="as_then", field=models.BooleanField(db_default=False, default=False)
        ),
    ]
