import django.db.models.deletion
from django.db import migrations, models

from prilavok.kernel.promises import ask_each_row_once, named_rows_exist


def named(to: str, **more: object) -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=to,
        **more,
    )


RECEIPT, LINE, DISCOUNT = "orders_receipt", "orders_receiptline", "orders_linediscount"


class Migration(migrations.Migration):
    """The other half of 0002: what a receipt and a returned line name is asked once per statement too."""

    dependencies = [("orders", "0002_lines_are_checked_together")]

    operations = [
        migrations.AlterField("Receipt", "shop", named("company.shop")),
        migrations.AlterField("Receipt", "till", named("company.till", null=True)),
        migrations.AlterField("Receipt", "profile", named("customers.profile", null=True)),
        migrations.AlterField("ReceiptLine", "returned", named("orders.receiptline", null=True)),
        ask_each_row_once("orders_line_of_receipt", table=LINE, column="receipt_id", parent=RECEIPT),
        ask_each_row_once(
            "orders_line_of_product", table=LINE, column="product_id", parent="catalog_product"
        ),
        ask_each_row_once("orders_discount_of_line", table=DISCOUNT, column="line_id", parent=LINE),
        named_rows_exist("orders_receipt_in_shop", table=RECEIPT, column="shop_id", parent="company_shop"),
        named_rows_exist("orders_receipt_at_till", table=RECEIPT, column="till_id", parent="company_till"),
        named_rows_exist(
            "orders_receipt_of_profile", table=RECEIPT, column="profile_id", parent="customers_profile"
        ),
        named_rows_exist("orders_line_takes_back", table=LINE, column="returned_id", parent=LINE),
    ]
