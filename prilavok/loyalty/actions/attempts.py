"""Codes tried at tills that are nobody's, or somebody else's: written down, so that guessing is seen."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from prilavok.kernel import clock, prepared
from prilavok.kernel.actors import Actor
from prilavok.loyalty import rules
from prilavok.loyalty.models import CodeAttempt
from prilavok.loyalty.ports import TillBasket

KEPT_FOR = timedelta(days=365)

# As with what a calculation keeps: one statement, and the sale need not wait for the disk.
_NOTE = """
    WITH quick AS (SELECT set_config('synchronous_commit', 'off', true) AS said)
    INSERT INTO loyalty_codeattempt (code, coupon_id, reason, shop_id, till, profile_id, day, times, at)
    SELECT left(coalesce(c.code, tried.code), 64), c.id, tried.reason, %s::bigint, left(%s::text, 60), %s::bigint,
           %s::date, 1, %s::timestamptz
    FROM quick, unnest(%s::text[], %s::text[], %s::text[]) AS tried (code, key, reason)
    LEFT JOIN loyalty_coupon c ON replace(c.code, '-', '') = tried.key
    ON CONFLICT (day, shop_id, code, till, profile_id)
    DO UPDATE SET times = loyalty_codeattempt.times + 1, at = excluded.at"""


def note_attempts(basket: TillBasket, refused: Mapping[str, str], *, today: date, at: datetime) -> None:
    """Write down which of the codes refused for a basket are unknown, or another customer's."""
    tried = {
        rules.code_key(typed): (rules.shown_code(typed), reason)
        for typed, reason in refused.items()
        if reason in CodeAttempt.REASONS
    }
    if not tried:
        return
    codes, reasons = zip(*tried.values(), strict=True)
    values = [basket.shop_id, basket.till_code, basket.profile_id, today, at]
    prepared.write(_NOTE, [*values, list(codes), list(tried), list(reasons)])


def forget_attempts(profile_ids: Collection[int], *, by: Actor) -> None:
    """What erased customers tried is gone with them."""
    by.must("loyalty.issue")
    CodeAttempt.objects.filter(profile__in=profile_ids).delete()


def forget_old_attempts() -> None:
    """Drop what is older than a year. Called every night."""
    CodeAttempt.objects.filter(at__lt=clock.now() - KEPT_FOR).delete()
