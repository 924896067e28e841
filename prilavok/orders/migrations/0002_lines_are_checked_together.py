import django.db.models.deletion
from django.db import migrations, models

# A foreign key asks once per row; a year of receipts has millions of lines. These triggers keep the same promise
# by asking once per statement.
CHECK = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM written WHERE NOT EXISTS (SELECT 1 FROM {parent} p WHERE p.id = written.{column})) THEN
        RAISE foreign_key_violation USING MESSAGE = '{table} names a row of {parent} that does not exist';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER {name}_inserted AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {name}();
CREATE TRIGGER {name}_updated AFTER UPDATE ON {table}
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""
UNCHECK = "DROP FUNCTION {name}() CASCADE;"
PROMISES = [
    {
        "name": "orders_line_of_receipt",
        "table": "orders_receiptline",
        "column": "receipt_id",
        "parent": "orders_receipt",
    },
    {
        "name": "orders_line_of_product",
        "table": "orders_receiptline",
        "column": "product_id",
        "parent": "catalog_product",
    },
    {
        "name": "orders_discount_of_line",
        "table": "orders_linediscount",
        "column": "line_id",
        "parent": "orders_receiptline",
    },
]


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_receipts")]

    operations = [
        migrations.AlterField(
            "ReceiptLine",
            "receipt",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="lines",
                to="orders.receipt",
            ),
        ),
        migrations.AlterField(
            "ReceiptLine",
            "product",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.product",
            ),
        ),
        migrations.AlterField(
            "LineDiscount",
            "line",
            models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="discounts",
                to="orders.receiptline",
            ),
        ),
        *[migrations.RunSQL(CHECK.format(**promise), UNCHECK.format(**promise)) for promise in PROMISES],
    ]
