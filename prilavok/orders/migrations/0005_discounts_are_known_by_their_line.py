import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A discount is known by its line and its place there: one index instead of two, and no number of its own."""

    dependencies = [("orders", "0004_deleting_waits_for_writing")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL("ALTER TABLE orders_linediscount ADD COLUMN number smallint"),
                migrations.RunSQL(
                    "UPDATE orders_linediscount AS discount SET number = told.number FROM"
                    " (SELECT id, row_number() OVER (PARTITION BY line_id ORDER BY id) AS number"
                    " FROM orders_linediscount) AS told WHERE told.id = discount.id"
                ),
                migrations.RunSQL("DROP INDEX orders_linediscount_line_id_b12481c6"),
                migrations.RunSQL(
                    "ALTER TABLE orders_linediscount DROP COLUMN id, ALTER COLUMN number SET NOT NULL,"
                    " ADD PRIMARY KEY (line_id, number),"
                    " ADD CONSTRAINT orders_linediscount_number_check CHECK (number >= 0)"
                ),
            ],
            state_operations=[
                migrations.RemoveField("LineDiscount", "id"),
                migrations.AddField(
                    "LineDiscount",
                    "pk",
                    models.CompositePrimaryKey("line", "number", blank=True, editable=False, primary_key=True, serialize=False),
                ),
                migrations.AddField("LineDiscount", "number", models.PositiveSmallIntegerField(), preserve_default=False),
                migrations.AlterField(
                    "LineDiscount",
                    "line",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="discounts",
                        to="orders.receiptline",
                    ),
                ),
            ],
        ),
    ]
