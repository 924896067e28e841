import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0006_erased_people_leave_tombstones'),
    ]

    operations = [
        migrations.CreateModel(
            name='PersonalRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('archive', 'Hand out all that is kept'), ('correction', 'Correct the data'), ('erasure', 'Erase the data')], max_length=10)),
                ('text', models.TextField(blank=True, default='', max_length=1000)),
                ('at', models.DateTimeField()),
                ('done_at', models.DateTimeField(null=True)),
                ('done_by_kind', models.CharField(blank=True, default='', max_length=10)),
                ('done_by_id', models.BigIntegerField(null=True)),
                ('profile', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.profile')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('done_at', None)), fields=('profile', 'kind'), name='customers_request_open_once')],
            },
        ),
    ]
