"""Reckoning RFM of the whole base in the column store and writing back what changed. `rules` says how."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum

from prilavok.customers import queries as customers
from prilavok.facts import client
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.kernel.journal import Entry
from prilavok.segments import rules
from prilavok.segments.compiler import EVERYBODY, PEOPLE, literal
from prilavok.segments.events import RfmChanged
from prilavok.segments.membership import batched
from prilavok.segments.models import RfmRun, RfmScore
from prilavok.segments.reckoning import day_of

TOLD = 1_000  # people in one event
PIECE = 1 << 20  # bytes given to COPY at once

_BASE = f"SELECT profile_id FROM {PEOPLE} FINAL WHERE {EVERYBODY}"
_SCORED = """
    SELECT profile_id, r, f, m, multiIf(n > 0, {grid}[r][f], ever > 0, {gone}, {never}),
           if(ever > 0, toNullable(last_day), NULL), n, toDecimal64(money, 4) / 10000
    FROM ({base}) AS base LEFT JOIN (
        SELECT profile_id, last_day, ever, n, if(n > 0, money, 0) AS money,
               {r} AS r, {f} AS f, {m} AS m
        FROM (
            SELECT whose AS profile_id, maxIf(local_date, kind = 'sale') AS last_day, countIf(kind = 'sale') AS ever,
                   countIf(kind = 'sale' AND local_date > {since}) AS n,
                   sumIf(revenue_units, local_date > {since}) AS money
            FROM (
                SELECT {whose} AS whose, local_date, kind, revenue_units FROM receipts WHERE profile_id != 0
            ) WHERE whose IN ({base}) GROUP BY whose
        )
    ) AS bought USING profile_id
"""
_SOLD = "SELECT count() FROM receipts WHERE profile_id != 0 AND kind = 'sale' AND local_date > {since:Date}"
_FIFTH = (
    "if(n > 0, 1 + intDiv(5 * (rank() OVER (PARTITION BY n > 0 ORDER BY {value}) - 1), "
    "count() OVER (PARTITION BY n > 0)), 0)"
)


def reckon(*, by: Actor, at: datetime) -> RfmRun:
    """Score everybody and write back what changed. Raises FactsDown, TooHeavy."""
    day = day_of(at)
    _fresh(client.text(_question(day)))
    changed, moved = _differences()
    run = RfmRun.objects.create(at=at, day=day, days=rules.DAYS, changed=len(moved), **_figures())
    for part in batched(changed):
        _write(run, part, moved, by, at)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS segments_rfm_fresh")
    return run


def is_due(at: datetime) -> bool:
    """Whether the last reckoning is of another day, or knew less than ten elevenths of what has been bought by now.

    Raises FactsDown.
    """
    day = day_of(at)
    last = RfmRun.objects.last()
    if last is None or last.day != day:
        return True
    known = RfmScore.objects.aggregate(sum=Sum("receipts"))["sum"] or 0
    since = {"since": day - timedelta(days=rules.DAYS)}
    return bool(client.rows(_SOLD, since)[0][0] > known * 1.1)


def _question(day: date) -> str:
    """Everybody with their scores, by one question to the engine."""
    fifths = {
        name: _FIFTH.format(value=value) for name, value in (("r", "last_day"), ("f", "n"), ("m", "money"))
    }
    grid = "[" + ", ".join(str(list(rules.GRID[r])) for r in range(1, 6)) + "]"
    return _SCORED.format(
        base=_BASE,
        whose=customers.whose_sql(),
        since=literal(day - timedelta(days=rules.DAYS)),
        grid=grid,
        gone=literal(rules.GONE),
        never=literal(rules.NEVER),
        **fifths,
    )


_FRESH = """
    CREATE TEMP TABLE segments_rfm_fresh (profile_id bigint PRIMARY KEY, r smallint, f smallint, m smallint, cell text,
        last_date date, receipts int, revenue numeric(19,4))
"""
_DIFFERENT = """
    SELECT x.profile_id, (s.r, s.f, s.m, s.cell) IS DISTINCT FROM (x.r, x.f, x.m, x.cell)
    FROM segments_rfm_fresh x JOIN customers_profile p ON p.id = x.profile_id
    LEFT JOIN segments_rfmscore s ON s.profile_id = x.profile_id
    WHERE (s.r, s.f, s.m, s.cell, s.last_date, s.receipts, s.revenue)
          IS DISTINCT FROM (x.r, x.f, x.m, x.cell, x.last_date, x.receipts, x.revenue)
    ORDER BY x.profile_id
"""
_UPSERT = """
    INSERT INTO segments_rfmscore AS s (profile_id, r, f, m, cell, last_date, receipts, revenue, since, run_id)
    SELECT profile_id, r, f, m, cell, last_date, receipts, revenue, %(at)s, %(run)s
    FROM segments_rfm_fresh WHERE profile_id = ANY(%(ids)s)
    ON CONFLICT (profile_id) DO UPDATE SET r = excluded.r, f = excluded.f, m = excluded.m, cell = excluded.cell,
        last_date = excluded.last_date, receipts = excluded.receipts, revenue = excluded.revenue,
        run_id = excluded.run_id,
        since = CASE WHEN s.cell = excluded.cell THEN s.since ELSE excluded.since END
"""
_DROPPED = """
    DELETE FROM segments_rfmscore s
    WHERE NOT EXISTS (SELECT 1 FROM segments_rfm_fresh x WHERE x.profile_id = s.profile_id)
"""


def _fresh(rows: bytes) -> None:
    """The scores as they are now, in a table of this connection."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS segments_rfm_fresh")
        cursor.execute(_FRESH)
        with cursor.copy("COPY segments_rfm_fresh FROM STDIN") as copy:
            for start in range(0, len(rows), PIECE):
                copy.write(rows[start : start + PIECE])
        cursor.execute("ANALYZE segments_rfm_fresh")


def _differences() -> tuple[list[int], set[int]]:
    """Whose row has to be written, and whose scores differ."""
    with connection.cursor() as cursor:
        cursor.execute(_DROPPED)
        cursor.execute(_DIFFERENT)
        found = cursor.fetchall()
    return [row[0] for row in found], {row[0] for row in found if row[1]}


def _figures() -> dict[str, Any]:
    """How many there are and how many of them bought; the least value of each fifth, for «how it was reckoned»."""
    bounds = {name: [""] * 5 for name in "rfm"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(*) FILTER (WHERE r > 0) FROM segments_rfm_fresh")
        customers, scored = cursor.fetchone()
        for name, column in (("r", "last_date"), ("f", "receipts"), ("m", "revenue")):
            cursor.execute(
                f"SELECT {name}, min({column})::text FROM segments_rfm_fresh WHERE r > 0 GROUP BY {name}"
            )
            for fifth, least in cursor.fetchall():
                bounds[name][fifth - 1] = least
    return {"customers": customers, "scored": scored, "bounds": bounds}


@transaction.atomic
def _write(run: RfmRun, ids: Sequence[int], moved: set[int], by: Actor, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, {"at": at, "run": run.pk, "ids": list(ids)})
    told = [one for one in ids if one in moved]
    parts = (tuple(told[start : start + TOLD]) for start in range(0, len(told), TOLD))
    journal.record_many((Entry(RfmChanged(profile_ids=part), at=at) for part in parts), by=by, live=True)
