"""The past gets a reader of its own, which goes on where the reader of all had come to."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('segments', '0005_indicators_of_the_company'),
        ('kernel', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(
            "INSERT INTO kernel_cursor (consumer, epoch, transaction_id, event_id, moved_at) "
            "SELECT 'segments.history', epoch, transaction_id, event_id, moved_at FROM kernel_cursor "
            "WHERE consumer = 'segments' ON CONFLICT DO NOTHING",
            "DELETE FROM kernel_cursor WHERE consumer = 'segments.history'",
        ),
    ]
