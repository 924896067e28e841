"""Figures about customers: which there are, in which order they stand, and their values."""

from collections.abc import Collection, Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.customers import ports
from prilavok.customers.models import IndicatorRows
from prilavok.customers.ports import Indicator
from prilavok.customers.queries.people import families
from prilavok.customers.queries.sheet import Sheet
from prilavok.kernel import prepared
from prilavok.kernel.actors import Actor

OWN_LABELS: dict[str, str | Promise] = {
    "activated_at": _("Registered"),
    "activation_shop": _("Shop of registration"),
}


def indicator_labels(by: Actor) -> dict[str, str | Promise]:
    """Every indicator that `by` may see, by key."""
    found = dict(OWN_LABELS)
    for source in ports.indicators.items():
        if by.may(source.permission):
            found |= source.known(by)
    return found


def indicator_rows(by: Actor) -> list[str]:
    """Keys of the indicators that stand on the card, in order: one's own choice, or the company's, or all there are."""
    labels = indicator_labels(by)
    owner = by.id if by.kind == "employee" else None
    found: dict[int | None, list[str]] = dict(prepared.rows(_ROWS, [owner]))
    chosen = found.get(owner, found.get(None))
    return list(labels) if chosen is None else [key for key in chosen if key in labels]


def chosen_rows(owner: int | None) -> list[str] | None:
    """What an employee (None: the company) has chosen; None when nothing was."""
    found = IndicatorRows.objects.filter(owner=owner).first()
    return None if found is None else list(found.keys)


_ROWS = "SELECT owner_id, keys FROM customers_indicatorrows WHERE owner_id IS NULL OR owner_id = %s::bigint"


def indicators_of(
    asked: Mapping[int, Sequence[int]], by: Actor, keys: Collection[str]
) -> dict[int, dict[str, Indicator]]:
    """These indicators of customers, each with all profiles of the person: one query per domain that knows any."""
    found: dict[int, dict[str, Indicator]] = {who: {} for who in asked}
    for source in ports.indicators.items():
        if by.may(source.permission) and not set(keys).isdisjoint(source.known(by)):
            for who, known in source.values(asked, by).items():
                found[who] |= {one.key: one for one in known if one.key in keys}
    return found


def page_of_indicators(
    profile_ids: Sequence[int], by: Actor, keys: Collection[str]
) -> dict[int, dict[str, Indicator]]:
    """These indicators for the rows of a list."""
    return indicators_of(families(profile_ids), by, keys) if keys else {}


def indicators(card: Sheet, by: Actor, *, all_of_them: bool = False) -> list[Indicator]:
    """The indicators of one customer in the order of the card, each with how it is reckoned."""
    keys = list(indicator_labels(by)) if all_of_them else indicator_rows(by)
    head = card.profile.pk
    found = indicators_of({head: card.kin}, by, keys)[head] | {one.key: one for one in _own(card)}
    return [found[key] for key in keys if key in found]


def _own(card: Sheet) -> list[Indicator]:
    profile = card.profile
    zone = company.zone_of(profile.registered_shop_id) if profile.registered_shop_id else company.zone()
    registered = profile.registered_at.astimezone(zone)
    return [
        Indicator(
            "activated_at",
            _("Registered"),
            registered.date(),
            "date",
            _("The day of registration, by the clock of the shop where it happened."),
        ),
        Indicator(
            "activation_shop",
            _("Shop of registration"),
            profile.registered_shop.name if profile.registered_shop else None,
            "text",
            _("The shop that registered the customer or gave them the card."),
        ),
    ]
