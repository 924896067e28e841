"""Promotions for sites and other systems: write them, have them approved, pause them, ask how they fare."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, Field, StringConstraints

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.experiments import queries as experiments
from prilavok.kernel import clock, idempotency, paging
from prilavok.kernel.actors import Actor
from prilavok.loyalty import actions, queries, sentences
from prilavok.loyalty.api.till import Code, Money, ProductCode, Quantity, UnknownShop
from prilavok.loyalty.definitions import PromotionWritten
from prilavok.loyalty.models import Backtest, Promotion, PromotionVersion
from prilavok.loyalty.ports import TillBasket, TillLine
from prilavok.loyalty.problems import BadPromotion, NoControlGroup
from prilavok.loyalty.reckoning import Verdict
from prilavok.loyalty.web.reasons import reason, unused

router = Router(tags=["promotions"])


class PromotionOut(Schema):
    """`live`: the version that tills reckon with; `asked`: a version waits for approval."""

    id: UUID
    name: str
    state: str
    live: int | None
    asked: bool
    changed_at: datetime


class PromotionPage(Schema):
    items: list[PromotionOut]
    next: str | None


class PromotionVersionOut(Schema):
    """A version as it was written, in words, and what became of it."""

    number: int
    definition: dict[str, Any]
    sentence: str
    made_at: datetime
    asked_at: datetime | None
    approved_at: datetime | None
    refused_at: datetime | None
    refused_because: str


class PromotionFiguresOut(Schema):
    uses: int
    customers: int
    amount: Decimal
    points: Decimal


class PromotionDayOut(Schema):
    day: str
    uses: int
    amount: Decimal
    points: Decimal


class PromotionWhole(PromotionOut):
    """With the version that tills reckon with (else the last one), and how it fares."""

    version: PromotionVersionOut
    figures: PromotionFiguresOut


class PromotionVersionsOut(Schema):
    items: list[PromotionVersionOut]


class PromotionDaysOut(Schema):
    items: list[PromotionDayOut]


class PromotionUseOut(Schema):
    receipt: UUID
    customer: UUID | None
    at: datetime
    amount: Decimal
    points: Decimal


class PromotionUsePage(Schema):
    items: list[PromotionUseOut]
    next: str | None


class PromotionVerdictIn(Schema):
    """Yes or no to the version that was read; a no needs a reason."""

    version: Annotated[int, Field(ge=1, le=2_000_000_000)]
    approved: bool = True
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] = ""


class TrialLineIn(Schema):
    product: ProductCode
    price: Money
    quantity: Quantity = Decimal(1)
    delivery: bool = False


class TrialIn(Schema):
    """A basket for the test bench; `promotion` (kept) or `definition` (only written) is tried among the live ones."""

    shop: Code
    lines: list[TrialLineIn] = Field(min_length=1, max_length=500)
    at: AwareDatetime | None = Field(None, description="Whenever; None: now.")
    customer: UUID | None = None
    coupons: list[Code] = Field([], max_length=20)
    points: Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=4)] | None = None
    channel: Code = "shop"
    payment: Annotated[str, StringConstraints(max_length=40)] = ""
    till: Annotated[str, StringConstraints(max_length=60, pattern=r"^[^\x00-\x1f]*$")] = ""
    promotion: UUID | None = None
    definition: PromotionWritten | None = None


class OutcomeOut(Schema):
    """What a promotion came to, or why it did not fit: the reason's code, and in words."""

    promotion: str
    name: str
    tried: bool
    amount: Decimal
    points: Decimal
    gifts: int
    reason: str
    why: str


class TrialDiscountOut(Schema):
    name: str
    amount: Decimal


class TrialLineOut(Schema):
    product: str
    gross: Decimal
    discounts: list[TrialDiscountOut]
    paid_by_points: Decimal
    to_pay: Decimal


class TrialOut(Schema):
    lines: list[TrialLineOut]
    gross: Decimal
    discount: Decimal
    paid_by_points: Decimal
    total: Decimal
    points_earned: Decimal
    points_to_spend: Decimal
    outcomes: list[OutcomeOut]
    unused_coupons: dict[str, str]


class NeighbourOut(Schema):
    """A live promotion on the same goods at the same time; the reasons are empty where it is used."""

    promotion: UUID
    name: str
    product: str
    together: bool
    wins: bool
    mine: str
    theirs: str


class NeighboursOut(Schema):
    items: list[NeighbourOut]


