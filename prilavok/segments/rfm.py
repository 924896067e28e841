"""Reckoning RFM of the whole base in the column store and writing back what changed. `rules` says how."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from prilavok.facts import client
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.kernel.journal import Entry
from prilavok.kernel.money import from_units
from prilavok.segments import rules
from prilavok.segments.compiler import EVERYBODY, PEOPLE, literal
from prilavok.segments.events import RfmChanged
from prilavok.segments.membership import batched
from prilavok.segments.models import RfmRun
from prilavok.segments.reckoning import day_of

TOLD = 1_000  # people in one event

_BASE = f"SELECT profile_id FROM {PEOPLE} FINAL WHERE {EVERYBODY}"
_BOUGHT = """
    SELECT profile_id, max(local_date) AS last_day, countIf(local_date > {since}) AS n
    FROM receipts WHERE kind = 'sale' AND profile_id != 0 GROUP BY profile_id
"""
_SCORED = """
    SELECT profile_id, toString(last_day) AS last_day, n, money,
           1 + intDiv(5 * (rank() OVER (ORDER BY last_day) - 1), count() OVER ()) AS r,
           1 + intDiv(5 * (rank() OVER (ORDER BY n) - 1), count() OVER ()) AS f,
           1 + intDiv(5 * (rank() OVER (ORDER BY money) - 1), count() OVER ()) AS m
    FROM (
        SELECT profile_id, maxIf(local_date, kind = 'sale') AS last_day, countIf(kind = 'sale') AS n,
               sum(revenue_units) AS money
        FROM receipts WHERE local_date > {since} AND profile_id != 0 AND profile_id IN ({base})
        GROUP BY profile_id HAVING n > 0
    )
"""


def reckon(*, by: Actor, at: datetime) -> RfmRun:
    """Score everybody and write back what changed. Raises FactsDown, TooHeavy."""
    day = day_of(at)
    rows = [*_scored(day), *_gone(day)]
    scored = sum(1 for row in rows if row[1])
    rows += _never({row[0] for row in rows})
    changed, moved = _differences(rows)
    run = RfmRun.objects.create(
        at=at,
        day=day,
        days=rules.DAYS,
        customers=len(rows),
        scored=scored,
        changed=len(moved),
        bounds=_bounds(rows),
    )
    for part in batched(changed):
        _write(run, part, moved, by, at)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS segments_rfm_fresh")
    return run


Row = tuple[Any, ...]  # profile_id, r, f, m, cell, last_date, receipts, revenue


def _scored(day: date) -> Iterable[Row]:
    sql = _SCORED.format(since=literal(day - timedelta(days=rules.DAYS)), base=_BASE)
    for person, last, n, money, r, f, m in client.rows(sql, lane="heavy"):
        yield person, r, f, m, rules.cell(r, f), last, n, from_units(money)


def _gone(day: date) -> Iterable[Row]:
    sql = (
        _BOUGHT.format(since=literal(day - timedelta(days=rules.DAYS)))
        + f" HAVING n = 0 AND profile_id IN ({_BASE})"
    )
    for person, last, _n in client.rows(sql, lane="heavy"):
        yield person, 0, 0, 0, rules.GONE, last.isoformat(), 0, 0


def _never(known: set[int]) -> Iterable[Row]:
    everybody = client.column(_BASE, lane="heavy")
    return ((person, 0, 0, 0, rules.NEVER, None, 0, 0) for person in everybody if person not in known)


def _bounds(rows: Sequence[Row]) -> dict[str, list[str]]:
    """The least value of each fifth: what «how it was reckoned» shows."""
    found: dict[str, list[str]] = {}
    for name, score, value in (("r", 1, 5), ("f", 2, 6), ("m", 3, 7)):
        least: dict[int, Any] = {}
        for row in rows:
            if row[score] and (row[score] not in least or row[value] < least[row[score]]):
                least[row[score]] = row[value]
        found[name] = [str(least.get(fifth, "")) for fifth in range(1, 6)]
    return found


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


def _differences(rows: Sequence[Row]) -> tuple[list[int], set[int]]:
    """Whose row has to be written, and whose scores differ."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS segments_rfm_fresh")
        cursor.execute(_FRESH)
        with cursor.copy("COPY segments_rfm_fresh FROM STDIN") as copy:
            for start in range(0, len(rows), 20_000):
                copy.write("".join(_line(row) for row in rows[start : start + 20_000]))
        cursor.execute("ANALYZE segments_rfm_fresh")
        cursor.execute(_DROPPED)
        cursor.execute(_DIFFERENT)
        found = cursor.fetchall()
    return [row[0] for row in found], {row[0] for row in found if row[1]}


def _line(row: Row) -> str:
    return "\t".join("\\N" if value is None else str(value) for value in row) + "\n"


@transaction.atomic
def _write(run: RfmRun, ids: Sequence[int], moved: set[int], by: Actor, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, {"at": at, "run": run.pk, "ids": list(ids)})
    told = [one for one in ids if one in moved]
    parts = (tuple(told[start : start + TOLD]) for start in range(0, len(told), TOLD))
    journal.record_many((Entry(RfmChanged(profile_ids=part), at=at) for part in parts), by=by, live=True)
