"""Who buys at all: how many are active month by month, who came, came back and left; who bought how many times.

Everything is reckoned from purchases as they stand now, so returns, merges, erasure and files loaded late come out
right in every month. Each figure has a tree of conditions (`Slice.tree`, `of_class`): its list, its segment and the
figure itself are the same people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from prilavok.customers import queries as customers
from prilavok.facts import client
from prilavok.facts import queries as facts
from prilavok.kernel.actors import Actor
from prilavok.kernel.money import from_units
from prilavok.segments import reckoning
from prilavok.segments.compiler import literal
from prilavok.segments.conditions import EVERYBODY, Node

ACTIVE_DAYS = 90
DAYS = range(31, 731)  # a month at least: whoever came and left within one month would be counted in neither
MONTHS = range(1, 37)
KINDS = ("start", "new", "returned", "churned", "end")
YEAR = 365
TOP = 0.9
CLASSES: tuple[tuple[int, int | None], ...] = ((0, 0), (1, 1), (2, 2), (3, 5), (6, 10), (11, None))


@dataclass(frozen=True)
class Month:
    """A month by its days, and how many customers were active at its start, came, came back, left, are at its end.

    Active on a day is whoever bought within `days` days up to it. New: active at the end, never bought before the
    month. Returned: active at the end, not at the start, bought earlier. Churned: active at the start, not at the end.
    So start + new + returned − churned = end.
    """

    first: date
    last: date
    whole: bool  # False while the month lasts: its end is today
    start: int
    new: int
    returned: int
    churned: int
    end: int


def months(by: Actor, *, count: int, days: int, at: datetime) -> tuple[list[Month], datetime | None]:
    """The last months, the oldest first, and what moment they are true as of. Raises FactsDown, TooHeavy, Refused."""
    by.must("segments.see")
    spans = _spans(reckoning.day_of(at), count)
    ends = [spans[0][0] - timedelta(days=1), *(last for _first, last in spans)]
    opened = ends[0] - timedelta(days=days - 1)
    masks = [_mask(opened + timedelta(days=n), ends, days) for n in range((ends[-1] - opened).days + 1)]
    number = f"dateDiff('day', {literal(opened)}, local_date) + 1"
    place = f"if(local_date < {literal(opened)}, {len(masks) + 1}, {number})"
    whose = customers.whose_sql()
    row = client.rows(
        f"""
        SELECT {", ".join(_counts(number, end) for number, end in enumerate(ends[:-1]))} FROM (
            SELECT whose, groupBitOr([{", ".join(map(str, masks))}][{place}]) AS a, min(local_date) AS first FROM (
                SELECT {whose} AS whose, local_date FROM receipts
                WHERE profile_id != 0 AND kind = 'sale' AND local_date <= {literal(ends[-1])}
            ) WHERE whose IN ({reckoning.people_sql(EVERYBODY, by=by, at=at)}) GROUP BY whose
        )
        """,
        lane="heavy",
    )[0]
    found = [
        Month(first, last, last != ends[-1] or (last + timedelta(days=1)).day == 1, *row[5 * n : 5 * n + 5])
        for n, (first, last) in enumerate(spans)
    ]
    return found, facts.as_of()


def _spans(today: date, count: int) -> list[tuple[date, date]]:
    """The first and the last day of each of the last months, the present one up to today.

    >>> _spans(date(2026, 3, 5), 2)
    [(datetime.date(2026, 2, 1), datetime.date(2026, 2, 28)), (datetime.date(2026, 3, 1), datetime.date(2026, 3, 5))]
    """
    found, last = [], today
    for _ in range(count):
        first = last.replace(day=1)
        found.append((first, last))
        last = first - timedelta(days=1)
    return found[::-1]


def _mask(day: date, ends: Sequence[date], days: int) -> int:
    """Bits of the month's ends that a purchase of that day makes its buyer active at."""
    return sum(1 << n for n, end in enumerate(ends) if end - timedelta(days=days) < day <= end)


def _counts(number: int, end_before: date) -> str:
    """The five figures of the month after the end of that number."""
    before, after = f"bitTest(a, {number})", f"bitTest(a, {number + 1})"
    fresh = f"first > {literal(end_before)}"
    asked = (
        before,
        f"{after} AND {fresh}",
        f"{after} AND NOT {before} AND NOT {fresh}",
        f"{before} AND NOT {after}",
        after,
    )
    return ", ".join(f"countIf({one})" for one in asked)


@dataclass(frozen=True)
class Slice:
    """One figure of a month: which, of which month, by how many days."""

    kind: str
    first: date
    last: date
    days: int

    @property
    def tree(self) -> dict[str, Any]:
        """The conditions that its people meet."""
        before = self.first - timedelta(days=1)
        told = {
            "start": [_bought(before, self.days)],
            "new": [_bought(self.last, self.days), _none({"to": before.isoformat()})],
            "returned": [
                _bought(self.last, self.days),
                _none(_window(before, self.days)),
                _receipts(">=", 1, {"to": before.isoformat()}),
            ],
            "churned": [_bought(before, self.days), _none(_window(self.last, self.days))],
            "end": [_bought(self.last, self.days)],
        }
        return {"all": told[self.kind]}


