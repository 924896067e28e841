"""Reckoning RFM of the whole base in the column store and writing back what changed. `rules` says how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.facts import client
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.kernel.journal import Entry
from prilavok.kernel.money import to_units
from prilavok.segments import rules
from prilavok.segments.compiler import EVERYBODY, PEOPLE, literal
from prilavok.segments.events import RfmChanged
from prilavok.segments.models import RfmPast, RfmRun, RfmScheme, RfmScore
from prilavok.segments.problems import AlreadyReckoning
from prilavok.segments.reckoning import day_of
from prilavok.segments.rules import Axis, Layout

CHUNK = 20_000  # people written in one short transaction
TOLD = 1_000  # people in one event
PIECE = 1 << 20  # bytes given to COPY at once
MONTHS_RECALLED = 12
MORE = 1.01  # of purchases before a day that was reckoned a till that was offline brings less, a file more
LESS = 1.1  # a known base is reckoned anew within a day when there are so many times the purchases

_BASE = f"SELECT profile_id FROM {PEOPLE} FINAL WHERE {EVERYBODY}"
_SCORED = """
    SELECT profile_id, if(n > 0, r, 0) AS rr, if(n > 0, f, 0) AS ff, if(n > 0, m, 0) AS mm,
           multiIf(n > 0, {grid}[r][f], ever > 0, {gone}, {never}) AS cell,
           if(ever > 0, toNullable(last_day), NULL) AS last, n, toDecimal64(money, 4) / 10000 AS revenue
    FROM ({base}) AS base LEFT JOIN (
        SELECT profile_id, last_day, ever, n, if(n > 0, spent, 0) AS money, {r} AS r, {f} AS f, {m} AS m
        FROM (
            SELECT whose AS profile_id, maxIf(local_date, kind = 'sale') AS last_day, countIf(kind = 'sale') AS ever,
                   countIf(kind = 'sale' AND local_date > {since}) AS n,
                   sumIf(revenue_units, local_date > {since}) AS spent
            FROM (
                SELECT {whose} AS whose, local_date, kind, revenue_units FROM receipts WHERE profile_id != 0{narrowed}
            ) WHERE whose IN ({base}) GROUP BY whose
        )
    ) AS bought USING profile_id
