from django.db import migrations

from prilavok.kernel.promises import all_are_asked_together, asks_no_more

RECEIPT, LINE = "orders_receipt", "orders_receiptline"


class Migration(migrations.Migration):
    """What a receipt names, and what a line does, is asked by one question each: a till writes one receipt at a time."""

    dependencies = [("orders", "0006_people_have_roles_in_orders")]

    operations = [
        all_are_asked_together(
            "orders_receipt_names",
            table=RECEIPT,
            names={
                "shop_id": "company_shop",
                "till_id": "company_till",
                "profile_id": "customers_profile",
            },
        ),
        all_are_asked_together(
            "orders_line_names",
            table=LINE,
            names={"receipt_id": RECEIPT, "product_id": "catalog_product", "returned_id": LINE},
        ),
        asks_no_more("orders_receipt_in_shop", table=RECEIPT, column="shop_id", parent="company_shop"),
        asks_no_more("orders_receipt_at_till", table=RECEIPT, column="till_id", parent="company_till"),
        asks_no_more(
            "orders_receipt_of_profile", table=RECEIPT, column="profile_id", parent="customers_profile"
        ),
        asks_no_more("orders_line_of_receipt", table=LINE, column="receipt_id", parent=RECEIPT),
        asks_no_more("orders_line_of_product", table=LINE, column="product_id", parent="catalog_product"),
        asks_no_more("orders_line_takes_back", table=LINE, column="returned_id", parent=LINE),
    ]