def slice_of(kind: str, month: date, days: int, *, today: date) -> Slice:
    """The figure of the month that this day lies in, up to today."""
    first = month.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    return Slice(kind, first, min(after - timedelta(days=1), today), days)


def _receipts(op: str, value: Any, window: dict[str, Any] | None = None) -> dict[str, Any]:
    told = {"fact": "purchases", "measure": "receipts", "op": op, "value": value}
    return told | ({"window": window} if window else {})


def _window(end: date, days: int) -> dict[str, str]:
    return {"from": (end - timedelta(days=days - 1)).isoformat(), "to": end.isoformat()}


def _bought(end: date, days: int) -> dict[str, Any]:
    return _receipts(">=", 1, _window(end, days))


def _none(window: dict[str, Any]) -> dict[str, Any]:
    return _receipts("=", 0, window)


# ── How many times ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Class:
    """Customers with from `low` to `high` receipts ever (None: or more), and what they brought."""

    low: int
    high: int | None
    people: int
    revenue: Decimal

    @property
    def key(self) -> str:
        return str(self.low)


@dataclass(frozen=True)
class Orders:
    """How the base buys: by number of receipts; the most valuable tenth of a year's buyers; who has left."""

    classes: tuple[Class, ...]
    valuable: int
    valuable_from: Decimal
    valuable_revenue: Decimal
    year_revenue: Decimal
    churned: int
    days: int
    as_of: datetime | None

    @property
    def base(self) -> int:
        return sum(one.people for one in self.classes)

    @property
    def bought(self) -> int:
        return self.base - self.classes[0].people

    @property
    def revenue(self) -> Decimal:
        return sum((one.revenue for one in self.classes), Decimal(0))


def orders(by: Actor, *, days: int, at: datetime) -> Orders:
    """How many ordered and how many times, over all time. Raises FactsDown, TooHeavy, Refused."""
    by.must("segments.see")
    today = reckoning.day_of(at)
    year, active = (literal(today - timedelta(days=ago)) for ago in (YEAR, days))
    names = ", ".join(f"n >= {low}, {low}" for low, _high in CLASSES[:0:-1])
    people = f"""
        SELECT whose, countIf(kind = 'sale') AS n, sum(revenue_units) AS brought,
               sumIf(revenue_units, local_date > {year}) AS in_year, maxIf(local_date, kind = 'sale') AS last
        FROM (
            SELECT {customers.whose_sql()} AS whose, kind, local_date, revenue_units FROM receipts
            WHERE profile_id != 0 AND local_date <= {literal(today)}
        ) WHERE whose IN ({{base}}) GROUP BY whose
    """
    base = reckoning.people_sql(EVERYBODY, by=by, at=at)
    asked = people.format(base=base)
    total = int(client.value(f"SELECT count() FROM ({base})", lane="heavy"))
    rows = client.rows(
        f"SELECT multiIf({names}, 0) AS class, count(), sum(brought) FROM ({asked}) GROUP BY class",
        lane="heavy",
    )
    known = {low: (n, from_units(units)) for low, n, units in rows}
    bought = sum(n for low, (n, _units) in known.items() if low)
    known[0] = (total - bought, known.get(0, (0, Decimal(0)))[1])
    least = int(
        client.value(
            f"SELECT ifNull(quantileExact({TOP})(in_year), 0) FROM ({asked}) WHERE in_year > 0", lane="heavy"
        )
        or 0
    )
    valuable, brought, in_year, gone = client.rows(
        f"SELECT countIf(in_year >= {least} AND in_year > 0), sumIf(in_year, in_year >= {least} AND in_year > 0), "
        f"sum(in_year), countIf(n > 0 AND last <= {active}) FROM ({asked})",
        lane="heavy",
    )[0]
    classes = tuple(Class(low, high, *known.get(low, (0, Decimal(0)))) for low, high in CLASSES)
    money = (from_units(units) for units in (least, brought, in_year))
    least_money, brought_money, year_money = money
    return Orders(classes, valuable, least_money, brought_money, year_money, gone, days, facts.as_of())


def of_class(key: str, *, days: int, least: Decimal | None = None) -> dict[str, Any] | None:
    """The conditions of a figure of `orders`: a class by its least number, valuable, churned; None of any other."""
    if key == "churned":
        return {"all": [_receipts(">=", 1), _none({"last_days": days})]}
    if key == "valuable" and least is not None:
        told = {"fact": "purchases", "measure": "revenue", "op": ">=", "value": str(least)}
        return {"all": [told | {"window": {"last_days": YEAR}}]}
    for low, high in CLASSES:
        if key == str(low):
            exact = _receipts("=", low) if low == high else _receipts("between", [low, high])
            return {"all": [_receipts(">=", low) if high is None else exact]}
    return None


def people(tree: Any, by: Actor, *, at: datetime, after: int = 0, size: int = 0) -> list[int]:
    """Who meets the tree, of those that `by` may see, in order of ids; `size` nought: all of them.

    Raises FactsDown, TooHeavy, Refused.
    """
    node: Node = reckoning.read(tree, by)
    limit = f" LIMIT {int(size)}" if size else ""
    sql = (
        f"SELECT profile_id FROM ({reckoning.people_sql(node, by=by, at=at)}) WHERE profile_id > {int(after)}"
    )
    return client.column(f"{sql} ORDER BY profile_id{limit}", lane="heavy")
