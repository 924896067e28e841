from django.db import migrations


class Migration(migrations.Migration):
    """A card that was activated as it was issued was activated there; of the others nobody knows."""

    dependencies = [("loyalty", "0023_cards_are_activated_somewhere")]

    operations = [
        migrations.RunSQL(
            "UPDATE loyalty_card SET activated_shop_id = shop_id"
            " WHERE activated_at = issued_at AND shop_id IS NOT NULL",
            migrations.RunSQL.noop,
        )
    ]
