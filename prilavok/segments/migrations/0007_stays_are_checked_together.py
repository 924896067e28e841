import django.db.models.deletion
from django.db import migrations, models

from prilavok.kernel.promises import named_rows_exist

STAY, SCORE, PAST = "segments_membership", "segments_rfmscore", "segments_rfmpast"
PROFILE, SEGMENT, SCHEME = "customers_profile", "segments_segment", "segments_rfmscheme"


def named(to: str, **more: object) -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to=to, **more
    )


class Migration(migrations.Migration):
    """Whom and what a stay or a score names is asked once per statement: half of the time of writing a large segment."""

    dependencies = [("segments", "0006_history_is_read_apart")]

    operations = [
        migrations.AlterField("Membership", "segment", named("segments.segment", db_index=False)),
        migrations.AlterField("Membership", "profile", named("customers.profile", db_index=False)),
        migrations.AlterField("RfmScore", "scheme", named("segments.rfmscheme", db_index=False)),
        migrations.AlterField("RfmScore", "profile", named("customers.profile")),
        migrations.AlterField("RfmPast", "scheme", named("segments.rfmscheme", db_index=False)),
        migrations.AlterField("RfmPast", "profile", named("customers.profile")),
        named_rows_exist("segments_stay_in", table=STAY, column="segment_id", parent=SEGMENT),
        named_rows_exist("segments_stay_of", table=STAY, column="profile_id", parent=PROFILE),
        named_rows_exist("segments_score_by", table=SCORE, column="scheme_id", parent=SCHEME),
        named_rows_exist("segments_score_of", table=SCORE, column="profile_id", parent=PROFILE),
        named_rows_exist("segments_past_by", table=PAST, column="scheme_id", parent=SCHEME),
        named_rows_exist("segments_past_of", table=PAST, column="profile_id", parent=PROFILE),
    ]
