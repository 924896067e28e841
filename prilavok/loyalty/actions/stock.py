"""Numbers and codes that were printed elsewhere come in by files: a row is taken, known, or refused with a reason."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.kernel.ids import uuid7
from prilavok.loyalty import numbering, rules
from prilavok.loyalty.actions.codes import tell_made
from prilavok.loyalty.events import CardsMade
from prilavok.loyalty.models import Card, CardKind, Coupon, CouponSeries
from prilavok.loyalty.ports import Loaded, NewCode, NewNumber

LONGEST = 64


@transaction.atomic
def load_numbers(rows: Sequence[NewNumber], *, by: Actor, at: datetime) -> Loaded:
    """Put printed numbers into the stock of their kinds.

    Refused: `unknown_card_kind`, `bad_card_number` (prefix, length or check digit), `other_card_kind` (known as another
    kind's).
    """
    by.must("loyalty.programme")
    kinds = {kind.code: kind for kind in CardKind.objects.filter(code__in={one.kind for one in rows})}
    numbers = [numbering.tidy(one.number) for one in rows]
    known = dict(Card.objects.filter(number__in=numbers).values_list("number", "kind_id"))
    fresh: dict[str, int] = {}
    conflicts = []
    for place, (row, number) in enumerate(zip(rows, numbers, strict=True)):
        kind = kinds.get(row.kind)
        if kind is None:
            conflicts.append((place, "unknown_card_kind"))
        elif known.get(number, kind.pk) != kind.pk:
            conflicts.append((place, "other_card_kind"))
        elif kind.shape.serial(number) is None:
            conflicts.append((place, "bad_card_number"))
        elif number not in known:
            fresh[number] = kind.pk
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO loyalty_card (public_id, kind_id, number, state, made_at)"
            " SELECT public_id, kind, number, 'stock', %s"
            " FROM unnest(%s::uuid[], %s::bigint[], %s::text[]) AS new (public_id, kind, number)"
            " ON CONFLICT (number) DO NOTHING RETURNING kind_id",
            [at, [uuid7() for _ in fresh], [*fresh.values()], [*fresh]],
        )
        made = Counter(kind for (kind,) in cursor.fetchall())
    for kind_id, count in made.items():
        journal.record(CardsMade(kind_id=kind_id, count=count), by=by, at=at)
    loaded = made.total()
    return Loaded(loaded, len(rows) - loaded - len(conflicts), conflicts)


@transaction.atomic
def load_codes(rows: Sequence[NewCode], *, by: Actor, at: datetime) -> Loaded:
    """Add codes that were printed elsewhere to their series; case, spaces and look-alikes make no difference.

    Refused: `unknown_series`, `series_closed`, `personal_series` (its codes are issued to customers by name),
    `bad_code`, `code_taken` (another series has it).
    """
    by.must("loyalty.load")
    wanted = {rules.shown_code(one.series) for one in rows}
    found = {series.code: series for series in CouponSeries.objects.filter(code__in=wanted)}
    codes = [rules.shown_code(one.code) for one in rows]
    keys = [code.replace("-", "") for code in codes]
    taken = {rules.code_key(one.code): one.series_id for one in Coupon.objects.by_key(keys)}
    fresh: dict[str, tuple[int, str]] = {}
    conflicts = []
    for place, (row, code, key) in enumerate(zip(rows, codes, keys, strict=True)):
        series = found.get(rules.shown_code(row.series))
        reason = _refusal(series, key, code)
        if series is not None and not reason:
            holder = taken.get(key) or fresh.get(key, (series.pk, ""))[0]
            reason = "code_taken" if holder != series.pk else ""
        if reason:
            conflicts.append((place, reason))
        elif series is not None and key not in taken:
            fresh.setdefault(key, (series.pk, code))
    loaded = _insert(fresh, {series.pk: series for series in found.values()}, by, at)
    return Loaded(loaded, len(rows) - loaded - len(conflicts), conflicts)


def _refusal(series: CouponSeries | None, key: str, code: str) -> str:
    if series is None:
        return "unknown_series"
    if series.closed_at is not None:
        return "series_closed"
    if series.personal:
        return "personal_series"
    return "" if 3 < len(key) and len(code) <= LONGEST and key.isalnum() else "bad_code"


def _insert(
    fresh: dict[str, tuple[int, str]], series: dict[int, CouponSeries], by: Actor, at: datetime
) -> int:
    """Write codes, and what they are in the books; how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO loyalty_coupon (series_id, code, issued_at) SELECT series, code, %s"
            " FROM unnest(%s::bigint[], %s::text[]) AS new (series, code)"
            " ON CONFLICT DO NOTHING RETURNING series_id",
            [at, [one for one, _code in fresh.values()], [code for _one, code in fresh.values()]],
        )
        made = Counter(one for (one,) in cursor.fetchall())
    for series_id, count in made.items():
        tell_made(series[series_id], count, by, at)
    return made.total()
