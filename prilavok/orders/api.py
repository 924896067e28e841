"""Receipts for tills and sites: send them in, read them back."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Schema
from pydantic import Field, StringConstraints

from prilavok.catalog import actions as catalog_actions
from prilavok.catalog import queries as catalog
from prilavok.catalog.ports import ProductRef
from prilavok.company import queries as company
from prilavok.customers import actions as customer_actions
from prilavok.customers import queries as customers
from prilavok.customers.actions.contacts import normal_contact
from prilavok.kernel import clock, paging
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.kernel.errors import Problem
from prilavok.orders import actions, queries
from prilavok.orders.models import Receipt, ReceiptQuerySet, ReceiptRole
from prilavok.orders.ports import NewLine, NewReceipt, NewRole

if TYPE_CHECKING:
    from prilavok.company.models import Shop

router = Router(tags=["orders"])

PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
Code = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=PRINTABLE)
]
ProductCode = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=PRINTABLE)
]
Money = Annotated[Decimal, Field(ge=0, max_digits=19, decimal_places=4)]
Quantity = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=3)]


class UnknownShop(Problem):
    code = "unknown_shop"
    message = _("There is no shop with the code “%(shop)s”.")


class UnknownCustomer(Problem):
    code = "unknown_customer"
    message = _("No customer is known by this. Register them first or send the receipt without a customer.")


class DiscountIn(Schema):
    kind: Annotated[str, StringConstraints(min_length=1, max_length=20, pattern=r"^[a-z_]+$")]
    amount: Money
    funded_by: Literal["shop", "manufacturer"] = "shop"


class LineIn(Schema):
    """`gross` is the list price of the whole line, `paid` what the customer gave for it."""

    product: ProductCode
    quantity: Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=3)]
    unit: Annotated[str, StringConstraints(min_length=1, max_length=8)] = "pcs"
    # Below zero where a till prints a manufacturer's coupon as a line of its own.
    paid: Annotated[Decimal, Field(max_digits=19, decimal_places=4)]
    gross: Money | None = None
    reimbursed: Money = Decimal(0)
    discounts: Annotated[list[DiscountIn], Field(max_length=50)] = []
    returned_line: Annotated[int, Field(ge=1)] | None = None


class CustomerIn(Schema):
    """One of these is enough; the first that is given counts."""

    id: UUID | None = None
    card: str | None = None
    external: str | None = None


class RoleIn(Schema):
    """Somebody in the order besides its buyer. Contacts are those of this order, apart from the customers'."""

    role: Literal["payer", "recipient", "holder", "beneficiary"]
    customer: CustomerIn | None = None
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    phone: Annotated[str, StringConstraints(strip_whitespace=True, max_length=50)] = ""
    email: Annotated[str, StringConstraints(strip_whitespace=True, max_length=254)] = ""


class ReturnOf(Schema):
    """The original receipt: by its id, or by its number in this shop (or another one)."""

    id: UUID | None = None
    number: Code | None = None
    shop: Code | None = None


class ReceiptIn(Schema):
    shop: Code
    number: Code
    paid_at: datetime
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=5000)]
    id: UUID | None = None
    till: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""
    kind: Literal["sale", "return"] = "sale"
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    customer: CustomerIn | None = None
    coupons: Annotated[list[Code], Field(max_length=100)] = []
    returns: ReturnOf | None = None
    roles: Annotated[list[RoleIn], Field(max_length=4)] = []

    model_config = {
        "json_schema_extra": {
            "example": {
                "shop": "lenina",
                "till": "1",
                "number": "000123-45",
                "paid_at": "2026-11-21T14:05:00+03:00",
                "customer": {"card": "2900000012345"},
                "lines": [
                    {
                        "product": "milk",
                        "quantity": "2",
                        "gross": "200.00",
                        "paid": "180.00",
                        "discounts": [{"kind": "card", "amount": "20.00"}],
                    }
                ],
                "coupons": ["K7M2-QX4R-9TPA"],
            }
        }
    }


class DiscountOut(Schema):
    kind: str
    amount: Decimal
    funded_by: str


class LineOut(Schema):
    number: int
    product: str
    name: str
    quantity: Decimal
    unit: str
    gross: Decimal
    discount: Decimal
    paid: Decimal
    reimbursed: Decimal
    revenue: Decimal
    discounts: list[DiscountOut]

    @staticmethod
    def resolve_product(line: Any) -> str:
        return str(line.product.code)

    @staticmethod
    def resolve_name(line: Any) -> str:
        return str(line.product.name)

    @staticmethod
    def resolve_discounts(line: Any) -> list[Any]:
        return list(line.discounts.all())


