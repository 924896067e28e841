from django.db import migrations

from prilavok.kernel.promises import named_rows_are_kept

RECEIPT, LINE, DISCOUNT = "orders_receipt", "orders_receiptline", "orders_linediscount"


class Migration(migrations.Migration):
    """Nothing that a receipt or a line names can be deleted, not even while the receipt is being written."""

    dependencies = [("orders", "0003_receipts_are_checked_together")]

    operations = [
        named_rows_are_kept("orders_line_of_receipt", table=LINE, column="receipt_id", parent=RECEIPT),
        named_rows_are_kept(
            "orders_line_of_product", table=LINE, column="product_id", parent="catalog_product"
        ),
        named_rows_are_kept("orders_discount_of_line", table=DISCOUNT, column="line_id", parent=LINE),
        named_rows_are_kept("orders_receipt_in_shop", table=RECEIPT, column="shop_id", parent="company_shop"),
        named_rows_are_kept("orders_receipt_at_till", table=RECEIPT, column="till_id", parent="company_till"),
        named_rows_are_kept(
            "orders_receipt_of_profile", table=RECEIPT, column="profile_id", parent="customers_profile"
        ),
        named_rows_are_kept("orders_line_takes_back", table=LINE, column="returned_id", parent=LINE),
    ]
