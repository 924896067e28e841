"""The test bench: a basket, a customer and a moment are put together; what comes of it, and why, stands below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.catalog import queries as catalog
from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.loyalty import actions, queries
from prilavok.loyalty.definitions import PromotionWritten
from prilavok.loyalty.models import Promotion, PromotionVersion
from prilavok.loyalty.ports import TillBasket, TillLine
from prilavok.loyalty.reckoning import Verdict
from prilavok.loyalty.web import promotions_drafts as drafts
from prilavok.loyalty.web.promotions import promotion_of
from prilavok.loyalty.web.promotions_rows import ANY, Choice, Field
from prilavok.loyalty.web.reasons import reason, unused
from prilavok.orders import queries as orders

if TYPE_CHECKING:
    from prilavok.orders.models import Receipt

MOST_LINES = 100


class WrongFigure(Problem):
    code = "wrong_figure"


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────


@require_GET
@needs("loyalty.see")
def bench(request: Request) -> HttpResponse:
    """The bench with the live promotions alone; `?receipt=`: with the basket of a sale, to see why or why not."""
    receipt = _receipt(request)
    draft = _of_receipt(request, receipt) if receipt else _begun(request)
    return render(request, "loyalty/bench_page.html", _bench(request, draft, None) | {"receipt": receipt})


@require_GET
@needs("loyalty.see")
def of_promotion(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «Test bench» of a promotion: its last version among the live ones."""
    found = promotion_of(request, public_id)
    return render(request, "loyalty/bench_panel.html", _bench(request, _begun(request), found))


@require_POST
@needs("loyalty.see")
def change(request: Request) -> HttpResponse:
    """The bench after a click, or after something was typed: with what comes of it."""
    draft = _changed(_posted(request.POST), request.POST.get("do", ""))
    key = request.POST.get("promotion")
    with drafts.of_our_form():
        found = promotion_of(request, UUID(key)) if key else None
    name = "loyalty/bench_result.html" if "result" in request.GET else "loyalty/bench.html"
    return render(request, name, _bench(request, draft, found))


# ── What stands on the bench ─────────────────────────────────────────────────────────────────────────────


def _begun(request: Request) -> drafts.Draft:
    shop = company.shops(request.actor).first()
    local = clock.now().astimezone(company.zone_of(shop.pk) if shop else company.zone())
    return {
        "lines": [],
        "shop": [shop.code] if shop else [],
        "customer": [],
        "moment": f"{local:%Y-%m-%dT%H:%M}",
        "coupons": "",
        "points": "",
        "channel": "shop",
        "payment": "",
        "till": "",
    }


def _receipt(request: Request) -> Receipt | None:
    if not (key := request.GET.get("receipt")):
        return None
    try:
        return orders.get_whole(UUID(key), request.actor)
    except (ObjectDoesNotExist, ValueError) as missing:
        raise Http404 from missing


def _of_receipt(request: Request, receipt: Receipt) -> drafts.Draft:
    """What was sold, before its discounts, to whom and when."""
    local = receipt.paid_at.astimezone(company.zone_of(receipt.shop_id))
    sold = [line for line in receipt.lines.all() if line.quantity > 0][:MOST_LINES]
    return _begun(request) | {
        "lines": [
            {
                "product": line.product.code,
                "price": f"{round(line.gross / line.quantity, 2)}",
                "quantity": f"{line.quantity.normalize():f}",
                "delivery": False,
            }
            for line in sold
        ],
        "shop": [receipt.shop.code],
        "customer": [str(receipt.profile.public_id)]
        if receipt.profile and request.actor.may("customers.see")
        else [],
        "moment": f"{local:%Y-%m-%dT%H:%M}",
        "till": receipt.till.code if receipt.till else "",
    }