"""
_PREVIEW = "SELECT cell, rr, ff, count(), sum(revenue) FROM ({scored}) GROUP BY cell, rr, ff"
_SOLD = "SELECT count() FROM receipts WHERE profile_id != 0 AND kind = 'sale' AND local_date > {since:Date}"
_BEFORE = " AND local_date < {day:Date}"


def reckon(scheme: RfmScheme, *, by: Actor, at: datetime, as_then: bool = False) -> RfmRun:
    """Score everybody by a scheme and write back what changed. Raises AlreadyReckoning, FactsDown, TooHeavy.

    as_then: as they stood at that time, by who had registered and what had been bought; told as history.
    """
    with _alone(scheme):
        last = scheme.runs.last()
        if last and last.at > at:
            _put_back(scheme, at)
        layout, day = scheme.layout, day_of(at)
        # In order: asked the same again, the engine answers by the order of its hashes, and PostgreSQL, which keeps and
        # compares by ids, takes twice as long.
        _fresh(client.text(question(layout, scheme.brand_id, day, as_then=as_then) + " ORDER BY profile_id"))
        redefined = last is not None and rules.layout(last.settings) != layout
        run = RfmRun(
            scheme=scheme,
            at=at,
            day=day,
            days=layout.days,
            settings=scheme.settings,
            redefined=redefined,
            filled=not as_then and _was_filled(last, scheme.brand_id),
            as_then=as_then,
        )
        _figures(run, layout)
        _write(run, everybody_told=last is None or last.receipts == 0, by=by, live=not as_then)
        run.save()  # last: whoever is stopped half-way has reckoned nothing, and it is due still
    return run


def is_without_past(scheme: RfmScheme) -> bool:
    """Whether what is known of purchases came all at once: no earlier day was reckoned by even half of it."""
    last = scheme.runs.last()
    if last is None:
        return True
    if not last.receipts or scheme.runs.filter(as_then=True).exists():
        return False
    return not scheme.runs.filter(day__lt=last.day, receipts__gte=last.receipts / 2).exists()


def recall(scheme: RfmScheme, *, by: Actor, at: datetime) -> bool:
    """How everybody stood at the ends of the last months, so that moves are known. Whether there were any to recall.

    Months before the first purchase are left out. Raises like `reckon`.
    """
    begun = client.value("SELECT minOrNull(local_date) FROM receipts WHERE profile_id != 0")
    today = day_of(at)
    ends = [today.replace(day=1) - timedelta(days=1)]
    while len(ends) < MONTHS_RECALLED:
        ends.append(ends[-1].replace(day=1) - timedelta(days=1))
    known = [end for end in reversed(ends) if begun and begun <= end]
    for end in known:
        moment = datetime.combine(end, time(23, 59), company.zone())
        reckon(scheme, by=by, at=moment, as_then=True)
    return bool(known)


def preview(layout: Layout, brand_id: int | None, day: date) -> list[tuple[str, int, int, int, Any]]:
    """How many would stand where: group, recency, frequency, people and what they brought. Raises FactsDown."""
    return client.rows(_PREVIEW.format(scored=question(layout, brand_id, day)), lane="heavy")


def is_due(scheme: RfmScheme, at: datetime) -> bool:
    """Whether the last reckoning is of another day or another layout, or knew much less than has been bought by now.

    While facts are short of what was known (they are being built anew), nothing is due: nobody has moved. Raises
    FactsDown.
    """
    last = scheme.runs.last()
    if last is None:
        return True
    since = {"since": day_of(at) - timedelta(days=last.days)}
    sold = client.value(_SOLD + _of_brand(scheme.brand_id), since)
    before = client.value(_SOLD + _of_brand(scheme.brand_id), {"since": last.day - timedelta(days=last.days)})
    if before < last.receipts / 2:
        return False
    return last.day != day_of(at) or last.settings != scheme.settings or sold > last.receipts * LESS


def _was_filled(last: RfmRun | None, brand_id: int | None) -> bool:
    """Whether purchases of the days before the last reckoning have come since: what they change is nobody's move."""
    if last is None:
        return False
    since = {"since": last.day - timedelta(days=last.days), "day": last.day}
    return bool(client.value(_SOLD + _BEFORE + _of_brand(brand_id), since) > last.receipts * MORE)


def question(layout: Layout, brand_id: int | None, day: date, *, as_then: bool = False) -> str:
    """Everybody with their scores by a layout, by one question to the engine.

    as_then: as that day ended. Otherwise a purchase of tomorrow counts: a shop's day may be ahead of the company's.
    """
    known = (
        f" AND toDate32(registered_at, {literal(company.zone().key)}) <= {literal(day)}" if as_then else ""
    )
    bought = f" AND local_date <= {literal(day)}" if as_then else ""
    ago = f"dateDiff('day', last_day, {literal(day)})"
    grid = "[" + ", ".join(str(list(row)) for row in layout.grid) + "]"
    return _SCORED.format(
        base=_BASE + known,
        whose=customers.whose_sql(),
        narrowed=_of_brand(brand_id) + bought,
        since=literal(day - timedelta(days=layout.days)),
        r=_band(layout.r, "last_day", f"x -> {ago} <= x", int),
        f=_band(layout.f, "n", "x -> n >= x", int),
        m=_band(layout.m, "money", "x -> money >= x", to_units),
        grid=grid,
        gone=literal(rules.GONE),
        never=literal(rules.NEVER),
    )


def _of_brand(brand_id: int | None) -> str:
    return f" AND brand_id = {int(brand_id)}" if brand_id else ""


def _band(axis: Axis, value: str, reaches: str, plain: Any) -> str:
    """`rules.share` or, by limits, `rules.reached` and `rules.lately`, as SQL."""
    if axis.by_shares:
        lower = f"(rank() OVER (PARTITION BY n > 0 ORDER BY {value}) - 1)"
        is_best = f"rank() OVER (PARTITION BY n > 0 ORDER BY {value} DESC) = 1"
        return (
            f"if({is_best} AND {lower} > 0, {axis.bands}, "
            f"1 + intDiv({axis.bands} * {lower}, count() OVER (PARTITION BY n > 0)))"
        )
    return f"1 + arrayCount({reaches}, [{', '.join(str(int(plain(one))) for one in axis.limits)}])"


