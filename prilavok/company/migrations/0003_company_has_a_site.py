from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("company", "0002_lists_are_looked_at_passwords_forgotten")]

    operations = [
        migrations.AddField(
            model_name="company",
            name="site",
            field=models.URLField(blank=True, default="", max_length=500),
        ),
    ]