class BacktestOut(Schema):
    """A version on the receipts of a year. `result` is null until it is finished; shops by their codes.

    `amount`, `points`, `gifts` are what it adds to the promotions that were live when it was reckoned. `margin` (of
    lines whose cost is known: list price, margin without the promotion, with it) needs `catalog.cost`.
    """

    id: UUID
    version: int
    since: datetime
    until: datetime
    finished_at: datetime | None
    result: dict[str, Any] | None


class BacktestsOut(Schema):
    items: list[BacktestOut]


class PromotionTurnIn(Schema):
    turn: Literal["ask", "withdraw", "pause", "resume", "end"]


def _by(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def _out(promotion: Promotion, waiting: set[int]) -> dict[str, Any]:
    return {
        "id": promotion.public_id,
        "name": promotion.name,
        "state": promotion.state,
        "live": promotion.live.number if promotion.live else None,
        "asked": promotion.pk in waiting,
        "changed_at": promotion.changed_at,
    }


def _version(one: PromotionVersion) -> dict[str, Any]:
    written = PromotionWritten.model_validate(one.definition)
    named = {name: getattr(one, name) for name in PromotionVersionOut.model_fields if name != "sentence"}
    return named | {"sentence": sentences.sentence(written, queries.said([written]))}


def _whole(public_id: UUID, by: Actor) -> dict[str, Any]:
    found = queries.get_promotion(public_id, by)
    shown = found.live or queries.versions(found.pk, by)[0]
    return _out(found, queries.versions_waiting([found.pk])) | {
        "version": _version(shown),
        "figures": queries.promotion_figures([found.pk], by)[found.pk],
    }


@router.get("/promotions", response=PromotionPage, summary="List promotions")
def index(
    request: HttpRequest,
    q: str = "",
    state: Literal["", "draft", "waiting", "live", "paused", "ended", "asked"] = "",
    sort: Literal["changed", "name", "uses", "amount"] = "changed",
    after: str | None = None,
) -> dict[str, Any]:
    """By a part of the name, in a state (`asked`: a version waits for approval)."""
    found = queries.search_promotions(_by(request), q, state=state, sort=sort)
    page = paging.keyset(found, order=queries.SORTS[sort], after=after)
    waiting = queries.versions_waiting([one.pk for one in page.items])
    return {"items": [_out(one, waiting) for one in page.items], "next": page.next}


@router.post("/promotions", response=PromotionWhole, summary="Write a promotion: a draft")
def make(request: HttpRequest, told: PromotionWritten) -> dict[str, Any]:
    """What names nothing that is there, what can never be or would never end is refused, each place with its words."""
    made = actions.create_promotion(told, by=_by(request), at=clock.now())
    return _whole(made.public_id, _by(request))


@router.get("/promotions/{promotion_id}", response=PromotionWhole, summary="One promotion and how it fares")
def one(request: HttpRequest, promotion_id: UUID) -> dict[str, Any]:
    return _whole(promotion_id, _by(request))


@router.get(
    "/promotions/{promotion_id}/versions", response=PromotionVersionsOut, summary="Versions of a promotion"
)
def versions(request: HttpRequest, promotion_id: UUID) -> dict[str, Any]:
    found = queries.get_promotion(promotion_id, _by(request))
    return {"items": [_version(one) for one in queries.versions(found.pk, _by(request))[:100]]}


@router.post("/promotions/{promotion_id}/versions", response=PromotionWhole, summary="Change a promotion")
def change(request: HttpRequest, promotion_id: UUID, told: PromotionWritten) -> dict[str, Any]:
    """Always a new version; what is live goes on until the new one is approved."""
    by = _by(request)
    by.must("loyalty.promote")
    actions.change_promotion(queries.get_promotion(promotion_id, by).pk, told, by=by, at=clock.now())
    return _whole(promotion_id, by)


@router.post(
    "/promotions/{promotion_id}/copies", response=PromotionWhole, summary="Copy a promotion: a draft"
)
def copy(request: HttpRequest, promotion_id: UUID) -> dict[str, Any]:
    by = _by(request)
    by.must("loyalty.promote")
    made = actions.copy_promotion(queries.get_promotion(promotion_id, by).pk, by=by, at=clock.now())
    return _whole(made.public_id, by)


@router.post(
    "/promotions/{promotion_id}/turns",
    response=PromotionWhole,
    summary="Send for approval, pause, resume, end",
)
def turn(request: HttpRequest, promotion_id: UUID, told: PromotionTurnIn) -> dict[str, Any]:
    by = _by(request)
    by.must("loyalty.promote")
    _TURNS[told.turn](queries.get_promotion(promotion_id, by).pk, by=by, at=clock.now())
    return _whole(promotion_id, by)


_TURNS = {
    "ask": actions.ask_approval,
    "withdraw": actions.withdraw,
    "pause": actions.pause_promotion,
    "resume": actions.resume_promotion,
    "end": actions.end_promotion,
}


@router.post(
    "/promotions/{promotion_id}/verdict", response=PromotionWhole, summary="Approve a version or send it back"
)
def verdict(request: HttpRequest, promotion_id: UUID, told: PromotionVerdictIn) -> dict[str, Any]:
    """By somebody else than who wrote it."""
    by = _by(request)
    by.must("loyalty.approve")
    found = queries.get_promotion(promotion_id, by)
    if told.approved:
        actions.approve_promotion(found.pk, version=told.version, by=by, at=clock.now())
    else:
        actions.refuse_promotion(found.pk, told.reason, version=told.version, by=by, at=clock.now())
    return _whole(promotion_id, by)


@router.get(
    "/promotions/{promotion_id}/days", response=PromotionDaysOut, summary="Uses of a promotion by day"
)
def days(request: HttpRequest, promotion_id: UUID) -> dict[str, Any]:
    found = queries.get_promotion(promotion_id, _by(request))
    told = queries.promotion_days(found.pk, _by(request))
    return {
        "items": [
            {"day": one.day.isoformat(), "uses": one.uses, "amount": one.amount, "points": one.points}
            for one in told
        ]
    }


@router.get(
    "/promotions/{promotion_id}/uses", response=PromotionUsePage, summary="Receipts that used a promotion"
)
def uses(request: HttpRequest, promotion_id: UUID, after: str | None = None) -> dict[str, Any]:
    found = queries.get_promotion(promotion_id, _by(request))
    page = paging.keyset(
        queries.promotion_uses(found.pk, _by(request)), order=("-at", "-id"), after=after, size=100
    )
    items = [
        {
            "receipt": one.receipt.public_id,
            "customer": one.profile.public_id if one.profile else None,
            "at": one.at,
            "amount": one.amount,
            "points": one.points,
        }
        for one in page.items
    ]
    return {"items": items, "next": page.next}


@router.get(
    "/promotions/{promotion_id}/effect",
    response=dict[str, Any],
    summary="What a promotion with a control group brought",
)
def effect(request: HttpRequest, promotion_id: UUID) -> dict[str, Any]:
    """The report of its experiment, as of a campaign (`/experiments/{id}/report`); `given` is what it cost the shop.

    `given.discounts` are missing from the revenue already, and so are points spent within the days of analysis
    (`points_counted`); points that lapsed cost nothing. What is left is `given.cost`. Needs `experiments.see`.
    """
    by = _by(request)
    by.must("experiments.see")
    found = queries.get_promotion(promotion_id, by)
    experiment = queries.experiment_of(found)
    if experiment is None:
        raise NoControlGroup
    told = experiments.document(experiments.report(experiment.pk, by, clock.now()))
    given = queries.cost_of(found.pk, *experiment.window, at=clock.now())
    return told | {"given": {name: str(value) for name, value in asdict(given).items()}}


# ── Trying ───────────────────────────────────────────────────────────────────────────────────────────────

idempotency.question("/api/v1/promotion-trials")


@router.post(
    "/promotion-trials", response=TrialOut, summary="Try a basket on the live promotions and one more"
)
def try_out(request: HttpRequest, told: TrialIn) -> dict[str, Any]:
    """The test bench: lines, discounts, points, and of every promotion why or why not. Moves nothing."""
    by, at = _by(request), clock.now()
    by.must("loyalty.see")
    tried = actions.try_basket(_basket(told, by, at), _trial(told, by), by=by, at=at)
    return _tried(told, tried)


def _basket(told: TrialIn, by: Actor, at: datetime) -> TillBasket:
    shops = company.shops_by_code([told.shop])
    if told.shop not in shops:
        raise UnknownShop(field="shop", shop=told.shop)
    return TillBasket(
        shop_id=shops[told.shop].pk,
        lines=tuple(TillLine(**one.dict()) for one in told.lines),
        at=_moment(told.at or at, shops[told.shop].pk),
        till_code=told.till,
        profile_id=_profile(told.customer, by),
        coupons=tuple(told.coupons),
        points=told.points,
        channel=told.channel,
        payment=told.payment,
        explain=True,
    )


def _moment(at: datetime, shop_id: int) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=company.zone_of(shop_id))