@contextmanager
def _alone(scheme: RfmScheme) -> Iterator[None]:
    """Two reckonings of one scheme at once would write each change twice. Raises AlreadyReckoning."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, scheme.pk])
        if not cursor.fetchone()[0]:
            raise AlreadyReckoning
        try:
            yield
        finally:
            cursor.execute("DROP TABLE IF EXISTS segments_rfm_fresh, segments_rfm_changed")
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, scheme.pk])


_LOCK = 0x5E7
_FRESH = """
    CREATE TEMP TABLE segments_rfm_fresh (profile_id bigint PRIMARY KEY, r smallint, f smallint, m smallint, cell text,
        last_date date, receipts int, revenue numeric(19,4))
"""
_CHANGED = """
    CREATE TEMP TABLE segments_rfm_changed AS
    SELECT x.profile_id, s.cell AS before, (s.r, s.f, s.m, s.cell) IS DISTINCT FROM (x.r, x.f, x.m, x.cell) AS other
    FROM segments_rfm_fresh x JOIN customers_profile p ON p.id = x.profile_id AND p.status <> 'erased'
    LEFT JOIN segments_rfmscore s ON s.scheme_id = %(scheme)s AND s.profile_id = x.profile_id
    WHERE %(all)s OR (s.r, s.f, s.m, s.cell, s.last_date, s.receipts, s.revenue)
          IS DISTINCT FROM (x.r, x.f, x.m, x.cell, x.last_date, x.receipts, x.revenue)
    ORDER BY x.profile_id
"""
_PART = """
    SELECT c.profile_id, c.before, x.cell, c.other OR %(all)s
    FROM segments_rfm_changed c JOIN segments_rfm_fresh x USING (profile_id)
    WHERE c.profile_id > %(beyond)s ORDER BY c.profile_id LIMIT %(chunk)s
"""
_ENDED = """
    INSERT INTO segments_rfmpast (scheme_id, profile_id, cell, since, until)
    SELECT s.scheme_id, s.profile_id, s.cell, s.since, %(at)s
    FROM segments_rfmscore s JOIN segments_rfm_fresh x USING (profile_id)
    WHERE s.scheme_id = %(scheme)s AND s.profile_id = ANY(%(ids)s) AND s.cell <> x.cell AND s.since < %(at)s
"""
_UPSERT = """
    INSERT INTO segments_rfmscore AS s
        (scheme_id, profile_id, r, f, m, cell, last_date, receipts, revenue, since)
    SELECT %(scheme)s, profile_id, r, f, m, cell, last_date, receipts, revenue, %(at)s
    FROM segments_rfm_fresh WHERE profile_id = ANY(%(ids)s)
    ON CONFLICT (scheme_id, profile_id) DO UPDATE SET r = excluded.r, f = excluded.f, m = excluded.m,
        cell = excluded.cell, last_date = excluded.last_date, receipts = excluded.receipts, revenue = excluded.revenue,
        since = CASE WHEN s.cell = excluded.cell THEN s.since ELSE excluded.since END
"""
_DROPPED = """
    WITH gone AS (
        DELETE FROM segments_rfmscore s WHERE s.scheme_id = %(scheme)s
        AND NOT EXISTS (SELECT 1 FROM segments_rfm_fresh x WHERE x.profile_id = s.profile_id)
        RETURNING s.scheme_id, s.profile_id, s.cell, s.since
    )
    INSERT INTO segments_rfmpast (scheme_id, profile_id, cell, since, until)
    SELECT g.scheme_id, g.profile_id, g.cell, g.since, %(at)s
    FROM gone g JOIN customers_profile p ON p.id = g.profile_id AND p.status <> 'erased' WHERE g.since < %(at)s
