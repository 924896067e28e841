"""Everything others may ask about promotions: what they say, how they fare, what is wrong with one that is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext

from prilavok.catalog import queries as catalog
from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.loyalty import faults
from prilavok.loyalty.definitions import Name, PromotionWritten
from prilavok.loyalty.faults import Fault
from prilavok.loyalty.models import (
    CardKind,
    CardStatus,
    CouponSeries,
    Promotion,
    PromotionTurn,
    PromotionUse,
    PromotionVersion,
    Tier,
)
from prilavok.loyalty.queries.names import names_of
from prilavok.segments import queries as segments

ZERO = Decimal(0)
OFFERED = 12  # things at once for the letters typed
Said = Callable[[str, Name], str]  # what people call a thing: its kind and the name by which it is written
SORTS: Mapping[str, tuple[str, ...]] = {
    "changed": ("-changed_at", "-id"),
    "name": ("key", "id"),
    "uses": ("-uses", "-id"),
    "amount": ("-amount", "-id"),
}


def promotions(by: Actor) -> QuerySet[Promotion]:
    """All promotions; page them by ("-changed_at", "-id")."""
    by.must("loyalty.see")
    return Promotion.objects.select_related("live")


def get_promotion(public_id: UUID, by: Actor) -> Promotion:
    """One promotion. Raises Promotion.DoesNotExist."""
    return promotions(by).get(public_id=public_id)


def search_promotions(by: Actor, text: str = "", *, state: str = "", sort: str = "") -> QuerySet[Promotion]:
    """Promotions by a part of the name, in a state (`asked`: a version waits for approval); page them by SORTS."""
    found = promotions(by)
    if text.strip():
        found = found.filter(name__icontains=text.strip())
    if state == "asked":
        found = found.filter(versions__in=PromotionVersion.objects.waiting())
    elif state:
        found = found.filter(state=state)
    if sort == "name":
        found = found.annotate(key=Lower("name"))
    if sort in ("uses", "amount"):
        measure = Count("pk") if sort == "uses" else Sum("amount")
        sums = _uses(by).filter(promotion=OuterRef("pk")).order_by().values("promotion")
        figure = Subquery(sums.annotate(figure=measure).values("figure"))
        found = found.annotate(**{sort: Coalesce(figure, 0 if sort == "uses" else ZERO)})
    return found


def promotions_waiting(by: Actor) -> int:
    """How many versions wait for this actor's word: those that others wrote."""
    if not by.may("loyalty.approve"):
        return 0
    return PromotionVersion.objects.waiting().exclude(made_by=by.id).count()


def versions_waiting(promotion_ids: Collection[int]) -> set[int]:
    """Those of the promotions of which a version waits for approval."""
    found = PromotionVersion.objects.waiting().filter(promotion__in=promotion_ids)
    return set(found.values_list("promotion", flat=True))


def versions(promotion_id: int, by: Actor) -> QuerySet[PromotionVersion]:
    """The versions of a promotion, the last one first."""
    by.must("loyalty.see")
    return PromotionVersion.objects.filter(promotion=promotion_id).order_by("-number")


def turns(promotion_id: int, by: Actor) -> QuerySet[PromotionTurn]:
    """What was done with a promotion; page it by ("-id",)."""
    by.must("loyalty.see")
    return PromotionTurn.objects.filter(promotion=promotion_id)


def promotion_names(ids: Collection[int]) -> dict[int, tuple[UUID, str]]:
    """Public id and name of promotions."""
    rows = Promotion.objects.filter(pk__in=ids).values_list("pk", "public_id", "name")
    return {number: (public, name) for number, public, name in rows}


# ── How they fare ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class PromotionFigures:
    """Receipts that a promotion changed, customers known by name on them, money taken off, points given."""

    uses: int = 0
    customers: int = 0
    amount: Decimal = ZERO
    points: Decimal = ZERO


def _uses(by: Actor) -> QuerySet[PromotionUse]:
    by.must("loyalty.see")
    found = PromotionUse.objects.filter(undone_at=None)
    return found if by.shops is None else found.filter(receipt__shop__in=by.shops)


def promotion_uses(promotion_id: int, by: Actor) -> QuerySet[PromotionUse]:
    """Receipts on which a promotion was used, in the shops of the actor's scope; page them by ("-at", "-id")."""
    return _uses(by).filter(promotion=promotion_id).select_related("receipt__shop", "profile")