def _profile(customer: UUID | None, by: Actor) -> int | None:
    if customer is None:
        return None
    by.must("customers.see")
    return customers.get(customer, by).pk


def _trial(told: TrialIn, by: Actor) -> actions.Trial | None:
    if told.definition:
        written, faults = queries.promotion_faults(told.definition, by)
        if written is None or faults:
            raise BadPromotion(faults)
        return actions.Trial(written)
    if told.promotion is None:
        return None
    found = queries.get_promotion(told.promotion, by)
    last = queries.versions(found.pk, by)[0]
    written = PromotionWritten.model_validate(last.definition)
    return actions.Trial(written, found.pk, str(found.public_id), last.number)


def _tried(told: TrialIn, tried: actions.Tried) -> dict[str, Any]:
    answer = tried.answer
    lines = [
        {
            "product": sent.product,
            "gross": one.gross,
            "discounts": [
                {"name": tried.names[promotion][1], "amount": amount} for promotion, amount in one.discounts
            ],
            "paid_by_points": one.paid_by_points,
            "to_pay": one.to_pay,
        }
        for sent, one in zip(told.lines, answer.lines, strict=True)
    ]
    return {
        "lines": lines,
        "gross": answer.gross,
        "discount": answer.discount,
        "paid_by_points": answer.paid_by_points,
        "total": answer.total,
        "points_earned": answer.points_earned,
        "points_to_spend": answer.points_to_spend,
        "outcomes": [_outcome(tried, one) for one in answer.verdicts.values()],
        "unused_coupons": {code: unused(why) for code, why in answer.unused_coupons.items()},
    }


