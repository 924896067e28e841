"""What the public API offers of RFM, of growth and churn, and of who bought how many times."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from ninja import Field, Router, Schema, Status
from ninja.params.functions import Query

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel import clock, paging
from prilavok.kernel.web import Request
from prilavok.segments import actions, names
from prilavok.segments.models import RfmRun, RfmScheme
from prilavok.segments.problems import BadScheme
from prilavok.segments.rfm import actives, asking, schemes
from prilavok.segments.rfm.asking import Cell
from prilavok.segments.rules import Layout

router = Router(tags=["segments"])

SCHEME = Query(None, description="Public id of a scheme; the main one, if left out.")


class AxisIn(Schema):
    bands: int = Field(default=5, ge=3, le=6)
    limits: list[str] = Field(
        default=[],
        max_length=5,
        description="Empty: equal shares. Else one fewer than bands, rising: days ago, receipts or money.",
    )


class GroupIn(Schema):
    key: str = Field(pattern="^[A-Za-z0-9_]{1,20}$")
    name: str = Field("", max_length=60, description="Empty: the built-in name of a built-in key.")
    advice: str = Field("", max_length=200)
    colour: str = Field("soft", description="1, 2, 3, 4, 6, good, bad or soft.")
    silent: bool = Field(False, description="Whoever stands there used to buy and has fallen silent.")


class LayoutIn(Schema):
    days: int = Field(365, ge=7, le=3650)
    r: AxisIn = AxisIn()
    f: AxisIn = AxisIn()
    m: AxisIn = AxisIn()
    groups: list[GroupIn] | None = Field(None, max_length=38, description="The built-in ones, if left out.")
    grid: list[list[str]] | None = Field(
        None,
        max_length=6,
        description="Keys of groups: rows by recency from band 1, in each by frequency from band 1.",
    )


class SchemeIn(LayoutIn):
    name: str = Field(max_length=100)
    brand: str | None = Field(None, description="Code of the brand whose purchases count; all, if left out.")


class SchemeChange(LayoutIn):
    name: str = Field("", max_length=100)


class PreviewIn(LayoutIn):
    brand: str | None = None


class RunOut(Schema):
    as_of: datetime
    day: date
    customers: int
    scored: int
    changed: int = Field(description="How many have other scores than in the run before.")
    moved: int = Field(description="How many stand in another group than in the run before.")
    redefined: bool = Field(description="Whether the scheme was changed since the run before.")
    filled: bool = Field(
        description="Whether purchases of earlier days had been loaded since the run before."
    )
    as_then: bool = Field(description="Whether it was made afterwards, of a day that had passed.")


class SchemeOut(Schema):
    public_id: UUID
    name: str
    brand: str | None
    is_main: bool
    archived: bool
    layout: dict[str, Any]
    last_run: RunOut | None


class CellOut(Schema):
    key: str
    name: str
    people: int
    revenue: str
    r: int | None = None
    f: int | None = None


class RfmOut(Schema):
    scheme: UUID
    as_of: datetime | None
    day: date | None
    groups: list[CellOut]
    map: list[CellOut]


class PreviewOut(Schema):
    groups: list[CellOut]
    map: list[CellOut]


class ScoreOut(Schema):
    public_id: UUID
    name: str
    r: int
    f: int
    m: int
    group: str
    key: str
    since: datetime = Field(description="In this group since.")
    last_purchase: date | None
    receipts: int
    revenue: str


class ScoreList(Schema):
    items: list[ScoreOut]
    next: str | None


class StayOut(Schema):
    key: str
    name: str
    since: datetime
    until: datetime | None


class FlowOut(Schema):
    came_from: str = Field(description="Key of a group; empty: had not been scored by the first day.")
    into: str
    people: int
    revenue: str


class FlowsOut(Schema):
    first: date
    last: date
    history_from: date | None
    redefined: list[date] = Field(description="Days between on which the scheme itself was changed.")
    filled: list[date] = Field(description="Days between on which purchases of earlier days had been loaded.")
    as_of: datetime | None
    flows: list[FlowOut]


class MonthOut(Schema):
    first: date
    last: date
    whole: bool
    start: int
    new: int
    returned: int
    churned: int
    end: int


class ActivesOut(Schema):
    days: int
    as_of: datetime | None
    months: list[MonthOut]


class ClassOut(Schema):
    low: int
    high: int | None
    people: int
    revenue: str
    conditions: dict[str, Any] = Field(description="The same people as a tree of conditions.")


class OrdersOut(Schema):
    as_of: datetime | None
    base: int
    bought: int
    days: int
    churned: int
    valuable: int
    valuable_from: str
    valuable_revenue: str
    year_revenue: str
    classes: list[ClassOut]


@router.get("/rfm/schemes", response=list[SchemeOut])
def list_schemes(request: Request, archived: bool = False) -> list[dict[str, Any]]:
    """Schemes of RFM, the main one first."""
    found = asking.all_schemes(request.actor).filter(archived_at__isnull=not archived)
    return [_scheme(one) for one in found]


@router.post("/rfm/schemes", response={201: SchemeOut})
def create_scheme(request: Request, body: SchemeIn) -> Status[dict[str, Any]]:
    """Make a scheme; it is reckoned within a few minutes, or at once by `POST /rfm/runs`."""
    made = schemes.create(
        name=body.name,
        told=_told(body),
        brand_id=_brand(request, body.brand),
        by=request.actor,
        at=clock.now(),
    )
    return Status(201, _scheme(made))


@router.post("/rfm/schemes/preview", response=PreviewOut)
def preview_scheme(request: Request, body: PreviewIn) -> dict[str, Any]:
    """How many customers would stand where; nothing is written."""
    request.actor.must("segments.edit")
    brand = _brand(request, body.brand)
    layout, found = schemes.preview(_told(body), brand, request.actor, at=clock.now())
    places = [_place(layout, one.key, one.people, one.revenue, one.r, one.f) for one in found if one.r]
    groups = [
        _place(
            layout,
            group.key,
            sum(one.people for one in found if one.key == group.key),
            sum(one.revenue for one in found if one.key == group.key),
        )
        for group in layout.groups
    ]
    return {"map": places, "groups": groups}


@router.get("/rfm/schemes/{public_id}", response=SchemeOut)
def get_scheme(request: Request, public_id: UUID) -> dict[str, Any]:
    return _scheme(asking.scheme(request.actor, public_id))


@router.put("/rfm/schemes/{public_id}", response=SchemeOut)
def change_scheme(request: Request, public_id: UUID, body: SchemeChange) -> dict[str, Any]:
    """Lay it out anew. A group that a segment asks for stays."""
    one = asking.scheme(request.actor, public_id)
    given: dict[str, Any] = {"name": body.name, "told": _told(body)}
    return _scheme(schemes.change(scheme_id=one.pk, **given, by=request.actor, at=clock.now()))


@router.delete("/rfm/schemes/{public_id}", response={204: None})
def archive_scheme(request: Request, public_id: UUID) -> Status[None]:
    """Put it away; `restore` takes it back. The main one stays."""
    one = asking.scheme(request.actor, public_id)
    schemes.archive(scheme_id=one.pk, by=request.actor, at=clock.now())
    return Status(204, None)


@router.post("/rfm/schemes/{public_id}/restore", response=SchemeOut)
def restore_scheme(request: Request, public_id: UUID) -> dict[str, Any]:
    one = asking.scheme(request.actor, public_id)
    schemes.restore(scheme_id=one.pk, by=request.actor, at=clock.now())
    return _scheme(asking.scheme(request.actor, public_id))


@router.post("/rfm/schemes/{public_id}/main", response=SchemeOut)
def make_main_scheme(request: Request, public_id: UUID) -> dict[str, Any]:
    """What conditions, the customer's card and the first page use from now on."""
    one = asking.scheme(request.actor, public_id)
    return _scheme(schemes.make_main(scheme_id=one.pk, by=request.actor, at=clock.now()))