@drafts.of_our_form()
def _posted(data: QueryDict) -> drafts.Draft:
    count = min(int(data.get("lines.count") or 0), MOST_LINES)
    lines = [
        {
            "product": data.get(f"lines.{number}.product", ""),
            "price": drafts.figure(data, f"lines.{number}.price"),
            "quantity": drafts.figure(data, f"lines.{number}.quantity"),
            "delivery": f"lines.{number}.delivery" in data,
        }
        for number in range(count)
    ]
    texts = {name: data.get(name, "").strip() for name in ("moment", "coupons", "channel", "payment", "till")}
    return {
        "lines": lines,
        "shop": data.getlist("shop")[:1],
        "customer": data.getlist("customer")[:1],
        "points": drafts.figure(data, "points"),
        **texts,
    }


@drafts.of_our_form()
def _changed(draft: drafts.Draft, do: str) -> drafts.Draft:
    verb, _colon, rest = do.partition(":")
    place, _colon, value = rest.partition(":")
    if verb == "pick" and place == "lines":
        draft["lines"].append({"product": value, "price": _price(value), "quantity": "1", "delivery": False})
    elif verb == "remove":
        del draft["lines"][int(place.partition(".")[2])]
    elif verb in ("pick", "unpick") and place in ("shop", "customer"):
        draft[place] = [value] if verb == "pick" else []
    return draft


def _price(product: str) -> str:
    """What the product usually costs; nothing for what was not sold lately."""
    known = catalog.products_by_code([product]).get(product)
    usual = orders.usual_price(known.id) if known else None
    return "" if usual is None else f"{usual.normalize():f}"


@dataclass(frozen=True)
class Lay:
    """A line as it is typed, with what the product is called."""

    place: str
    product: str
    name: str
    delivery: bool
    fields: Sequence[Field]


def _bench(request: Request, draft: drafts.Draft, found: Promotion | None) -> dict[str, Any]:
    last = queries.versions(found.pk, request.actor)[0] if found else None
    context = _drawn(request, draft) | {"promotion": found, "version": last}
    if not draft["lines"]:
        return context
    try:
        tried = actions.try_basket(
            _basket(request, draft), _trial(found, last), by=request.actor, at=clock.now()
        )
        return context | _told(tried, draft)
    except Problem as problem:
        return context | {"problem": problem}


def _drawn(request: Request, draft: drafts.Draft) -> dict[str, Any]:
    names = queries.called(
        [("product", one["product"]) for one in draft["lines"]] + [("shop", one) for one in draft["shop"]]
    )
    people = [(one, _person(request, one)) for one in draft["customer"]]
    lays = [
        Lay(
            f"lines.{number}",
            one["product"],
            names("product", one["product"]),
            one["delivery"],
            [
                Field(f"lines.{number}.price", _("Price"), one["price"]),
                Field(f"lines.{number}.quantity", _("Quantity"), one["quantity"]),
            ],
        )
        for number, one in enumerate(draft["lines"])
    ]
    return {
        "lays": lays,
        "add": Choice("lines", _("Add a product"), "product", [], any=_("name or code")),
        "shop": Choice(
            "shop", _("Shop"), "shop", [(one, names("shop", one)) for one in draft["shop"]], any=ANY
        ),
        "customer": Choice("customer", _("Customer"), "customer", people, any=_("not known")),
        "typed": [
            Field("moment", _("Moment, by the shop's clock"), draft["moment"], "datetime-local"),
            Field("coupons", _("Codes of coupons, by commas"), draft["coupons"], "text"),
            Field("points", _("Points to spend"), draft["points"]),
            Field("channel", _("Channel"), draft["channel"], "text"),
            Field("payment", _("Way of paying"), draft["payment"], "text"),
            Field("till", _("Code of the till"), draft["till"], "text"),
        ],
    }


def _person(request: Request, key: str) -> str:
    try:
        profile = customers.get(UUID(key), request.actor)
    except (ObjectDoesNotExist, ValueError):
        return _("No such customer")
    return profile.person.full_name or _("No name")


