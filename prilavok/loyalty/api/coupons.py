"""Coupons for sites, tills and partners: series, codes, what became of them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, Field, StringConstraints

from prilavok.catalog import queries as catalog
from prilavok.customers import queries as customers
from prilavok.kernel import clock, paging
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.loyalty import actions, queries
from prilavok.loyalty.models import CodeAttempt, Coupon, CouponSeries
from prilavok.loyalty.ports import NewSeries
from prilavok.loyalty.web.words import state_of_code, state_of_series

router = Router(tags=["loyalty"])

Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class UnknownProduct(Problem):
    code = "unknown_product"
    message = _("The catalog has no product with the code “%(product)s”.")


class UnknownCategory(Problem):
    code = "unknown_category"
    message = _("The catalog has no category with the code “%(category)s”.")


class UnknownCustomer(Problem):
    code = "unknown_customer"
    message = _("There is no customer %(customer)s.")


class UnknownCode(Problem):
    code = "unknown_code"
    status = 404
    message = _("There is no such code.")


class SeriesIn(Schema):
    """`valid_until` is the first moment at which a code is no longer good; `uses` null: without limit."""

    code: Code
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    reward_kind: Literal["percent", "amount", "price", "other"] = "percent"
    reward_value: Annotated[Decimal, Field(max_digits=19, decimal_places=4)] | None = None
    minimum: Annotated[Decimal, Field(max_digits=19, decimal_places=4)] | None = None
    valid_from: AwareDatetime
    valid_until: AwareDatetime | None = None
    personal: bool = True
    uses: Annotated[int, Field(ge=1)] | None = 1
    products: Annotated[list[str], Field(max_length=20_000)] = []
    categories: Annotated[
        list[str],
        Field(
            max_length=1000, description="Beside the products: all goods in them and below. None: anything."
        ),
    ] = []
    first_order: bool = Field(
        False, description="Good only with the first purchase of a customer whom the till knows."
    )

    model_config = {
        "json_schema_extra": {
            "example": {
                "code": "MEAT-10",
                "name": "10 % off meat",
                "reward_kind": "percent",
                "reward_value": "10",
                "valid_from": "2026-11-22T00:00:00+03:00",
                "valid_until": "2026-12-31T00:00:00+03:00",
                "personal": True,
                "uses": 1,
                "products": ["beef-1", "pork-2"],
            }
        }
    }


class FiguresOut(Schema):
    codes: int
    used_codes: int
    uses: int
    customers: int
    amount: Decimal
    revenue: Decimal


class SeriesOut(Schema):
    id: UUID
    code: str
    name: str
    state: str
    reward_kind: str
    reward_value: Decimal | None
    minimum: Decimal | None
    valid_from: datetime
    valid_until: datetime | None
    personal: bool
    uses: int | None
    first_order: bool

    @staticmethod
    def resolve_id(series: CouponSeries) -> UUID:
        return series.public_id

    @staticmethod
    def resolve_state(series: CouponSeries) -> str:
        return state_of_series(series, clock.now())


class SeriesWithFigures(SeriesOut):
    figures: FiguresOut
    categories: list[str]

    @staticmethod
    def resolve_categories(series: CouponSeries) -> list[str]:
        return [one.category.code for one in queries.categories_of(series.pk)]

    @staticmethod
    def resolve_figures(series: CouponSeries) -> queries.SeriesFigures:
        return queries.figures([series.pk])[series.pk]


class SeriesPage(Schema):
    items: list[SeriesOut]
    next: str | None


class CodeOut(Schema):
    code: str
    state: str
    series: UUID
    customer: UUID | None
    issued_at: datetime
    used: int

    @staticmethod
    def resolve_series(coupon: Coupon) -> UUID:
        return coupon.series.public_id

    @staticmethod
    def resolve_customer(coupon: Coupon) -> UUID | None:
        return coupon.profile.public_id if coupon.profile else None

    @staticmethod
    def resolve_state(coupon: Any) -> str:
        return state_of_code(coupon, coupon.used or 0, clock.now())

    @staticmethod
    def resolve_used(coupon: Any) -> int:
        return coupon.used or 0


class CodePage(Schema):
    items: list[CodeOut]
    next: str | None


class CodesIn(Schema):
    """Either `count` bearer codes, made in the background, or one `code` made up by hand."""

    count: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    code: Code | None = None


class IssueIn(Schema):
    """Customers to give a code to; the same `cause` gives the same customer no second one."""

    customers: Annotated[list[UUID], Field(min_length=1, max_length=10_000)]
    cause: UUID


class Issued(Schema):
    customer: UUID
    code: str


@router.get("/coupon-series", response=SeriesPage, summary="List series of coupons, the latest first")
def index(request: HttpRequest, after: str | None = None) -> paging.Page[CouponSeries]:
    return paging.keyset(queries.series(_by(request)), order=("-made_at", "-id"), after=after)


@router.post("/coupon-series", response=SeriesOut, summary="Make a series of coupons")
def make(request: HttpRequest, told: SeriesIn) -> CouponSeries:
    values = told.dict(exclude={"products", "categories"})
    products, categories = _product_ids(told.products), _category_ids(told.categories)
    new = NewSeries(product_ids=products, category_ids=categories, **values)
    return actions.create_series(new, by=_by(request), at=clock.now())


def _by(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def _product_ids(codes: list[str]) -> list[int]:
    known = catalog.products_by_code(codes)
    for place, code in enumerate(codes):
        if code not in known:
            raise UnknownProduct(field=f"products.{place}", product=code)
    return [known[code].id for code in dict.fromkeys(codes)]


def _category_ids(codes: list[str]) -> list[int]:
    known = catalog.category_ids(codes)
    for place, code in enumerate(codes):
        if code not in known:
            raise UnknownCategory(field=f"categories.{place}", category=code)
    return [known[code] for code in dict.fromkeys(codes)]


@router.get("/coupon-series/{series_id}", response=SeriesWithFigures, summary="One series and how it fares")
def one(request: HttpRequest, series_id: UUID) -> CouponSeries:
    return queries.get_series(series_id, _by(request))


@router.post("/coupon-series/{series_id}/close", response=SeriesOut, summary="Close a series")
def close(request: HttpRequest, series_id: UUID) -> CouponSeries:
    """Its codes are good no more; undone by `reopen`."""
    found = queries.get_series(series_id, _by(request))
    actions.close_series(found.pk, by=_by(request), at=clock.now())
    return queries.get_series(series_id, _by(request))


@router.post("/coupon-series/{series_id}/reopen", response=SeriesOut, summary="Open a closed series again")
def reopen(request: HttpRequest, series_id: UUID) -> CouponSeries:
    found = queries.get_series(series_id, _by(request))
    actions.reopen_series(found.pk, by=_by(request), at=clock.now())
    return queries.get_series(series_id, _by(request))


@router.get("/coupon-series/{series_id}/codes", response=CodePage, summary="Codes of a series")
def codes(
    request: HttpRequest,
    series_id: UUID,
    after: str | None = None,
    size: Annotated[int, Field(ge=1, le=1000)] = 100,
) -> paging.Page[Coupon]:
    found = queries.get_series(series_id, _by(request))
    return paging.keyset(queries.coupons(found.pk, _by(request)), order=("-id",), after=after, size=size)


@router.post("/coupon-series/{series_id}/codes", response={202: None}, summary="Make bearer codes")
def add_codes(request: HttpRequest, series_id: UUID, wanted: CodesIn) -> Status[None]:
    found = queries.get_series(series_id, _by(request))
    if wanted.code:
        actions.add_code(found.pk, wanted.code, by=_by(request), at=clock.now())
    if wanted.count:
        actions.order_codes(found.pk, wanted.count, by=_by(request), at=clock.now())
    return Status(202, None)


@router.post("/coupon-series/{series_id}/issue", response=list[Issued], summary="Issue personal codes")
def issue(request: HttpRequest, series_id: UUID, wanted: IssueIn) -> list[Mapping[str, object]]:
    """Give each customer a code of their own."""
    by = _by(request)
    found = queries.get_series(series_id, by)
    profiles = customers.profile_ids(wanted.customers, by)
    for place, customer in enumerate(wanted.customers):
        if customer not in profiles:
            raise UnknownCustomer(field=f"customers.{place}", customer=str(customer))
    given = actions.issue(found.pk, profiles.values(), cause=wanted.cause, by=by, at=clock.now())
    return [{"customer": customer, "code": given[profile]} for customer, profile in profiles.items()]


class AttemptOut(Schema):
    """A code that was tried at a till on one day: `times` says how often, `at` when last."""

    code: str
    reason: Literal["unknown", "other_customer"]
    shop: str
    till: str
    customer: UUID | None
    series: UUID | None
    times: int
    at: datetime

    @staticmethod
    def resolve_shop(tried: CodeAttempt) -> str:
        return tried.shop.code

    @staticmethod
    def resolve_customer(tried: CodeAttempt) -> UUID | None:
        return tried.profile.public_id if tried.profile else None

    @staticmethod
    def resolve_series(tried: CodeAttempt) -> UUID | None:
        return tried.coupon.series.public_id if tried.coupon else None


class AttemptPage(Schema):
    items: list[AttemptOut]
    next: str | None


@router.get("/coupon-attempts", response=AttemptPage, summary="Codes tried that are nobody's, or another's")
def attempts(
    request: HttpRequest,
    reason: Literal["", "unknown", "other_customer"] = "",
    after: str | None = None,
    size: Annotated[int, Field(ge=1, le=1000)] = 100,
) -> paging.Page[CodeAttempt]:
    """The latest first, kept for a year. Many unknown ones at one till mean that somebody guesses."""
    found = queries.attempts(_by(request), reason=reason).select_related("coupon__series", "shop", "profile")
    return paging.keyset(found, order=("-at", "-id"), after=after, size=size)


@router.get("/coupons/{code}", response=CodeOut, summary="One code, however it is typed")
def code(request: HttpRequest, code: str) -> Coupon:
    """Case, spaces, hyphens and Cyrillic look-alikes make no difference."""
    found = queries.find_code(code, _by(request))
    if found is None:
        raise UnknownCode
    return queries.coupons(found.series_id, _by(request)).get(pk=found.pk)
