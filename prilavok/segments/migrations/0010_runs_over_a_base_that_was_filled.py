from django.db import migrations, models


class Migration(migrations.Migration):
    """What moves because a file brought older purchases is no move of customers: the run says so."""

    dependencies = [("segments", "0009_long_lists_lie_in_files")]

    operations = [
        migrations.AddField(
            model_name="rfmrun", name="filled", field=models.BooleanField(db_default=False, default=False)
        ),
    ]
