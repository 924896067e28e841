import django.db.models.deletion
import prilavok.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    """Merges that can be undone, pairs that wait for a verdict, kinds of identifiers, values that tell nobody."""

    dependencies = [
        ('customers', '0004_deleting_waits_for_writing'),
    ]

    operations = [
        migrations.CreateModel(
            name='Candidate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=prilavok.kernel.ids.uuid7, editable=False, unique=True)),
                ('score', models.FloatField()),
                ('reasons', models.JSONField(default=list)),
                ('source', models.CharField(max_length=20)),
                ('state', models.CharField(choices=[('open', 'Waiting'), ('merged', 'Merged'), ('apart', 'Different people')], default='open', max_length=10)),
                ('at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by_kind', models.CharField(blank=True, default='', max_length=10)),
                ('decided_by_id', models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='IdentifierKind',
            fields=[
                ('code', models.CharField(max_length=20, primary_key=True, serialize=False, verbose_name='Code')),
                ('name', models.CharField(blank=True, default='', max_length=100, verbose_name='Name')),
                ('family', models.CharField(choices=[('contact', 'By contact'), ('contactless', 'Contactless'), ('innovative', 'Innovative')], default='contact', max_length=20, verbose_name='Class')),
                ('reach', models.CharField(blank=True, choices=[('', '—'), ('low', 'Low'), ('medium', 'Medium'), ('high', 'High')], default='', max_length=10, verbose_name='Reach')),
                ('cost', models.CharField(blank=True, choices=[('', '—'), ('low', 'Low'), ('medium', 'Medium'), ('high', 'High')], default='', max_length=10, verbose_name='Cost')),
                ('limits', models.TextField(blank=True, default='', max_length=1000, verbose_name='Limits')),
                ('channel_only', models.BooleanField(default=False, verbose_name='Channel only, no purchase history')),
                ('exclusive', models.BooleanField(default=True, verbose_name='One owner only')),
                ('shape', models.CharField(choices=[('text', 'As it is'), ('card', 'Card number: digits and Latin capitals'), ('ean13', 'Card number with an EAN-13 check digit'), ('luhn', 'Card number with a Luhn check digit'), ('digits', 'Digits only'), ('hex', 'Hexadecimal digits'), ('mac', 'MAC address'), ('phone', 'Phone'), ('email', 'E-mail')], default='text', max_length=10, verbose_name='Form')),
                ('min_length', models.PositiveSmallIntegerField(default=1, verbose_name='Shortest')),
                ('max_length', models.PositiveSmallIntegerField(default=200, verbose_name='Longest')),
                ('shared_by', models.PositiveSmallIntegerField(default=5, verbose_name='Too common from')),
                ('active', models.BooleanField(default=True, verbose_name='In use')),
                ('position', models.PositiveSmallIntegerField(default=100)),
            ],
            options={
                'ordering': ['position', 'code'],
            },
        ),
        migrations.CreateModel(
            name='Kin',
            fields=[
                ('profile', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='customers.profile')),
            ],
        ),
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=prilavok.kernel.ids.uuid7, editable=False, unique=True)),
                ('modes', models.JSONField(default=dict)),
                ('rule', models.CharField(max_length=50)),
                ('evidence', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
                ('by_kind', models.CharField(max_length=10)),
                ('by_id', models.BigIntegerField(null=True)),
                ('undone_at', models.DateTimeField(null=True)),
                ('undone_by_kind', models.CharField(blank=True, default='', max_length=10)),
                ('undone_by_id', models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Quarantine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('value', models.CharField(max_length=254)),
                ('reason', models.CharField(max_length=30)),
                ('people', models.PositiveIntegerField(default=0)),
                ('at', models.DateTimeField()),
                ('by_kind', models.CharField(default='system', max_length=10)),
                ('by_id', models.BigIntegerField(null=True)),
                ('released_at', models.DateTimeField(null=True)),
                ('released_by_kind', models.CharField(blank=True, default='', max_length=10)),
                ('released_by_id', models.BigIntegerField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='identifier',
            name='customers_identifier_of_one',
        ),
        migrations.AddField(
            model_name='identifier',
            name='alone',
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name='person',
            name='told',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='person',
            name='told_at',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AlterField(
            model_name='identifier',
            name='kind',
            field=models.CharField(max_length=20),
        ),
        migrations.AddIndex(
            model_name='identifier',
            index=models.Index(models.F('kind'), models.F('value'), condition=models.Q(('alone', False)), name='customers_identifier_claimed'),
        ),
        migrations.AddConstraint(
            model_name='identifier',
            constraint=models.UniqueConstraint(condition=models.Q(('alone', True)), fields=('kind', 'value'), name='customers_identifier_of_one', opclasses=['varchar_pattern_ops', 'varchar_pattern_ops']),
        ),
        migrations.AddConstraint(
            model_name='identifier',
            constraint=models.UniqueConstraint(condition=models.Q(('alone', False)), fields=('profile', 'kind', 'value'), name='customers_identifier_claimed_once'),
        ),
        migrations.AddField(
            model_name='candidate',
            name='left',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.profile'),
        ),
        migrations.AddField(
            model_name='candidate',
            name='right',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.profile'),
        ),
        migrations.AddField(
            model_name='kin',
            name='head',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.profile'),
        ),
        migrations.AddField(
            model_name='merge',
            name='loser',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lost', to='customers.person'),
        ),
        migrations.AddField(
            model_name='merge',
            name='winner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='won', to='customers.person'),
        ),
        migrations.AddConstraint(
            model_name='quarantine',
            constraint=models.UniqueConstraint(fields=('kind', 'value'), name='customers_quarantine_once'),
        ),
        migrations.AddIndex(
            model_name='candidate',
            index=models.Index(models.OrderBy(models.F('score'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('state', 'open')), name='customers_candidate_waiting'),
        ),
        migrations.AddConstraint(
            model_name='candidate',
            constraint=models.UniqueConstraint(fields=('left', 'right'), name='customers_candidate_once'),
        ),
        migrations.AddConstraint(
            model_name='candidate',
            constraint=models.CheckConstraint(condition=models.Q(('left__lt', models.F('right'))), name='customers_candidate_in_order'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('loser',), name='customers_merge_lost_once'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.CheckConstraint(condition=models.Q(('winner', models.F('loser')), _negated=True), name='customers_merge_of_two'),
        ),
        migrations.RunSQL(
            "UPDATE customers_identifier SET alone = false WHERE proof = 'claimed'", migrations.RunSQL.noop
        ),
    ]