"""


def _put_back(scheme: RfmScheme, at: datetime) -> None:
    """The clock was put back: what was reckoned for a later time has not happened yet."""
    RfmPast.objects.filter(scheme=scheme, since__gte=at).delete()
    RfmPast.objects.filter(scheme=scheme, until__gt=at).update(until=at)
    RfmScore.objects.filter(scheme=scheme, since__gt=at).update(since=at)


def _fresh(rows: bytes) -> None:
    """The scores as they are now, in a table of this connection."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS segments_rfm_fresh, segments_rfm_changed")
        cursor.execute(_FRESH)
        with cursor.copy("COPY segments_rfm_fresh FROM STDIN") as copy:
            for start in range(0, len(rows), PIECE):
                copy.write(rows[start : start + PIECE])
        cursor.execute("ANALYZE segments_rfm_fresh")


def _figures(run: RfmRun, layout: Layout) -> None:
    """How many there are and how many of them bought; the least value of each band, for «how it was reckoned»."""
    run.bounds = {name: [""] * getattr(layout, name).bands for name in "rfm"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE r > 0), coalesce(sum(receipts), 0) FROM segments_rfm_fresh"
        )
        run.customers, run.scored, run.receipts = cursor.fetchone()
        for name, column in (("r", "last_date"), ("f", "receipts"), ("m", "revenue")):
            cursor.execute(
                f"SELECT {name}, min({column})::text FROM segments_rfm_fresh WHERE r > 0 GROUP BY {name}"
            )
            for band, least in cursor.fetchall():
                run.bounds[name][band - 1] = least


def _write(run: RfmRun, *, everybody_told: bool, by: Actor, live: bool) -> None:
    """Write what differs, in order of ids and in short transactions, and count it in the run."""
    asked: dict[str, Any] = {"scheme": run.scheme_id, "at": run.at, "all": everybody_told, "beyond": 0}
    with connection.cursor() as cursor:
        cursor.execute(_DROPPED, asked)
        cursor.execute(_CHANGED, asked)
        cursor.execute("CREATE INDEX ON segments_rfm_changed (profile_id)")
        while True:
            cursor.execute(_PART, {**asked, "chunk": CHUNK})
            part = cursor.fetchall()
            if not part:
                break
            _write_part(run, part, by, live)
            asked["beyond"] = part[-1][0]


@transaction.atomic
def _write_part(
    run: RfmRun, part: Sequence[tuple[int, str | None, str, bool]], by: Actor, live: bool
) -> None:
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"scheme": run.scheme_id, "at": run.at, "ids": [row[0] for row in part]}
        cursor.execute(_ENDED, asked)
        cursor.execute(_UPSERT, asked)
    told = [row for row in part if row[3]]
    journal.record_many(
        (Entry(_event(run, told[start : start + TOLD]), at=run.at) for start in range(0, len(told), TOLD)),
        by=by,
        live=live,
    )
    run.changed += len(told)
    run.moved += sum(_has_moved(run, row) for row in told)


def _event(run: RfmRun, told: Sequence[tuple[int, str | None, str, bool]]) -> RfmChanged:
    moved = [row for row in told if _has_moved(run, row)]
    return RfmChanged(
        profile_ids=tuple(row[0] for row in told),
        scheme_id=run.scheme_id,
        moved=tuple(row[0] for row in moved),
        came_from=tuple(row[1] or "" for row in moved),
        into=tuple(row[2] for row in moved),
        day=run.day,
    )


def _has_moved(run: RfmRun, row: tuple[int, str | None, str, bool]) -> bool:
    return not (run.redefined or run.filled) and row[1] is not None and row[1] != row[2]


def tell_everybody(scheme: RfmScheme, *, by: Actor, at: datetime) -> None:
    """Let facts look again at everybody whom a scheme has scored: it has become the main one, or is no longer asked."""
    beyond = 0
    while True:
        scores = RfmScore.objects.filter(scheme=scheme, profile_id__gt=beyond).order_by("profile_id")
        ids = list(scores.values_list("profile_id", flat=True)[:CHUNK])
        if not ids:
            return
        parts = (tuple(ids[start : start + TOLD]) for start in range(0, len(ids), TOLD))
        with transaction.atomic():
            told = (Entry(RfmChanged(profile_ids=part, scheme_id=scheme.pk), at=at) for part in parts)
            journal.record_many(told, by=by, live=True)
        beyond = ids[-1]
