"""Which number each name of a promotion has, and what a number is called."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from uuid import UUID

from prilavok.catalog import queries as catalog
from prilavok.company import queries as company
from prilavok.loyalty.definitions import Name, PromotionWritten
from prilavok.loyalty.models import CardKind, CardStatus, CouponSeries, Tier
from prilavok.segments import queries as segments

NOBODY = 0  # the number of what is not there (any more): no row has it, so nothing is ever about it


def maker_number(name: str) -> int:
    """A number for a manufacturer's name, which the catalog keeps as a text.

    >>> maker_number("Молочный завод") == maker_number("Молочный завод ")
    True
    """
    return int.from_bytes(blake2b(name.strip().encode(), digest_size=7).digest())


def _products(names: Collection[str]) -> Mapping[str, int]:
    return {code: ref.id for code, ref in catalog.products_by_code(names).items()}


def _makers(names: Collection[str]) -> Mapping[str, int]:
    return {name: maker_number(name) for name in names}


def _shops(names: Collection[str]) -> Mapping[str, int]:
    return {code: shop.pk for code, shop in company.shops_by_code(names).items()}


def _tills(names: Collection[str]) -> Mapping[str, int]:
    """Tills are named by their shop and their own code: `lenina/1`."""
    return company.tills_by_path(names)


def _segments(names: Collection[str]) -> Mapping[str, int]:
    keys = {}
    for name in names:
        try:
            keys[UUID(name)] = name
        except ValueError:
            continue
    return {keys[public]: number for public, number in segments.ids_of(keys).items()}


def _tiers(names: Collection[str]) -> Mapping[str, int]:
    return dict(Tier.objects.standing().filter(code__in=names).values_list("code", "id"))


def _card_kinds(names: Collection[str]) -> Mapping[str, int]:
    return dict(CardKind.objects.filter(code__in=names).values_list("code", "id"))


def _card_statuses(names: Collection[str]) -> Mapping[str, int]:
    return dict(CardStatus.objects.filter(code__in=names).values_list("code", "id"))


def _series(names: Collection[str]) -> Mapping[str, int]:
    return dict(CouponSeries.objects.filter(code__in=names).values_list("code", "id"))


_FINDERS: dict[str, Callable[[Collection[str]], Mapping[str, int]]] = {
    "product": _products,
    "category": catalog.category_ids,
    "brand": _makers,
    "shop": _shops,
    "till": _tills,
    "segment": _segments,
    "tier": _tiers,
    "card_kind": _card_kinds,
    "card_status": _card_statuses,
    "series": _series,
}


@dataclass
class Names:
    """What some promotions name, found with one question for each kind of thing."""

    numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def number(self, kind: str, name: Name) -> int:
        """The number of a thing; NOBODY, if there is none of that name."""
        return self.numbers.get((kind, str(name)), NOBODY)


def names_of(written: Iterable[PromotionWritten]) -> tuple[Names, dict[str, set[str]]]:
    """All that these promotions name, found; and what was not found, by kind."""
    asked: dict[str, set[str]] = {}

    def note(kind: str, name: Name) -> int:
        asked.setdefault(kind, set()).add(str(name))
        return NOBODY

    for one in written:
        one.made(0, note)
    found = {kind: _FINDERS[kind](names) for kind, names in asked.items()}
    numbers = {(kind, name): number for kind, of in found.items() for name, number in of.items()}
    missing = {kind: names - found[kind].keys() for kind, names in asked.items()}
    return Names(numbers), {kind: names for kind, names in missing.items() if names}
