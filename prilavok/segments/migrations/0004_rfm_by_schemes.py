import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q
from django.utils import timezone

import prilavok.kernel.ids

_COPY = """
    INSERT INTO segments_rfmscore
        (scheme_id, profile_id, r, f, m, cell, last_date, receipts, revenue, since)
    SELECT (SELECT id FROM segments_rfmscheme WHERE is_main), profile_id, r, f, m, cell, last_date, receipts,
        revenue, since
    FROM segments_rfmscoreofone
"""


def the_common_scheme(apps, _editor):
    """Everything reckoned so far was reckoned by what is now the common scheme."""
    runs = apps.get_model("segments", "RfmRun").objects
    if runs.exists():
        now = timezone.now()
        common = apps.get_model("segments", "RfmScheme").objects.create(
            is_main=True, made_at=now, changed_at=now
        )
        runs.update(scheme=common)


class Migration(migrations.Migration):
    dependencies = [
        ("company", "0001_initial"),
        ("customers", "0001_initial"),
        ("segments", "0003_uploaded_lists"),
    ]

    operations = [
        migrations.CreateModel(
            name="RfmScheme",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=prilavok.kernel.ids.uuid7, editable=False, unique=True)),
                ("name", models.CharField(blank=True, default="", max_length=100, verbose_name="Name")),
                (
                    "brand",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="company.brand",
                        verbose_name="Brand",
                    ),
                ),
                ("settings", models.JSONField(default=dict)),
                ("is_main", models.BooleanField(default=False)),
                ("made_by", models.BigIntegerField(null=True)),
                ("made_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("archived_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-is_main", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(is_main=True), fields=("is_main",), name="segments_one_main_rfm_scheme"
                    ),
                    models.CheckConstraint(
                        condition=Q(is_main=False) | Q(archived_at__isnull=True),
                        name="segments_main_rfm_scheme_is_live",
                    ),
                ],
            },
        ),
        migrations.AddField(
            "rfmrun",
            "scheme",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="runs",
                to="segments.rfmscheme",
            ),
        ),
        migrations.AddField("rfmrun", "settings", models.JSONField(default=dict)),
        migrations.AddField("rfmrun", "redefined", models.BooleanField(default=False)),
        migrations.AddField("rfmrun", "receipts", models.PositiveBigIntegerField(default=0)),
        migrations.AddField("rfmrun", "moved", models.PositiveIntegerField(default=0)),
        migrations.AlterField("rfmrun", "changed", models.PositiveIntegerField(default=0)),
        migrations.RunPython(the_common_scheme, migrations.RunPython.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            "rfmrun",
            "scheme",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="segments.rfmscheme"
            ),
        ),
        migrations.RemoveIndex("rfmscore", "segments_rfm_place"),
        migrations.RemoveIndex("rfmscore", "segments_rfm_cell"),
        migrations.RenameModel("RfmScore", "RfmScoreOfOne"),
        migrations.CreateModel(
            name="RfmScore",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "scheme_id", "profile_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("r", models.PositiveSmallIntegerField()),
                ("f", models.PositiveSmallIntegerField()),
                ("m", models.PositiveSmallIntegerField()),
                ("cell", models.CharField(max_length=20)),
                ("last_date", models.DateField(null=True)),
                ("receipts", models.PositiveIntegerField(default=0)),
                ("revenue", models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ("since", models.DateTimeField()),
                (
                    "scheme",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="segments.rfmscheme",
                    ),
                ),
                (
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.profile"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["scheme", "cell", "r", "f"], name="segments_rfm_places")],
            },
        ),
        migrations.RunSQL(_COPY, migrations.RunSQL.noop),
        migrations.DeleteModel("RfmScoreOfOne"),
        migrations.CreateModel(
            name="RfmPast",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cell", models.CharField(max_length=20)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                (
                    "scheme",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="segments.rfmscheme",
                    ),
                ),
                (
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.profile"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["scheme", "until", "since"], name="segments_rfm_past")],
                "constraints": [
                    models.CheckConstraint(condition=Q(until__gt=F("since")), name="segments_rfm_past_lasted")
                ],
            },
        ),
    ]
