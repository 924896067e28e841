"""What the public API offers of the company: shops, employees, roles and who asks."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from ninja import Field, Router, Schema, Status
from ninja.params.functions import Query
from pydantic import AwareDatetime

from prilavok.company import actions, ports, queries
from prilavok.company.actions import NewShop
from prilavok.company.models import Employee, Look, Shop
from prilavok.kernel import clock, paging, retention
from prilavok.kernel.errors import Problem
from prilavok.kernel.places import NoPoint, read_place
from prilavok.kernel.web import Request

router = Router(tags=["company"])


class UnknownShop(Problem):
    code = "unknown_shop"
    message = _("There is no shop with the code “%(code)s”.")


class ShopOut(Schema):
    public_id: UUID
    code: str
    name: str
    brand: str
    timezone: str
    region: str
    kind: str
    latitude: Decimal | None
    longitude: Decimal | None

    @staticmethod
    def resolve_brand(shop: Shop) -> str:
        return shop.brand.code


class ShopIn(Schema):
    code: str = Field(min_length=1, max_length=60, examples=["lenina"])
    name: str = Field(min_length=1, max_length=200, examples=["На Ленина"])
    brand_code: str = Field("main", min_length=1, max_length=60)
    timezone: str = Field(
        "", max_length=60, examples=["Europe/Moscow"], description="Empty: the company's own."
    )
    region: str = Field("", max_length=200)
    kind: Shop.Kind = Shop.Kind.SHOP


class KeptOut(Schema):
    kind: str
    label: str
    days: int | None = Field(description="Null: for ever.")


class KeptIn(Schema):
    days: dict[str, int | None] = Field(
        description="Days by kind, null for ever; kinds that are not named stay as they are.",
        examples=[{"looks": 1095, "imports": None}],
        max_length=100,
    )


class PlaceIn(Schema):
    """Degrees north and east; both null: nobody knows."""

    latitude: Decimal | None = Field(ge=-90, le=90, max_digits=20, examples=["55.755864"])
    longitude: Decimal | None = Field(ge=-180, le=180, max_digits=20, examples=["37.617698"])


class Shops(Schema):
    items: list[ShopOut]
    next: str | None


class EmployeeOut(Schema):
    public_id: UUID
    name: str
    email: str
    roles: list[str]
    is_active: bool

    @staticmethod
    def resolve_roles(employee: Employee) -> list[str]:
        return [grant.role.code for grant in employee.grants.all()]


class Employees(Schema):
    items: list[EmployeeOut]
    next: str | None


class EmployeeIn(Schema):
    email: str = Field(max_length=254, examples=["vera@example.org"])
    name: str = Field(min_length=1, max_length=200)
    password: str = Field(max_length=200)
    roles: list[str] = []
    language: str = Field("ru", pattern="^(ru|en)$")


class Me(Schema):
    kind: str
    rights: list[str] = Field(description="Empty for the owner, who may do everything.")
    everything: bool


class TokenIn(Schema):
    name: str = Field(min_length=1, max_length=100)
    rights: list[str]
    shop_codes: list[str] = Field([], max_length=1000, description="Empty: as far as the caller reaches.")
    expires_at: AwareDatetime | None = None


class TokenOut(Schema):
    token: str = Field(description="Shown this once; keep it safe.")


@router.get("/me", response=Me, summary="Who asks, and what they may do")
def me(request: Request) -> Me:
    by = request.actor
    return Me(kind=by.kind, rights=sorted(by.permissions), everything=by.everything)


@router.get("/shops", response=Shops, summary="Shops within the caller's scope")
def shops(
    request: Request, after: str | None = None, limit: int = Query(50, ge=1, le=200)
) -> dict[str, object]:
    request.actor.must("company.see")
    page = paging.keyset(queries.shops(request.actor), order=("natural", "id"), after=after, size=limit)
    return {"items": page.items, "next": page.next}


@router.post(
    "/shops", response={201: ShopOut}, summary="Add a shop; one of a known code is answered as it is"
)
def add_shop(request: Request, new: ShopIn) -> Status[Shop]:
    added = actions.add_shops([NewShop(**new.dict())], by=request.actor, at=clock.now())
    return Status(201, added[new.code])


@router.put("/shops/{uuid:public_id}/place", response=ShopOut, summary="Say where a shop stands on the globe")
def place_shop(request: Request, public_id: UUID, new: PlaceIn) -> Shop:
    """By it each customer's nearest shop is found."""
    request.actor.must("company.manage")
    shop = queries.shop(public_id, request.actor)
    if (new.latitude is None) != (new.longitude is None):
        raise NoPoint(field="latitude" if new.latitude is None else "longitude")
    actions.place_shops({shop.pk: read_place(new.latitude, new.longitude)}, by=request.actor, at=clock.now())
    return queries.shop(public_id, request.actor)