def promotion_figures(ids: Collection[int], by: Actor) -> dict[int, PromotionFigures]:
    """How each promotion fares, by one statement; those never used have zeros."""
    rows = (
        _uses(by)
        .filter(promotion__in=ids)
        .order_by()
        .values_list("promotion")
        .annotate(Count("pk"), Count("profile", distinct=True), Sum("amount"), Sum("points"))
    )
    used = {number: PromotionFigures(*figures) for number, *figures in rows}
    return {number: used.get(number, PromotionFigures()) for number in ids}


@dataclass(frozen=True, slots=True)
class DayOfUse:
    day: date
    uses: int
    amount: Decimal
    points: Decimal


def promotion_days(promotion_id: int, by: Actor) -> list[DayOfUse]:
    """Uses by the shops' days, the first one first; days without any are missing."""
    rows = (
        _uses(by)
        .filter(promotion=promotion_id)
        .order_by("local_date")
        .values_list("local_date")
        .annotate(Count("pk"), Sum("amount"), Sum("points"))
    )
    return [DayOfUse(*row) for row in rows]


def archived_promotions(profile_ids: Collection[int]) -> list[dict[str, Any]]:
    """Where promotions changed receipts of these profiles, for the archive that a person may ask for."""
    found = PromotionUse.objects.filter(profile__in=profile_ids).order_by("at", "pk")
    named = {"promotion_name": F("promotion__name"), "receipt_number": F("receipt__number")}
    return [dict(row) for row in found.values("at", "amount", "points", "undone_at", **named)]


def numbers_of_promotions(profile_ids: Collection[int]) -> dict[int, int]:
    """On how many receipts of each profile a promotion was used; profiles without any are missing."""
    found = PromotionUse.objects.filter(profile__in=profile_ids).values("profile")
    return dict(found.annotate(number=Count("pk")).values_list("profile", "number"))


# ── What they say ────────────────────────────────────────────────────────────────────────────────────────


def promotion_faults(definition: Any, by: Actor) -> tuple[PromotionWritten | None, list[Fault]]:
    """The promotion as it is written (None, if it can't be read), and all that is wrong with it."""
    by.must("loyalty.see")
    if isinstance(definition, PromotionWritten):
        definition = definition.model_dump(mode="json", exclude_unset=True)
    written, found = faults.read(definition)
    if written is None:
        return None, found
    _numbers, unknown = names_of([written])
    makers = {name for _place, kind, name in faults.named(written) if kind == "brand"}
    unknown["brand"] = {name for name in makers if name not in catalog.makers(name, SYSTEM)}
    wrong = [*faults.impossible(written), *faults.missing(written, unknown)]
    return written, [*wrong, *_beyond(written, by)]


def holds_within(written: PromotionWritten, by: Actor) -> bool:
    """Whether a promotion holds only in shops where the actor works; one that names none holds in all."""
    if by.is_everywhere:
        return True
    own = set(company.shops(by).values_list("code", flat=True))
    return bool(written.where.shops) and own.issuperset(map(str, written.where.shops))


def _beyond(written: PromotionWritten, by: Actor) -> list[Fault]:
    if holds_within(written, by):
        return []
    return [Fault("where.shops", gettext("You work for some shops only: name those where it holds."))]


def said(written: Iterable[PromotionWritten]) -> Said:
    """What people call the things that these promotions name, by one or two questions for each kind of thing."""
    return called((kind, name) for one in written for _place, kind, name in faults.named(one))


def called(things: Iterable[tuple[str, str]]) -> Said:
    """What people call things: of each its kind and its name."""
    asked: dict[str, set[str]] = {}
    for kind, name in things:
        asked.setdefault(kind, set()).add(name)
    known = {kind: _SAID[kind](names) for kind, names in asked.items() if kind in _SAID}
    return lambda kind, name: known.get(kind, {}).get(str(name), str(name))


def named(kind: str, names: Collection[str]) -> Mapping[str, str]:
    """What people call things of a kind, by the names they are written by; unknown ones are missing."""
    return _SAID[kind](names)


def _product_names(codes: Collection[str]) -> Mapping[str, str]:
    found = {code: ref.id for code, ref in catalog.products_by_code(codes).items()}
    names = catalog.product_names(found.values())
    return {code: names[number] for code, number in found.items()}


