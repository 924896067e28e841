import django.db.models.deletion
from django.db import migrations, models

from prilavok.kernel.promises import all_named_rows_exist


def named(to: str, **more: object) -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=to,
        **more,
    )


class Migration(migrations.Migration):
    """What the promotions used on a receipt name is asked once a sale, not three times for each promotion."""

    dependencies = [("loyalty", "0016_cards_have_statuses")]

    operations = [
        migrations.AlterField("PromotionUse", "promotion", named("loyalty.promotion")),
        migrations.AlterField("PromotionUse", "receipt", named("orders.receipt")),
        migrations.AlterField("PromotionUse", "profile", named("customers.profile", null=True)),
        *all_named_rows_exist(
            "loyalty_use_names",
            table="loyalty_promotionuse",
            names={
                "promotion_id": "loyalty_promotion",
                "receipt_id": "orders_receipt",
                "profile_id": "customers_profile",
            },
        ),
    ]
