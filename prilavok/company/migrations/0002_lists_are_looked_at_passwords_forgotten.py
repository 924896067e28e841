import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("company", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="look",
            name="what",
            field=models.CharField(
                choices=[
                    ("card", "Opened the card"),
                    ("contacts", "Saw the contacts"),
                    ("list", "Saw a list"),
                    ("export", "Exported"),
                    ("api", "Read through the API"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="PasswordRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["employee", "-at"], name="company_password_requests")],
            },
        ),
    ]
