import django.db.models.deletion
from django.db import migrations, models

# A lot's sums are those of its entries, however an entry came to be written.
FILLS_LOTS = """
CREATE FUNCTION ledger_fills_lots() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ledger_lot l
    SET pending = l.pending + d.pending, held = l.held + d.held, reserved = l.reserved + d.reserved
    FROM (
        SELECT w.lot_id,
               coalesce(sum(w.amount) FILTER (WHERE a.kind = 'pending'), 0) AS pending,
               coalesce(sum(w.amount) FILTER (WHERE a.kind = 'held'), 0) AS held,
               coalesce(sum(w.amount) FILTER (WHERE a.kind = 'reserved'), 0) AS reserved
        FROM written w JOIN ledger_account a ON a.id = w.account_id WHERE w.lot_id IS NOT NULL GROUP BY w.lot_id
    ) AS d WHERE d.lot_id = l.id;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_fills_lots AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ledger_fills_lots();
"""
EMPTIES = "DROP FUNCTION ledger_fills_lots() CASCADE;"


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0001_double_entry'),
    ]

    operations = [
        migrations.CreateModel(
            name='Lot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField()),
                ('available_from', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('pending', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('held', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('reserved', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
            ],
        ),
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('transaction', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='ledger.transaction')),
                ('until', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='transaction',
            name='corrects',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.transaction'),
        ),
        migrations.AddIndex(
            model_name='transaction',
            index=models.Index(condition=models.Q(('corrects__isnull', False)), fields=['corrects'], name='ledger_corrections'),
        ),
        migrations.AddField(
            model_name='lot',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='ledger.account'),
        ),
        migrations.AddField(
            model_name='lot',
            name='heir_of',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.lot'),
        ),
        migrations.AddField(
            model_name='lot',
            name='source',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account'),
        ),
        migrations.AddField(
            model_name='entry',
            name='lot',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='ledger.lot'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('lot__isnull', False)), fields=['lot'], include=('amount',), name='ledger_entry_of_lot'),
        ),
        migrations.AddField(
            model_name='reservation',
            name='closed_by',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.transaction'),
        ),
        migrations.AddIndex(
            model_name='lot',
            index=models.Index(condition=models.Q(('pending__gt', 0), ('held__gt', 0), ('reserved__gt', 0), _connector='OR'), fields=['account', 'expires_at'], name='ledger_lots_of_account'),
        ),
        migrations.AddIndex(
            model_name='lot',
            index=models.Index(condition=models.Q(('held__gt', 0), ('pending__gt', 0), _connector='OR'), fields=['expires_at'], name='ledger_lots_to_lapse'),
        ),
        migrations.AddIndex(
            model_name='lot',
            index=models.Index(condition=models.Q(('pending__gt', 0)), fields=['available_from'], name='ledger_lots_to_ripen'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('held__gte', 0), ('pending__gte', 0), ('reserved__gte', 0)), name='ledger_lot_never_owes'),
        ),
        migrations.AddIndex(
            model_name='reservation',
            index=models.Index(condition=models.Q(('closed_by__isnull', True)), fields=['until'], name='ledger_open_reservations'),
        ),
        migrations.RunSQL(FILLS_LOTS, EMPTIES),
    ]
