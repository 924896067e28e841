"""What segments may ask of a customer's points, tiers and cards: those of their own accounts, not of a household's."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.customers.events import CustomerErased, CustomersMerged, MergeUndone
from prilavok.facts.schema import Column, Picker, StateTable, Trait, Words
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.kernel.money import to_units
from prilavok.loyalty import queries
from prilavok.loyalty.events import (
    AccountOpened,
    CardActivated,
    CardBlocked,
    CardIssued,
    CardReplaced,
    CardStatusChanged,
    CardUnblocked,
    PointsMoved,
    TierReached,
)
from prilavok.loyalty.models import CardKind, Tier

SOON = 30  # days


def _load(asked: list[int]) -> Iterable[dict[str, Any]]:
    """One row per person who has an account, under the profile that stands for it."""
    families = customers.families(set(customers.heads_of(asked).values()))
    for profile_id, one in queries.standings(families, SYSTEM).items():
        yield {
            "profile_id": profile_id,
            "tiers": sorted(one.tiers),
            "tier_since": one.tier_since,
            "since": [part.since for part in one.parts],
            "last": [part.last for part in one.parts],
            "units": [to_units(part.amount) for part in one.parts],
            "card_kinds": sorted(one.kinds),
            "card_statuses": sorted(one.statuses),
            "card_issued": one.issued,
            "card_activated": one.activated,
            "card_shop_id": one.shop_id or 0,
            "card_activated_shop_id": one.activated_shop_id or 0,
        }


def _touched(event: Any) -> Iterable[int]:
    if isinstance(event, CustomersMerged | MergeUndone):
        return [event.profile_id, *event.moved]
    if isinstance(event, CustomerErased):
        return event.profiles
    return [event.customer] if event.customer else []


HOLDINGS = StateTable(
    name="holdings",
    key="profile_id",
    columns=[
        Column("profile_id", "Int64"),
        Column("tiers", "Array(Int64)"),
        Column("tier_since", "Nullable(Date)"),
        Column("since", "Array(Date)"),
        Column("last", "Array(Date)"),
        Column("units", "Array(Int64)"),
        Column("card_kinds", "Array(Int64)"),
        Column("card_statuses", "Array(Int64)"),
        Column("card_issued", "Nullable(Date)"),
        Column("card_activated", "Nullable(Date)"),
        Column("card_shop_id", "Int64"),
        Column("card_activated_shop_id", "Int64"),
    ],
    on=[
        AccountOpened,
        PointsMoved,
        TierReached,
        CardIssued,
        CardActivated,
        CardBlocked,
        CardUnblocked,
        CardReplaced,
        CardStatusChanged,
        CustomersMerged,
        MergeUndone,
        CustomerErased,
    ],
    load=_load,
    touched=_touched,
)
"""Points stand there by the days on which they are good, so that what ripens and lapses needs no event."""


def _points(until: str = "") -> str:
    """The points that are good today; `until`: of them, those whose last day comes before."""
    good = f"s <= toDate({{today:Date}}) AND l >= toDate({{today:Date}}){until}"
    return f"toDecimal64(arraySum((s, l, n) -> if({good}, n, 0), since, last, units), 4) / 10000"


_LAST = "arrayFilter(l -> l >= toDate({today:Date}) AND l < toDate('2149-06-06'), last)"


def _tiers(by: Actor) -> Sequence[tuple[int | str, Words]]:
    by.must("loyalty.see")
    return [
        (one.pk, f"{one.name} · {one.programme.name}")
        for one in Tier.objects.standing().select_related("programme").order_by("programme__name", "place")
    ]


def _kinds(by: Actor) -> Sequence[tuple[int | str, Words]]:
    by.must("loyalty.see")
    return [(one.pk, one.name) for one in CardKind.objects.order_by("name", "id")]


def _kind_names(ids: Sequence[Any]) -> Mapping[Any, str]:
    return dict(CardKind.objects.filter(pk__in=ids).values_list("id", "name"))


def _statuses(by: Actor) -> Sequence[tuple[int | str, Words]]:
    return [(one.pk, one.name) for one in queries.card_statuses(by)]


def _shops(by: Actor) -> Sequence[tuple[int | str, Words]]:
    return [(shop.pk, shop.name) for shop in company.shops(by)]


def _shop_names(ids: Sequence[Any]) -> Mapping[Any, str]:
    return {pk: shop.name for pk, shop in company.shops_by_id([int(one) for one in ids]).items()}


_GROUP = _("Points and cards")

TRAITS = [
    Trait(
        key="points",
        label=_("Points that can be spent"),
        group=_GROUP,
        kind="number",
        table="holdings",
        sql=_points(),
        unit=_("points"),
        permission="loyalty.see",
        position=30,
    ),
    Trait(
        key="points_soon",
        label=_("Points that lapse within 30 days"),
        group=_GROUP,
        kind="number",
        table="holdings",
        sql=_points(f" AND l < toDate({{today:Date}}) + {SOON}"),
        unit=_("points"),
        permission="loyalty.see",
        position=31,
    ),
    Trait(
        key="points_lapse_in",
        label=_("Days until the first points lapse"),
        group=_GROUP,
        kind="number",
        table="holdings",
        sql=f"if(empty({_LAST}), NULL, dateDiff('day', toDate({{today:Date}}), arrayMin({_LAST})) + 1)",
        unit=_("days"),
        permission="loyalty.see",
        position=32,
    ),
    Trait(
        key="tier",
        label=_("Tier"),
        group=_GROUP,
        kind="many",
        table="holdings",
        sql="tiers",
        picker=Picker(options=_tiers, names=lambda ids: queries.tier_names({int(one) for one in ids})),
        permission="loyalty.see",
        position=33,
    ),
    Trait(
        key="tier_since",
        label=_("In the tier since"),
        group=_GROUP,
        kind="date",
        table="holdings",
        sql="tier_since",
        permission="loyalty.see",
        position=34,
    ),
    Trait(
        key="card_kind",
        label=_("Kind of card"),
        group=_GROUP,
        kind="many",
        table="holdings",
        sql="card_kinds",
        picker=Picker(options=_kinds, names=_kind_names),
        permission="loyalty.see",
        position=35,
    ),
    Trait(
        key="card_status",
        label=_("Status of the card"),
        group=_GROUP,
        kind="many",
        table="holdings",
        sql="card_statuses",
        picker=Picker(options=_statuses, names=queries.card_status_names),
        permission="loyalty.see",
        position=35,
    ),
    Trait(
        key="card_issued",
        label=_("Last card issued"),
        group=_GROUP,
        kind="date",
        table="holdings",
        sql="card_issued",
        permission="loyalty.see",
        position=36,
    ),
    Trait(
        key="card_activated",
        label=_("First card activated"),
        group=_GROUP,
        kind="date",
        table="holdings",
        sql="card_activated",
        permission="loyalty.see",
        position=37,
    ),
    Trait(
        key="card_shop",
        label=_("Shop that issued the card"),
        group=_GROUP,
        kind="choice",
        table="holdings",
        sql="card_shop_id",
        picker=Picker(options=_shops, names=_shop_names),
        permission="loyalty.see",
        position=38,
    ),
    Trait(
        key="card_activated_shop",
        label=_("Shop where the card was activated"),
        group=_GROUP,
        kind="choice",
        table="holdings",
        sql="card_activated_shop_id",
        picker=Picker(options=_shops, names=_shop_names),
        permission="loyalty.see",
        position=39,
    ),
]
