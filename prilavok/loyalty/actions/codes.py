"""Codes: given to customers by name, made by the million, or made up by hand."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from prilavok.kernel import clock, jobs, journal
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.kernel.ids import uuid7
from prilavok.ledger import actions as ledger
from prilavok.loyalty import rules
from prilavok.loyalty.actions import books
from prilavok.loyalty.events import CodesMade, CouponIssued
from prilavok.loyalty.models import Coupon, CouponSeries
from prilavok.loyalty.problems import CodeTaken, SeriesClosedAlready, TooMany

ISSUED_AT_ONCE = 5_000  # customers per transaction
MADE_AT_ONCE = 50_000  # bearer codes per transaction
MOST = 10_000_000
NULL = "\\N"


def issue(
    series_id: int, profile_ids: Iterable[int], *, cause: UUID, by: Actor, at: datetime
) -> dict[int, str]:
    """Give each customer a code of their own; codes by profile.

    The same cause gives the same customer the same code again. Commits in chunks. Raises SeriesClosedAlready.
    """
    by.must("loyalty.issue")
    series = _open(series_id)
    wanted = list(dict.fromkeys(profile_ids))
    codes: dict[int, str] = {}
    for start in range(0, len(wanted), ISSUED_AT_ONCE):
        codes |= _issue(series, wanted[start : start + ISSUED_AT_ONCE], cause, by, at)
    return codes


def _open(series_id: int) -> CouponSeries:
    series = CouponSeries.objects.get(pk=series_id)
    if series.closed_at is not None:
        raise SeriesClosedAlready(name=series.name)
    return series


@transaction.atomic
def _issue(
    series: CouponSeries, profile_ids: Sequence[int], cause: UUID, by: Actor, at: datetime
) -> dict[int, str]:
    codes = _issued_for(cause, profile_ids)
    missing = [profile for profile in profile_ids if profile not in codes]
    while missing:  # once, unless a new code happens to exist already
        fresh = _insert(series, missing, cause, at)
        posting = books.issue(series, Counter(profile for _, profile in fresh), cause=uuid7())
        if posting is not None:
            ledger.post(posting, by=by, at=at)
        journal.record_many(
            [
                journal.Entry(
                    CouponIssued(series_id=series.pk, coupon_id=coupon), at=at, customer=profile, cause=cause
                )
                for coupon, profile in fresh
            ],
            by=by,
            live=True,
        )
        codes = _issued_for(cause, profile_ids)
        missing = [profile for profile in profile_ids if profile not in codes]
    return codes


def _issued_for(cause: UUID, profile_ids: Sequence[int]) -> dict[int, str]:
    found = Coupon.objects.filter(cause=cause, profile__in=profile_ids).values_list("profile_id", "code")
    return {profile: code for profile, code in found if profile is not None}


def _insert(series: CouponSeries, profile_ids: list[int], cause: UUID, at: datetime) -> list[tuple[int, int]]:
    sql = """
        INSERT INTO loyalty_coupon (series_id, code, profile_id, issued_at, cause)
        SELECT %s, code, profile_id, %s, %s FROM unnest(%s::text[], %s::bigint[]) AS new (code, profile_id)
        ON CONFLICT DO NOTHING RETURNING id, profile_id
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [series.pk, at, cause, rules.make_codes(len(profile_ids)), profile_ids])
        return list(cursor.fetchall())


def order_codes(series_id: int, count: int, *, by: Actor, at: datetime) -> None:
    """Have so many bearer codes made in the background; the bell tells when they are there. Raises TooMany."""
    by.must("loyalty.issue")
    series = _open(series_id)
    if not 0 < count <= MOST:
        raise TooMany(field="count", most=f"{MOST:,}".replace(",", " "))
    with transaction.atomic():
        work = jobs.start(title=_("Codes of “%(series)s”") % {"series": series.name}, by=by, total=count)
        jobs.later(make_ordered_codes, series_id=series_id, count=count, work=str(work.public_id))


@jobs.job
def make_ordered_codes(*, series_id: int, count: int, work: str) -> None:
    """Make what was ordered; a second start makes only what is missing."""
    order = jobs.find(UUID(work))
    made = Coupon.objects.filter(cause=order.public_id).count()
    while made < count:
        part = min(MADE_AT_ONCE, count - made)
        make_codes(series_id, part, cause=order.public_id, by=SYSTEM, at=clock.now())
        made += part
        jobs.step(order, done=made, total=count)
    jobs.finish(order)


def make_codes(series_id: int, count: int, *, by: Actor, at: datetime, cause: UUID | None = None) -> int:
    """Make codes for whoever will hold them; how many. Commits in chunks; a million takes seconds."""
    by.must("loyalty.issue")
    series = _open(series_id)
    for start in range(0, count, MADE_AT_ONCE):
        part = min(MADE_AT_ONCE, count - start)
        for attempt in (1, 2, 3):
            try:
                _make(series, part, by, at, cause)
                break
            except IntegrityError:  # one of them exists already: take others
                if attempt == 3:
                    raise
    return count


@transaction.atomic
def _make(series: CouponSeries, count: int, by: Actor, at: datetime, cause: UUID | None) -> None:
    tail = f"\t{at.isoformat()}\t{cause or NULL}\n"
    codes = sorted(rules.make_codes(count))  # in the order of their index, which then grows page by page
    text = "".join([f"{series.pk}\t{code}{tail}" for code in codes])
    columns = "series_id, code, issued_at, cause"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY loyalty_coupon ({columns}) FROM STDIN") as copy,
    ):
        copy.write(text)
    tell_made(series, count, by, at)


def tell_made(series: CouponSeries, count: int, by: Actor, at: datetime) -> None:
    """Write new bearer codes into the books, and tell of them."""
    posting = books.issue(series, {None: count}, cause=uuid7())
    if posting is not None:
        ledger.post(posting, by=by, at=at)
    journal.record(CodesMade(series_id=series.pk, count=count), by=by, at=at)


@transaction.atomic
def add_code(series_id: int, code: str, *, by: Actor, at: datetime) -> Coupon:
    """Add a code made up by hand, such as SPRING-10; Cyrillic look-alikes become Latin. Raises CodeTaken."""
    by.must("loyalty.edit")
    series = _open(series_id)
    shown = rules.shown_code(code)
    if Coupon.objects.by_key([rules.code_key(shown)]).exists():
        raise CodeTaken(field="code", taken=shown)
    coupon = Coupon.objects.create(series=series, code=shown, issued_at=at)
    tell_made(series, 1, by, at)
    return coupon
