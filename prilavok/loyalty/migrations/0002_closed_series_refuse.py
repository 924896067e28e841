from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0001_coupons")]

    operations = [
        migrations.AlterField(
            model_name="refuseduse",
            name="reason",
            field=models.CharField(
                choices=[
                    ("unknown", "no such code"),
                    ("not_yet", "not valid yet"),
                    ("expired", "no longer valid"),
                    ("closed", "the series is closed"),
                    ("used", "already used"),
                    ("other_customer", "issued to another customer"),
                    ("too_little", "the basket is below the minimum"),
                ],
                max_length=20,
            ),
        ),
    ]
