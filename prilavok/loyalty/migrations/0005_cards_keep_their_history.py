"""What became of a card is kept; a tier that histories name may be removed."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0004_the_book_is_numbered")]
    operations = [
        migrations.CreateModel(
            name="CardChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        max_length=10,
                        choices=[
                            ("stock", "In stock"),
                            ("issued", "Issued"),
                            ("active", "Active"),
                            ("blocked", "Blocked"),
                            ("replaced", "Replaced"),
                        ],
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by_kind", models.CharField(max_length=20)),
                ("by_id", models.BigIntegerField(null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                (
                    "card",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="loyalty.card",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["card", "-id"], name="loyalty_changes_of_card")]},
        ),
        migrations.AddIndex(
            "card",
            models.Index(fields=["state", "-id"], condition=~Q(state="stock"), name="loyalty_cards_given_out"),
        ),
        migrations.AddField("tier", "removed_at", models.DateTimeField(null=True)),
        migrations.AlterField("tier", "code", models.CharField(max_length=40)),
        migrations.RemoveConstraint("tier", "loyalty_one_tier_per_place"),
        migrations.AddConstraint(
            "tier",
            models.UniqueConstraint(
                fields=["programme", "place"], condition=Q(removed_at=None), name="loyalty_one_tier_per_place"
            ),
        ),
        migrations.AddConstraint(
            "tier",
            models.UniqueConstraint(
                fields=["code"], condition=Q(removed_at=None), name="loyalty_one_tier_per_code"
            ),
        ),
    ]