class ReceiptHead(Schema):
    id: UUID
    shop: str
    till: str
    number: str
    kind: str
    paid_at: datetime
    local_date: date
    customer: UUID | None
    currency: str
    gross: Decimal
    discount: Decimal
    paid: Decimal
    reimbursed: Decimal
    revenue: Decimal
    items: Decimal

    @staticmethod
    def resolve_id(receipt: Receipt) -> UUID:
        return receipt.public_id

    @staticmethod
    def resolve_shop(receipt: Receipt) -> str:
        return receipt.shop.code

    @staticmethod
    def resolve_till(receipt: Receipt) -> str:
        return receipt.till.code if receipt.till else ""

    @staticmethod
    def resolve_customer(receipt: Receipt) -> UUID | None:
        return receipt.profile.public_id if receipt.profile else None


class RoleOut(Schema):
    """Contacts are empty without the right `customers.see_contacts`."""

    role: str
    customer: UUID | None
    name: str
    phone: str
    email: str


class ReceiptOut(ReceiptHead):
    returns: UUID | None
    roles: list[RoleOut]
    lines: list[LineOut]
    coupons: list[str]

    @staticmethod
    def resolve_returns(receipt: Receipt) -> UUID | None:
        return receipt.returns.public_id if receipt.returns else None

    @staticmethod
    def resolve_roles(receipt: Receipt, context: dict[str, Any]) -> list[dict[str, Any]]:
        open_ = context["request"].actor.may("customers.see_contacts")
        return [_role(one, open_) for one in queries.roles_of(receipt)]

    @staticmethod
    def resolve_lines(receipt: Receipt) -> list[Any]:
        return list(receipt.lines.all())

    @staticmethod
    def resolve_coupons(receipt: Receipt) -> list[str]:
        return [coupon.code for coupon in receipt.coupons.all()]


def _role(one: ReceiptRole, open_: bool) -> dict[str, Any]:
    contacts = {name: getattr(one, name) if open_ else "" for name in ("name", "phone", "email")}
    return {"role": one.role, "customer": one.profile.public_id if one.profile else None} | contacts


class ReceiptPage(Schema):
    items: list[ReceiptHead]
    next: str | None


class Recorded(Schema):
    """The answer to a till: which receipt it is now, and its sums."""

    id: UUID
    number: str
    kind: str
    revenue: Decimal
    paid: Decimal
    discount: Decimal

    @staticmethod
    def resolve_id(receipt: Receipt) -> UUID:
        return receipt.public_id


@router.post("/receipts", response=Recorded, summary="Record a sale or a return")
def record(request: HttpRequest, receipt: ReceiptIn) -> Receipt:
    """Record one receipt. The same receipt again answers with the first one and changes nothing."""
    by: Actor = request.actor  # type: ignore[attr-defined]
    by.must("orders.record")
    shop = _shop(receipt.shop, "shop")
    new = NewReceipt(
        number=receipt.number,
        shop_id=shop.pk,
        paid_at=receipt.paid_at,
        currency=receipt.currency or company.company().currency,
        lines=_lines(receipt.lines),
        public_id=receipt.id,
        till_code=receipt.till,
        profile_id=_profile_id(receipt.customer),
        kind=receipt.kind,
        coupons=receipt.coupons,
        returns_public_id=_original(receipt, shop) if receipt.kind == "return" else None,
        roles=tuple(_new_role(one, f"roles.{place}") for place, one in enumerate(receipt.roles)),
    )
    return actions.record_receipt(new, by=by, at=clock.now())


def _shop(code: str, field: str) -> "Shop":
    found = company.shops_by_code([code])
    if code not in found:
        raise UnknownShop(field=field, shop=code)
    return found[code]


def _lines(lines: list[LineIn]) -> list[NewLine]:
    refs = catalog.products_by_code({line.product for line in lines})
    missing = {line.product for line in lines} - refs.keys()
    if missing:  # the sale is kept, the catalog will describe the product later
        refs |= catalog_actions.add_placeholders(missing, by=SYSTEM, at=clock.now())
    return [_line(line, refs[line.product]) for line in lines]


def _line(line: LineIn, ref: ProductRef) -> NewLine:
    explained = sum((discount.amount for discount in line.discounts), Decimal(0))
    return NewLine(
        product_id=ref.id,
        category_id=ref.category_id,
        department_id=ref.department_id,
        quantity=line.quantity,
        unit=line.unit,
        gross=line.gross if line.gross is not None else line.paid + explained,
        paid=line.paid,
        reimbursed=line.reimbursed,
        discounts=tuple((one.kind, one.amount, one.funded_by) for one in line.discounts),
        returned_line=line.returned_line,
    )