def _outcome(tried: actions.Tried, verdict: Verdict) -> dict[str, Any]:
    public, name = tried.names[verdict.promotion]
    return {
        "promotion": public,
        "name": name,
        "tried": verdict.promotion == tried.trial,
        "amount": verdict.amount,
        "points": verdict.points,
        "gifts": verdict.gifts,
        "reason": verdict.refusal.reason if verdict.refusal else "",
        "why": reason(verdict.refusal) if verdict.refusal else "",
    }


@router.get(
    "/promotions/{promotion_id}/neighbours",
    response=NeighboursOut,
    summary="Live promotions on the same goods, and which would win",
)
def neighbours(request: HttpRequest, promotion_id: UUID) -> dict[str, Any]:
    by = _by(request)
    found = queries.get_promotion(promotion_id, by)
    written = PromotionWritten.model_validate(queries.versions(found.pk, by)[0].definition)
    met = queries.neighbours(found, written, by, at=clock.now())
    return {
        "items": [
            {
                "promotion": one.public,
                "name": one.name,
                "product": one.product,
                "together": one.together,
                "wins": one.wins,
                "mine": reason(one.mine.refusal) if one.mine.refusal else "",
                "theirs": reason(one.theirs.refusal) if one.theirs.refusal else "",
            }
            for one in met
        ]
    }


@router.post(
    "/promotions/{promotion_id}/backtests",
    response={202: BacktestOut},
    summary="Try the last version on last year's receipts",
)
def order_backtest(request: HttpRequest, promotion_id: UUID) -> Status[dict[str, Any]]:
    """In the background: cost, customers who win, by shop and by month. Ask for it by the list of back-tests."""
    by = _by(request)
    by.must("loyalty.promote")
    found = queries.get_promotion(promotion_id, by)
    return Status(202, _backtest(actions.order_backtest(found.pk, by=by, at=clock.now()), by))


@router.get(
    "/promotions/{promotion_id}/backtests", response=BacktestsOut, summary="Back-tests of a promotion"
)
def backtests(request: HttpRequest, promotion_id: UUID) -> dict[str, Any]:
    found = queries.get_promotion(promotion_id, _by(request))
    by = _by(request)
    return {"items": [_backtest(one, by) for one in queries.backtests(found.pk, by)[:20]]}


def _backtest(one: Backtest, by: Actor) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in ("version", "since", "until", "finished_at", "result")} | {
        "id": one.public_id
    }
    if one.result:
        codes = company.shops_by_id([int(key) for key in one.result["shops"]])
        shops = {codes[int(key)].code: sums for key, sums in one.result["shops"].items()}
        told["result"] = _without_margins(one.result | {"shops": shops}, by)
    return told


def _without_margins(result: dict[str, Any], by: Actor) -> dict[str, Any]:
    """The figures of a back-test for somebody who may not know what goods cost."""
    if by.may("catalog.cost"):
        return result
    shown = {key: value for key, value in result.items() if key != "margin"}
    for parts in ("shops", "months"):
        inner = result[parts].items()
        shown[parts] = {name: {k: v for k, v in sums.items() if k != "margin"} for name, sums in inner}
    return shown