def _category_names(codes: Collection[str]) -> Mapping[str, str]:
    found = catalog.category_ids(codes)
    names = catalog.category_names(found.values())
    return {code: names[number] for code, number in found.items()}


def _shop_names(codes: Collection[str]) -> Mapping[str, str]:
    return {code: shop.name for code, shop in company.shops_by_code(codes).items()}


def _segment_names(keys: Collection[str]) -> Mapping[str, str]:
    found = segments.ids_of([public for key in keys if (public := _uuid(key))])
    known = segments.by_id(found.values())
    return {str(public): known[number].name for public, number in found.items()}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _by_code(model: Any) -> Callable[[Collection[str]], Mapping[str, str]]:
    return lambda codes: dict(model.objects.filter(code__in=codes).values_list("code", "name"))


_SAID: Mapping[str, Callable[[Collection[str]], Mapping[str, str]]] = {
    "product": _product_names,
    "category": _category_names,
    "shop": _shop_names,
    "segment": _segment_names,
    "tier": _by_code(Tier),
    "card_kind": _by_code(CardKind),
    "card_status": _by_code(CardStatus),
    "series": _by_code(CouponSeries),
}


# ── What may be named ────────────────────────────────────────────────────────────────────────────────────


def offered(kind: str, text: str, by: Actor) -> list[tuple[str, str]]:
    """Things of a kind for the letters typed: the name by which they are written, what people call them."""
    by.must("loyalty.see")
    finder = _OFFERED.get(kind)
    return finder(text.strip(), by)[:OFFERED] if finder else []


def _offered_products(text: str, by: Actor) -> list[tuple[str, str]]:
    found = catalog.search(text, by).order_by("name", "id")[:OFFERED]
    return [(one.code, f"{one.name} · {one.code}") for one in found]


def _offered_categories(text: str, by: Actor) -> list[tuple[str, str]]:
    key = text.lower()
    return [(one.code, one.shown_name) for one in catalog.categories(by) if key in one.shown_name.lower()]


def _offered_shops(text: str, by: Actor) -> list[tuple[str, str]]:
    found = company.shops(by).filter(name__icontains=text) | company.shops(by).filter(code__icontains=text)
    return [(one.code, one.name) for one in found[:OFFERED]]


def _offered_tills(text: str, by: Actor) -> list[tuple[str, str]]:
    found = company.search_tills(by, text)[:OFFERED]
    return [(f"{one.shop.code}/{one.code}", f"{one.shop.name}: {one.code}") for one in found]


def _offered_segments(text: str, by: Actor) -> list[tuple[str, str]]:
    found = segments.segments(by).filter(archived_at=None, name__icontains=text).order_by("name", "id")
    return [(str(one.public_id), one.name) for one in found[:OFFERED]]


def _offered_by_code(model: Any) -> Callable[[str, Actor], list[tuple[str, str]]]:
    def find(text: str, by: Actor) -> list[tuple[str, str]]:
        found = model.objects.filter(name__icontains=text) | model.objects.filter(code__icontains=text)
        return list(found.order_by("name", "id").values_list("code", "name")[:OFFERED])

    return find


def _offered_customers(text: str, by: Actor) -> list[tuple[str, str]]:
    by.must("customers.see")
    if not text:
        return []
    found = customers.search(customers.visible(by), text, by).order_by("-id")[:OFFERED]
    known = customers.short([one.pk for one in found], by)
    return [(str(one.public_id), f"{one.name} {one.card}".strip() or "—") for one in known.values()]


_OFFERED: Mapping[str, Callable[[str, Actor], list[tuple[str, str]]]] = {
    "product": _offered_products,
    "category": _offered_categories,
    "brand": lambda text, by: [(name, name) for name in catalog.makers(text, by)],
    "shop": _offered_shops,
    "till": _offered_tills,
    "segment": _offered_segments,
    "tier": _offered_by_code(Tier),
    "card_kind": _offered_by_code(CardKind),
    "card_status": _offered_by_code(CardStatus),
    "series": _offered_by_code(CouponSeries),
    "customer": _offered_customers,
}


def tiers_offered() -> list[tuple[str, str]]:
    """Codes and names of all tiers, the lowest first."""
    return list(Tier.objects.order_by("programme", "place").values_list("code", "name"))
