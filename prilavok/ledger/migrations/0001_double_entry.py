import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import prilavok.kernel.ids

# Entries of a transaction are written by one statement, so the check asks once per statement, however many they are.
CLOSES = """
CREATE FUNCTION ledger_closes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    open record;
BEGIN
    SELECT w.transaction_id, a.unit, sum(w.amount) AS rest INTO open
    FROM written w JOIN ledger_account a ON a.id = w.account_id
    GROUP BY w.transaction_id, a.unit HAVING sum(w.amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE check_violation USING
            MESSAGE = format('transaction %s does not close: %s %s are left', open.transaction_id, open.rest, open.unit),
            CONSTRAINT = 'ledger_transaction_closes';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_closes AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ledger_closes();

CREATE FUNCTION ledger_is_never_edited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE restrict_violation USING MESSAGE = 'the books are never edited: post the amount back';
END $$;
CREATE TRIGGER ledger_entry_stays BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_never_edited();
CREATE TRIGGER ledger_transaction_stays BEFORE UPDATE OR DELETE ON ledger_transaction
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_never_edited();
"""
OPENS = """
DROP FUNCTION ledger_closes() CASCADE;
DROP FUNCTION ledger_is_never_edited() CASCADE;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner_kind", models.CharField(max_length=20)),
                ("owner_id", models.BigIntegerField()),
                ("kind", models.CharField(max_length=20)),
                ("unit", models.CharField(max_length=40)),
                ("may_owe", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["owner_kind", "owner_id", "unit", "kind"], name="ledger_account_of_owner")
                ],
                "indexes": [models.Index(fields=["unit", "kind"], name="ledger_account_of_unit")],
            },
        ),
        migrations.CreateModel(
            name="Transaction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=prilavok.kernel.ids.uuid7, editable=False, unique=True)),
                ("cause", models.UUIDField(unique=True)),
                ("reason", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                ("by_kind", models.CharField(max_length=20)),
                ("by_id", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.DecimalField(decimal_places=4, max_digits=19)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="ledger.account",
                    ),
                ),
                (
                    "transaction",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="ledger.transaction",
                    ),
                ),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=~Q(amount=0), name="ledger_entry_moves_something")],
                "indexes": [
                    models.Index(fields=["account", "id"], include=["amount"], name="ledger_entry_of_account"),
                    models.Index(fields=["transaction"], name="ledger_entry_of_transaction"),
                ],
            },
        ),
        migrations.RunSQL(CLOSES, OPENS),
    ]