@router.get("/rfm", response=RfmOut)
def rfm(request: Request, scheme: UUID | None = SCHEME) -> dict[str, Any]:
    """The RFM map of the base and its named groups, those who never bought among them."""
    one = asking.scheme(request.actor, scheme)
    run = asking.last_run(one)
    places = [_cell(cell) | {"r": cell.r, "f": cell.f} for cell in asking.places(request.actor, one)]
    groups = [_cell(cell) for cell in asking.groups(request.actor, one)]
    held = {"as_of": run and run.at, "day": run and run.day}
    return {"scheme": one.public_id, **held, "groups": groups, "map": places}


@router.get("/rfm/runs", response=list[RunOut])
def list_runs(request: Request, scheme: UUID | None = SCHEME) -> list[dict[str, Any]]:
    """The last hundred reckonings, the newest first."""
    return [_run(run) for run in asking.runs(request.actor, asking.scheme(request.actor, scheme))[:100]]


@router.post("/rfm/runs", response={201: RunOut})
def reckon_rfm(request: Request, scheme: UUID | None = SCHEME) -> Status[dict[str, Any]]:
    """Score the whole base now."""
    one = asking.scheme(request.actor, scheme)
    return Status(201, _run(actions.reckon_rfm(scheme_id=one.pk, by=request.actor, at=clock.now())))