@router.get("/employees", response=Employees, summary="People who work here")
def employees(
    request: Request, after: str | None = None, limit: int = Query(50, ge=1, le=200)
) -> dict[str, object]:
    page = paging.keyset(queries.employees(request.actor), order=("name", "id"), after=after, size=limit)
    return {"items": page.items, "next": page.next}


@router.post("/employees", response={201: EmployeeOut}, summary="Add an employee who may log in")
def add_employee(request: Request, new: EmployeeIn) -> Status[Employee]:
    return Status(201, actions.add_employee(**new.dict(), by=request.actor, at=clock.now()))


@router.post(
    "/tokens", response={201: TokenOut}, summary="Make an access token with some of one's own rights"
)
def make_token(request: Request, new: TokenIn) -> Status[dict[str, str]]:
    shops = queries.shops_by_code(new.shop_codes)
    if unknown := set(new.shop_codes) - set(shops):
        raise UnknownShop(field="shop_codes", code=min(unknown))
    text = actions.make_token(
        name=new.name,
        permissions_wanted=new.rights,
        shops=[shop.pk for shop in shops.values()],
        expires_at=new.expires_at,
        by=request.actor,
        at=clock.now(),
    )
    return Status(201, {"token": text})


# ── Who looked at personal data ──────────────────────────────────────────────────────────────────────────


class LookOut(Schema):
    at: datetime
    who: str
    what: Look.What
    rows: int


class Looks(Schema):
    items: list[LookOut]
    next: str | None


@router.get("/access-log", response=Looks, summary="Who looked at personal data")
def access_log(
    request: Request,
    q: str = Query("", max_length=100, description="A customer: name, phone, card."),
    who: str = Query("", max_length=40, description="`employee:7` or `token:7`."),
    what: Look.What | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    after: str | None = None,
    limit: int = Query(50, ge=1, le=200),
) -> dict[str, object]:
    request.actor.must("company.see_looks")
    profiles = ports.find_whose()(q, request.actor) if q else None
    found = queries.looks(
        request.actor, profiles=profiles, who=who, what=what or "", since=since, until=until
    )
    page = paging.keyset(found, order=("-at", "-id"), after=after, size=limit)
    names = queries.who_looked(page.items)
    items = [{"at": one.at, "who": names[one.pk], "what": one.what, "rows": one.rows} for one in page.items]
    return {"items": items, "next": page.next}


@router.post(
    "/employees/{uuid:public_id}/second-factor-reset",
    response={204: None},
    summary="Take the second factor of somebody who lost theirs",
)
def reset_factors(request: Request, public_id: UUID) -> Status[None]:
    """All their log-ins end too."""
    request.actor.must("company.manage_people")
    found = queries.employees(request.actor).get(public_id=public_id)
    actions.reset_factors(employee_id=found.pk, by=request.actor, at=clock.now())
    return Status(204, None)


# ── How long data is kept ────────────────────────────────────────────────────────────────────────────────


def _kept() -> list[dict[str, object]]:
    days = queries.retention_days()
    return [
        {"kind": kind.key, "label": str(kind.label), "days": days[kind.key]}
        for kind in retention.kinds.items()
    ]


@router.get("/retention", response=list[KeptOut], summary="How many days each kind of data is kept")
def retention_rules(request: Request) -> list[dict[str, object]]:
    request.actor.must("company.retention")
    return _kept()


@router.patch("/retention", response=list[KeptOut], summary="Say how many days kinds of data are kept")
def keep_for(request: Request, new: KeptIn) -> list[dict[str, object]]:
    """What is older goes in the night that follows."""
    actions.keep_for(new.days, by=request.actor, at=clock.now())
    return _kept()
