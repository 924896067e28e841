"""What the public API offers of experiments."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Field, File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from prilavok.customers import queries as customers
from prilavok.experiments import actions, queries
from prilavok.experiments.models import Experiment
from prilavok.experiments.queries import Point, Which
from prilavok.kernel import clock, paging
from prilavok.kernel.web import Request

router = Router(tags=["experiments"])


class ExperimentOut(Schema):
    """An experiment; its effect stands in the report."""

    public_id: UUID
    title: str
    subject: str = Field(description="What was tried, such as `campaign:12`; empty for loaded files.")
    kind: str
    outcome: str
    state: str
    control_share: Decimal | None
    drawn_at: datetime
    starts_at: datetime
    horizon_at: datetime
    first_day: date | None
    last_day: date | None


class ExperimentList(Schema):
    items: list[ExperimentOut]
    next: str | None = Field(description="Send it as `after` to get the next page; null at the end.")


class MemberOut(Schema):
    """A customer as assigned, with what they bought in the period of analysis."""

    customer: UUID | None = Field(description="Null where the token may not see this customer.")
    arm: str
    receipts: int
    revenue: float


class MemberList(Schema):
    items: list[MemberOut]
    total: int
    next: str | None


class RejectOut(Schema):
    row: int = Field(description="The row's number in the file; the header is 1.")
    column: str
    value: str
    reason: str


class LoadedOut(Schema):
    """What became of a file."""

    experiment: ExperimentOut
    rows: int
    rejected: int
    rejects: list[RejectOut]
    again: bool = Field(description="The same file had been loaded before; nothing changed.")


class SensitivityAsked(Schema):
    customers: list[UUID] = Field(max_length=100_000)
    days: int = Field(28, ge=1, le=366)
    control_share: float = Field(0.1, gt=0, le=0.5)


class PointOut(Schema):
    share: float
    control: int
    mailed: int
    smallest_effect: float | None = Field(
        description="Money per customer seen with 80 % power; null where the groups are too small to show any."
    )

    @staticmethod
    def resolve_smallest_effect(point: Point) -> float | None:
        return point.shown


class SensitivityOut(Schema):
    customers: int
    days: int
    mean: float
    sd: float
    sd_left: float = Field(description="Spread within strata after the adjustment by the past.")
    chosen: PointOut
    curve: list[PointOut]
    proposed_share: float
    currency: str


@router.get("/experiments", response=ExperimentList)
def experiments(request: Request, after: str | None = None) -> dict[str, Any]:
    """All experiments, the latest first. Needs `experiments.see`."""
    page = paging.keyset(queries.experiments(request.actor), order=("-drawn_at", "-id"), after=after)
    return {"items": page.items, "next": page.next}


@router.get("/experiments/{uuid:public_id}", response=ExperimentOut)
def experiment(request: Request, public_id: UUID) -> Experiment:
    """One experiment. Needs `experiments.see`."""
    return queries.get(public_id, request.actor)


@router.get("/experiments/{uuid:public_id}/report", response=dict[str, Any])
def report(request: Request, public_id: UUID) -> dict[str, Any]:
    """What it has shown: verdict, effect with interval, groups, cuts, check of the split. Needs `experiments.see`.

    `verdict` is `too_early` (before the horizon), `proven`, `harmful`, `not_proven` or `broken_split`.
    """
    found = queries.get(public_id, request.actor)
    return queries.document(queries.report(found.pk, request.actor, clock.now()))


@router.get("/experiments/{uuid:public_id}/people", response=MemberList)
def people(
    request: Request,
    public_id: UUID,
    arm: str = "",
    cut: str = "",
    row: str = "",
    bought: bool = False,
    after: int = 0,
) -> dict[str, Any]:
    """Who stands behind a figure of the report; none for loaded files. Needs `experiments.see`."""
    found = queries.get(public_id, request.actor)
    if found.is_loaded:
        return {"items": [], "total": 0, "next": None}
    page = queries.members(found, Which(arm, cut, row, bought), request.actor, clock.now(), after=after)
    ids = [member.profile_id for member in page.items]
    known = customers.short(ids, request.actor) if request.actor.may("customers.see") else {}
    items = [
        {
            "customer": known[one.profile_id].public_id if one.profile_id in known else None,
            "arm": one.arm,
            "receipts": one.receipts,
            "revenue": one.revenue,
        }
        for one in page.items
    ]
    return {"items": items, "total": page.total, "next": page.next}


@router.post("/experiments", response={201: LoadedOut})
def load(
    request: Request,
    file: File[UploadedFile],
    arm: Form[str],
    control: Form[str],
    outcome: Form[str],
    stratum: Form[str] = "",
    title: Form[str] = "",
) -> Status[actions.Loaded]:
    """Load a finished experiment: CSV, one row per customer. Rows of equal content are different customers.

    `arm`, `outcome` and `stratum` name columns, `control` is the value of the group left alone.
    Needs `experiments.load`.
    """
    loaded = actions.load_experiment(
        content=file.read(),
        title=title or (file.name or "").rsplit(".", 1)[0],
        arm=arm,
        control=control,
        outcome=outcome,
        stratum=stratum or None,
        by=request.actor,
        at=clock.now(),
    )
    return Status(201, loaded)


@router.post("/experiments/sensitivity", response=SensitivityOut)
def sensitivity(request: Request, asked: SensitivityAsked) -> queries.Sensitivity:
    """What groups of these customers could show, asked before anything is sent. Needs `experiments.see`."""
    request.actor.must("experiments.see")
    profiles = list(customers.profile_ids(asked.customers, request.actor).values())
    return queries.sensitivity(profiles, asked.days, asked.control_share, clock.now())