def _new_role(told: RoleIn, field: str) -> NewRole:
    contacts = {}
    for kind in ("phone", "email"):
        try:
            value = getattr(told, kind)
            contacts[kind] = normal_contact(value, kind)[1] if value else ""
        except Problem as problem:
            raise type(problem)(field=f"{field}.{kind}") from problem
    profile_id = _profile_id(told.customer, f"{field}.customer")
    return NewRole(told.role, profile_id, told.name, contacts["phone"], contacts["email"])


def _profile_id(customer: CustomerIn | None, where: str = "customer") -> int | None:
    if customer is None or not (customer.id or customer.card or customer.external):
        return None
    if customer.id:
        found, field = customers.profile_ids([customer.id], SYSTEM).get(customer.id), f"{where}.id"
    elif customer.card:
        found, field = _shown(customer.card, where), f"{where}.card"
    else:
        found, field = _identified("external", customer.external or ""), f"{where}.external"
    if found is None:
        raise UnknownCustomer(field=field)
    return found


def _shown(card: str, where: str) -> int | None:
    """Whose the card is. The buyer showed it, which proves a card that a file had merely claimed for them."""
    if where != "customer":
        return _identified("card", card)
    return customer_actions.owner_of_shown(
        kind="card", value=card.strip(), rule="till", by=SYSTEM, at=clock.now()
    )


def _identified(kind: str, value: str) -> int | None:
    return next(iter(customers.profile_ids_by_identifier(kind, [value.strip()]).values()), None)


def _original(receipt: ReceiptIn, shop: "Shop") -> UUID | None:
    named = receipt.returns
    if named is None or named.id:
        return named.id if named else None
    place = _shop(named.shop, "returns.shop") if named.shop else shop
    known = Receipt.objects.known_as(place.pk, named.number or "", None)
    return known.public_id if known else None


class BackIn(Schema):
    line: Annotated[int, Field(ge=1)]
    quantity: Quantity


class ReturnIn(Schema):
    number: Code
    lines: Annotated[list[BackIn], Field(min_length=1, max_length=5000)]
    till: str = ""
    id: UUID | None = None


@router.post("/receipts/{receipt_id}/returns", response=Recorded, summary="Return lines of a receipt")
def give_back(request: HttpRequest, receipt_id: UUID, back: ReturnIn) -> Receipt:
    """Return lines by their numbers; the sums are reckoned from what was paid for them."""
    return actions.return_lines(
        receipt=receipt_id,
        lines=[actions.Back(line.line, line.quantity) for line in back.lines],
        number=back.number,
        till_code=back.till,
        public_id=back.id,
        by=request.actor,  # type: ignore[attr-defined]
        at=clock.now(),
    )


class ReceiptFilter(Schema):
    shop: str | None = None
    number: str | None = None
    customer: UUID | None = None
    role: Literal["buyer", "payer", "recipient", "holder", "beneficiary"] = "buyer"
    kind: Literal["sale", "return"] | None = None
    since: date | None = None
    until: date | None = None


@router.get("/receipts", response=ReceiptPage, summary="List receipts, the latest first")
def index(
    request: HttpRequest,
    wanted: Query[ReceiptFilter],
    after: str | None = None,
    size: Annotated[int, Field(ge=1, le=500)] = 50,
) -> paging.Page[Receipt]:
    """Days are the shops' own days, inclusive. `role`: as what the customer is in the order."""
    by: Actor = request.actor  # type: ignore[attr-defined]
    found = _narrowed(queries.receipts(by), wanted, by)
    return paging.keyset(
        found.select_related("shop", "till", "profile"), order=("-paid_at", "-id"), after=after, size=size
    )


def _narrowed(found: ReceiptQuerySet, wanted: ReceiptFilter, by: Actor) -> ReceiptQuerySet:
    exact = {
        "shop__code": wanted.shop,
        "number": wanted.number,
        "profile__public_id": wanted.customer if wanted.role == "buyer" else None,
        "kind": wanted.kind,
        "local_date__gte": wanted.since,
        "local_date__lte": wanted.until,
    }
    found = found.filter(**{name: value for name, value in exact.items() if value is not None})
    if wanted.customer and wanted.role != "buyer":
        family = customers.kin(customers.get(wanted.customer, by).pk)
        found = queries.in_role(found, family, wanted.role)
    return found


@router.get("/receipts/{receipt_id}", response=ReceiptOut, summary="One receipt with its lines")
def one(request: HttpRequest, receipt_id: UUID) -> Receipt:
    by: Actor = request.actor  # type: ignore[attr-defined]
    found = queries.get_whole(receipt_id, by)
    actions.note_recipients(found, by=by, at=clock.now())
    return found
