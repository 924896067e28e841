"""What may be asked of RFM: who stands where by a scheme, who stood where before, and who moved from where to where."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.utils.functional import Promise

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel.actors import Actor
from prilavok.segments import names, rules
from prilavok.segments.models import RfmPast, RfmRun, RfmScheme, RfmScore
from prilavok.segments.reckoning import day_of
from prilavok.segments.rfm import schemes


@dataclass(frozen=True)
class Cell:
    """One place on the map, or a named group (r and f nought): how many stand there and what they brought."""

    r: int
    f: int
    key: str
    name: str
    people: int
    revenue: Any
    advice: str | Promise = ""
    colour: str = ""


def all_schemes(by: Actor) -> QuerySet[RfmScheme]:
    """All schemes, the archived too, the main one first. Raises Refused."""
    by.must("segments.see")
    schemes.main()
    return RfmScheme.objects.select_related("brand")


def scheme(by: Actor, public_id: UUID | None = None) -> RfmScheme:
    """That scheme, or the main one. Raises RfmScheme.DoesNotExist, Refused."""
    found = all_schemes(by)
    return found.get(public_id=public_id) if public_id else found.get(is_main=True)


def last_run(scheme: RfmScheme) -> RfmRun | None:
    """The reckoning that holds; None before the first."""
    return scheme.runs.last()


def layout_of(scheme: RfmScheme) -> rules.Layout:
    """The layout that the scores stand in: of the last run, or the scheme's own before the first."""
    run = last_run(scheme)
    return rules.layout(run.settings) if run else scheme.layout


def scores(by: Actor, scheme: RfmScheme) -> QuerySet[RfmScore]:
    """The scores of everybody whom `by` may see, each person once: who was merged since is not told apart. Raises
    Refused.
    """
    by.must("segments.see")
    found = RfmScore.objects.filter(scheme=scheme).exclude(profile__in=customers.merged())
    if by.shops is None and by.brands is None:
        return found
    return found.filter(profile__in=customers.visible(by))


def places(by: Actor, scheme: RfmScheme) -> list[Cell]:
    """All places on the map, the best first."""
    layout = layout_of(scheme)
    rows = scores(by, scheme).filter(r__gt=0).values_list("r", "f")
    known = {(r, f): (n, sum) for r, f, n, sum in rows.annotate(Count("profile"), Sum("revenue"))}
    return [
        _cell(layout, layout.cell(r, f), *known.get((r, f), (0, 0)), r=r, f=f) for r, f in layout.places()
    ]


def groups(by: Actor, scheme: RfmScheme) -> list[Cell]:
    """All named groups with their sizes, those who never bought among them, in the scheme's order."""
    layout = layout_of(scheme)
    rows = scores(by, scheme).values_list("cell").annotate(Count("profile"), Sum("revenue"))
    known = {key: (n, sum) for key, n, sum in rows}
    return [_cell(layout, group.key, *known.get(group.key, (0, 0))) for group in layout.groups]


def _cell(layout: rules.Layout, key: str, people: int, revenue: Any, *, r: int = 0, f: int = 0) -> Cell:
    group = layout.group(key)
    told = names.of(layout, key), people, revenue or Decimal(0)
    return Cell(r, f, key, *told, names.advice(layout, key), group.colour)


def people(by: Actor, scheme: RfmScheme, *, cell: str = "", r: int = 0, f: int = 0) -> QuerySet[RfmScore]:
    """The scores of a named group, or of one place on the map."""
    found = scores(by, scheme)
    if cell:
        found = found.filter(cell=cell)
    return found.filter(r=r, f=f) if r and f else found


def silent(by: Actor) -> list[str]:
    """Keys of the main scheme's groups whose people used to buy and have fallen silent."""
    return [group.key for group in layout_of(scheme(by)).groups if group.silent]


# ── Before ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Stay:
    """A stay of a customer in a group; `until` is None while it lasts."""

    name: str
    key: str
    since: datetime
    until: datetime | None


def history_of(profile_id: int, scheme: RfmScheme) -> list[Stay]:
    """The groups that a customer has stood in, the present one first."""
    layout = layout_of(scheme)
    now = RfmScore.objects.filter(scheme=scheme, profile=profile_id).values_list("cell", "since")
    past = RfmPast.objects.filter(scheme=scheme, profile=profile_id).order_by("-since", "-pk")
    stays = [(cell, since, None) for cell, since in now]
    stays += [(cell, since, until) for cell, since, until in past.values_list("cell", "since", "until")]  # type: ignore[misc]
    return [Stay(names.of(layout, cell), cell, since, until) for cell, since, until in stays]


@dataclass(frozen=True)
class Standing:
    """Where a customer stands by a scheme, in which group, and where they stood before."""

    scheme: RfmScheme
    score: RfmScore
    name: str
    history: list[Stay]