@router.get("/rfm/people", response=ScoreList)
def rfm_people(
    request: Request,
    scheme: UUID | None = SCHEME,
    group: str = Query("", max_length=20),
    r: int = Query(0, ge=0, le=6),
    f: int = Query(0, ge=0, le=6),
    after: str | None = None,
    limit: int = Query(100, ge=1, le=1000),
) -> dict[str, Any]:
    """The customers of a named group or of a place on the map, those who brought most first."""
    one = asking.scheme(request.actor, scheme)
    return _scores(request, one, asking.people(request.actor, one, cell=group, r=r, f=f), after, limit)


@router.get("/rfm/flows", response=FlowsOut)
def rfm_flows(
    request: Request,
    scheme: UUID | None = SCHEME,
    first: date | None = Query(
        None, description="Compared as it ended; thirty days before `last`, if left out."
    ),
    last: date | None = Query(None, description="Compared as it ended; today, if left out."),
) -> dict[str, Any]:
    """How many moved from group to group between two days, those who stayed too."""
    one = asking.scheme(request.actor, scheme)
    days, run = asking.between(one, first, last, at=clock.now()), asking.last_run(one)
    flows = [
        {"came_from": flow.came_from, "into": flow.into, "people": flow.people, "revenue": str(flow.revenue)}
        for flow in asking.flows(request.actor, one, days)
    ]
    told = {"first": days.first, "last": days.last, "history_from": days.begins}
    noted = {"redefined": days.redefined, "filled": days.filled}
    return {**told, **noted, "as_of": run and run.at, "flows": flows}


@router.get("/rfm/flows/people", response=ScoreList)
def rfm_movers(
    request: Request,
    into: str = Query(max_length=20),
    came_from: str = Query("", max_length=20),
    scheme: UUID | None = SCHEME,
    first: date | None = None,
    last: date | None = None,
    after: str | None = None,
    limit: int = Query(100, ge=1, le=1000),
) -> dict[str, Any]:
    """The customers of one flow, with their scores as they are now."""
    one = asking.scheme(request.actor, scheme)
    days = asking.between(one, first, last, at=clock.now())
    return _scores(request, one, asking.movers(request.actor, one, days, came_from, into), after, limit)


@router.get("/rfm/customers/{customer}", response=list[StayOut])
def rfm_history(request: Request, customer: UUID, scheme: UUID | None = SCHEME) -> list[dict[str, Any]]:
    """The groups that a customer stands and stood in, the present one first."""
    one = asking.scheme(request.actor, scheme)
    found = asking.history_of(customers.get(customer, request.actor).pk, one)
    return [{"key": stay.key, "name": stay.name, "since": stay.since, "until": stay.until} for stay in found]


