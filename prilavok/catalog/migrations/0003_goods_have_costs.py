import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_products_by_name")]

    operations = [
        migrations.CreateModel(
            name="ProductCost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateField(verbose_name="From")),
                ("cost", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="Cost of a unit")),
                (
                    "product",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="costs",
                        to="catalog.product",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("product", "since"), name="catalog_cost_once_a_day"),
                    models.CheckConstraint(condition=models.Q(("cost__gte", 0)), name="catalog_cost_is_no_income"),
                ],
            },
        ),
    ]