def standing(profile_id: int, by: Actor) -> list[Standing]:
    """By every scheme in work that has scored the customer, the main one first. Raises Refused."""
    known = {one.scheme_id: one for one in RfmScore.objects.filter(profile=profile_id)}
    live = [one for one in all_schemes(by).filter(archived_at=None) if one.pk in known]
    return [
        Standing(
            one, known[one.pk], names.of(layout_of(one), known[one.pk].cell), history_of(profile_id, one)
        )
        for one in live
    ]


def archived(profile_ids: Collection[int]) -> list[dict[str, Any]]:
    """Where these customers stand and stood, for the archive that a person may ask for."""
    asked = Q(profile__in=profile_ids)
    now = RfmScore.objects.filter(asked).values("scheme__name", "cell", "r", "f", "m", "since")
    past = RfmPast.objects.filter(asked).order_by("since").values("scheme__name", "cell", "since", "until")
    return [dict(row) for row in [*past, *now]]


def runs(by: Actor, scheme: RfmScheme) -> QuerySet[RfmRun]:
    """The scheme's reckonings, the last first."""
    by.must("segments.see")
    return scheme.runs.order_by("-pk")


# ── Moves ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Flow:
    """How many customers stood in one group on the first day and in another, or the same, on the last."""

    came_from: str
    into: str
    people: int
    revenue: Decimal


@dataclass(frozen=True)
class Between:
    """Two days, the ends of which are compared: no earlier than history begins, no later than today."""

    first: date
    last: date
    begins: date | None
    redefined: tuple[date, ...]  # days between them on which the scheme itself was changed
    filled: tuple[date, ...]  # and those on which purchases of earlier days had been loaded


DEFAULT = timedelta(days=30)
_STOOD = """
    SELECT profile_id, cell FROM segments_rfmscore WHERE scheme_id = %s AND since < %s
    UNION ALL
    SELECT profile_id, cell FROM segments_rfmpast WHERE scheme_id = %s AND since < %s AND until >= %s
"""
_BOTH = f"""
    FROM ({_STOOD}) AS b LEFT JOIN ({_STOOD}) AS a USING (profile_id)
    JOIN segments_rfmscore s ON s.scheme_id = %s AND s.profile_id = b.profile_id
"""


def between(scheme: RfmScheme, first: date | None, last: date | None, *, at: datetime) -> Between:
    """The days as asked, within what is known; by default the last thirty days."""
    today = day_of(at)
    begun = scheme.runs.order_by("day").values_list("day", flat=True).first()
    last = min(last or today, today)
    first = min(first or last - DEFAULT, last)
    if begun is not None:
        last = max(last, begun)
        first = max(first, begun)
    runs = scheme.runs.filter(day__gt=first, day__lte=last).order_by("day")
    redefined, filled = (
        tuple(dict.fromkeys(runs.filter(**{why: True}).values_list("day", flat=True)))
        for why in ("redefined", "filled")
    )
    return Between(first, last, begun, redefined, filled)


def flows(by: Actor, scheme: RfmScheme, days: Between) -> list[Flow]:
    """Who moved from where to where, the largest first: those who stand in the base now, each person once.

    Whoever had not been scored by the first day comes from "". Raises Refused.
    """
    by.must("segments.see")
    scope, asked = _scope(by)
    merged, without = customers.merged().query.sql_with_params()
    sql = (
        f"SELECT coalesce(a.cell, ''), b.cell, count(*), sum(s.revenue) {_BOTH} "
        f"WHERE b.profile_id NOT IN ({merged}) {scope} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*_moments(scheme, days), *without, *asked])
        return [Flow(*row) for row in cursor.fetchall()]


def movers(by: Actor, scheme: RfmScheme, days: Between, came_from: str, into: str) -> QuerySet[RfmScore]:
    """The scores, as they are now, of those whom a flow counts. Raises Refused."""
    sql = f"SELECT b.profile_id {_BOTH} WHERE coalesce(a.cell, '') = %s AND b.cell = %s"
    asked = RawSQL(sql, [*_moments(scheme, days), came_from, into])
    return scores(by, scheme).filter(profile_id__in=asked)


def _moments(scheme: RfmScheme, days: Between) -> list[Any]:
    """A day is compared as it ended in the company's zone."""
    first, last = (
        datetime.combine(day + timedelta(days=1), time(), company.zone()) for day in (days.first, days.last)
    )
    stood = [(scheme.pk, moment, scheme.pk, moment, moment) for moment in (last, first)]
    return [*stood[0], *stood[1], scheme.pk]


def _scope(by: Actor) -> tuple[str, tuple[Any, ...]]:
    if by.shops is None and by.brands is None:
        return "", ()
    sql, asked = customers.visible(by).values("pk").query.sql_with_params()
    return f"AND b.profile_id IN ({sql})", asked
