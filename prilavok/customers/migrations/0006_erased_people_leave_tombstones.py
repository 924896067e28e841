
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0005_who_turned_out_to_be_who'),
    ]

    operations = [
        migrations.CreateModel(
            name='Tombstone',
            fields=[
                ('digest', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
            ],
        ),
    ]