@router.get("/actives", response=ActivesOut)
def growth_and_churn(
    request: Request,
    days: int = Query(actives.ACTIVE_DAYS, ge=31, le=730, description="Active: bought within so many days."),
    months: int = Query(13, ge=1, le=36),
) -> dict[str, Any]:
    """Active customers month by month: at the start, new, came back, left, at the end."""
    found, as_of = actives.months(request.actor, count=months, days=days, at=clock.now())
    return {"days": days, "as_of": as_of, "months": [vars(one) for one in found]}


@router.get("/orders/classes", response=OrdersOut)
def how_many_times(request: Request, days: int = Query(actives.ACTIVE_DAYS, ge=31, le=730)) -> dict[str, Any]:
    """Who bought how many times, who never did, the most valuable tenth and who has left."""
    found = actives.orders(request.actor, days=days, at=clock.now())
    classes = [
        vars(one) | {"revenue": str(one.revenue), "conditions": actives.of_class(one.key, days=days)}
        for one in found.classes
    ]
    sums = {name: str(getattr(found, name)) for name in ("valuable_from", "valuable_revenue", "year_revenue")}
    figures = {
        name: getattr(found, name) for name in ("as_of", "base", "bought", "days", "churned", "valuable")
    }
    return {**figures, **sums, "classes": classes}


def _told(body: LayoutIn) -> dict[str, Any]:
    told = body.model_dump(include={"days", "r", "f", "m"})
    if body.groups is not None:
        told["groups"] = [one.model_dump() for one in body.groups]
    if body.grid is not None:
        told["grid"] = body.grid
    return told


def _brand(request: Request, code: str | None) -> int | None:
    if code is None:
        return None
    known = company.brands(request.actor).filter(code=code).first()
    if known is None:
        raise BadScheme(BadScheme.NO_BRAND, field="brand")
    return known.pk


def _scheme(one: RfmScheme) -> dict[str, Any]:
    run = asking.last_run(one)
    return {
        "public_id": one.public_id,
        "name": one.title,
        "brand": one.brand.code if one.brand else None,
        "is_main": one.is_main,
        "archived": one.archived_at is not None,
        "layout": one.layout.as_json(),
        "last_run": _run(run) if run else None,
    }


def _run(run: RfmRun) -> dict[str, Any]:
    figures = ("day", "customers", "scored", "changed", "moved", "redefined", "filled", "as_then")
    return {"as_of": run.at} | {name: getattr(run, name) for name in figures}


def _cell(cell: Cell) -> dict[str, Any]:
    return {"key": cell.key, "name": cell.name, "people": cell.people, "revenue": str(cell.revenue)}


def _place(
    layout: Layout, key: str, people: int, revenue: Any, r: int | None = None, f: int | None = None
) -> dict[str, Any]:
    told = {"key": key, "name": names.of(layout, key), "people": people, "revenue": str(revenue)}
    return told | {"r": r, "f": f}


def _scores(request: Request, scheme: RfmScheme, found: Any, after: str | None, limit: int) -> dict[str, Any]:
    layout = asking.layout_of(scheme)
    page = paging.keyset(found, order=("-revenue", "-profile_id"), after=after, size=limit)
    known = customers.short([score.profile_id for score in page.items], request.actor)
    items = [
        {
            "public_id": known[one.profile_id].public_id,
            "name": known[one.profile_id].name,
            "r": one.r,
            "f": one.f,
            "m": one.m,
            "group": names.of(layout, one.cell),
            "key": one.cell,
            "since": one.since,
            "last_purchase": one.last_date,
            "receipts": one.receipts,
            "revenue": str(one.revenue),
        }
        for one in page.items
        if one.profile_id in known
    ]
    return {"items": items, "next": page.next}
