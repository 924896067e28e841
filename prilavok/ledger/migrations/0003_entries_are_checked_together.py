import django.db.models.deletion
from django.db import migrations, models

from prilavok.kernel.promises import all_named_rows_exist


def named(to: str, name: str, **more: object) -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=name,
        to=to,
        **more,
    )


class Migration(migrations.Migration):
    """What the entries of a transaction name is asked by one question for all of them."""

    dependencies = [("ledger", "0002_lots_and_reservations")]

    operations = [
        migrations.AlterField("Entry", "transaction", named("ledger.transaction", "entries")),
        migrations.AlterField("Entry", "account", named("ledger.account", "entries")),
        migrations.AlterField("Entry", "lot", named("ledger.lot", "entries", null=True)),
        *all_named_rows_exist(
            "ledger_entry_names",
            table="ledger_entry",
            names={
                "transaction_id": "ledger_transaction",
                "account_id": "ledger_account",
                "lot_id": "ledger_lot",
            },
        ),
    ]
