
import datetime
import django.db.models.deletion
import django.db.models.functions.comparison
import prilavok.kernel.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('customers', '0004_deleting_waits_for_writing'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=prilavok.kernel.ids.uuid7, editable=False, unique=True)),
                ('title', models.CharField(max_length=300)),
                ('kind', models.CharField(choices=[('call', 'Call'), ('meeting', 'Meeting'), ('letter', 'Letter'), ('other', 'Other')], default='call', max_length=10)),
                ('priority', models.PositiveSmallIntegerField(choices=[(1, 'High'), (2, 'Usual'), (3, 'Low')], default=2)),
                ('due_at', models.DateTimeField(null=True)),
                ('whole_day', models.BooleanField(default=False)),
                ('reason', models.CharField(blank=True, default='', max_length=300)),
                ('subject_label', models.CharField(blank=True, default='', max_length=200)),
                ('subject_address', models.CharField(blank=True, default='', max_length=500)),
                ('subject_kind', models.CharField(blank=True, default='', max_length=40)),
                ('subject_key', models.CharField(blank=True, default='', max_length=64)),
                ('cause', models.UUIDField(null=True)),
                ('set_by_kind', models.CharField(max_length=20)),
                ('set_by_id', models.BigIntegerField(null=True)),
                ('set_at', models.DateTimeField()),
                ('remind_before', models.PositiveIntegerField(null=True)),
                ('remind_at', models.DateTimeField(null=True)),
                ('reminded_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_by_kind', models.CharField(blank=True, default='', max_length=20)),
                ('closed_by_id', models.BigIntegerField(null=True)),
                ('outcome', models.CharField(blank=True, choices=[('done', 'Done'), ('cancelled', 'Cancelled')], default='', max_length=10)),
                ('result', models.CharField(blank=True, default='', max_length=1000)),
                ('profile', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.profile')),
                ('responsible', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(models.F('responsible'), django.db.models.functions.comparison.Coalesce(models.F('due_at'), models.Value(datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.timezone.utc))), models.F('priority'), models.F('id'), condition=models.Q(('closed_at', None)), name='tasks_open_of_employee'), models.Index(django.db.models.functions.comparison.Coalesce(models.F('due_at'), models.Value(datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.timezone.utc))), models.F('priority'), models.F('id'), condition=models.Q(('closed_at', None)), name='tasks_open_by_due'), models.Index(condition=models.Q(('profile__isnull', False)), fields=['profile', '-id'], name='tasks_of_customer'), models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['-closed_at', '-id'], name='tasks_closed_latest'), models.Index(condition=models.Q(('closed_at', None), ('remind_at__isnull', False), ('reminded_at', None)), fields=['remind_at'], name='tasks_to_remind')],
                'constraints': [models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='tasks_task_says_what'), models.CheckConstraint(condition=models.Q(('whole_day', False), ('due_at__isnull', False), _connector='OR'), name='tasks_whole_day_is_a_day'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('outcome', '')), models.Q(('closed_at__isnull', False), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='tasks_closed_has_outcome'), models.UniqueConstraint(condition=models.Q(('cause__isnull', False)), fields=('cause',), name='tasks_once_per_cause')],
            },
        ),
    ]