def _basket(request: Request, draft: drafts.Draft) -> TillBasket:
    shop = company.shops_by_code(draft["shop"]).get(next(iter(draft["shop"]), ""))
    if shop is None:
        raise WrongFigure(_("Choose a shop: its clock and its programme are reckoned by."), field="shop")
    return TillBasket(
        shop_id=shop.pk,
        lines=tuple(
            TillLine(
                product=one["product"],
                price=_figure(_priced(one, number), f"lines.{number}.price"),
                quantity=_figure(one["quantity"] or "1", f"lines.{number}.quantity", least=Decimal("0.001")),
                delivery=one["delivery"],
            )
            for number, one in enumerate(draft["lines"])
        ),
        at=_moment(draft["moment"], company.zone_of(shop.pk)),
        till_code=draft["till"],
        profile_id=_profile(request, draft["customer"]),
        coupons=tuple(one.strip()[:64] for one in draft["coupons"].split(",") if one.strip())[:20],
        points=_figure(draft["points"], "points") if draft["points"] else None,
        channel=draft["channel"],
        payment=draft["payment"],
        explain=True,
    )


def _priced(line: drafts.Draft, number: int) -> str:
    if not line["price"]:
        told = _("Give the price: this product has not been sold lately.")
        raise WrongFigure(told, field=f"lines.{number}.price")
    return str(line["price"])


def _figure(text: str, field: str, *, least: Decimal = Decimal(0)) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as odd:
        raise WrongFigure(_("Give a figure."), field=field) from odd
    if not (value.is_finite() and least <= value <= 10_000_000):
        raise WrongFigure(_("Give a figure from nothing to ten millions."), field=field)
    return value


def _moment(text: str, zone: Any) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError as odd:
        raise WrongFigure(_("Give a day and a time."), field="moment") from odd


def _profile(request: Request, chosen: Sequence[str]) -> int | None:
    if not chosen:
        return None
    request.actor.must("customers.see")
    try:
        return customers.get(UUID(chosen[0]), request.actor).pk
    except (ObjectDoesNotExist, ValueError) as missing:
        raise WrongFigure(_("There is no such customer, or not for you."), field="customer") from missing


def _trial(found: Promotion | None, last: PromotionVersion | None) -> actions.Trial | None:
    if found is None or last is None:
        return None
    written = PromotionWritten.model_validate(last.definition)
    return actions.Trial(written, found.pk, str(found.public_id), last.number)


# ── What came of it ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Outcome:
    """One promotion: whether it is the one tried, what it came to, or why not."""

    name: str
    public: str
    tried: bool
    verdict: Verdict
    why: str


def _told(tried: actions.Tried, draft: drafts.Draft) -> dict[str, Any]:
    answer = tried.answer
    lines = [
        {
            "name": tried.goods[typed["product"]].name,
            "line": one,
            "discounts": [(tried.names[promotion][1], amount) for promotion, amount in one.discounts],
            "earned": [(tried.names[promotion][1], points) for promotion, points in one.earned],
        }
        for typed, one in zip(draft["lines"], answer.lines, strict=True)
    ]
    outcomes = [_outcome(tried, one) for one in answer.verdicts.values()]
    outcomes.sort(key=lambda one: (not one.tried, one.why != "", one.name))
    return {
        "answer": answer,
        "lines": lines,
        "gifts": [
            (tried.gifts[one.product].name, one, tried.names[one.promotion][1]) for one in answer.gifts
        ],
        "fitting": [one for one in outcomes if not one.why],
        "refused": [one for one in outcomes if one.why],
        "codes": [(code, unused(why)) for code, why in answer.unused_coupons.items()],
    }


def _outcome(tried: actions.Tried, verdict: Verdict) -> Outcome:
    public, name = tried.names[verdict.promotion]
    why = reason(verdict.refusal) if verdict.refusal else ""
    if not why and not (verdict.amount or verdict.points or verdict.gifts):
        why = _("it fits, but there is nothing that it could give on this basket")
    return Outcome(name, "" if public == "coupon" else public, verdict.promotion == tried.trial, verdict, why)
