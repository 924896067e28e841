"""What relations put into the page's frame, into the settings and into the customer's card."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prilavok.customers import ports as customers
from prilavok.customers import queries as customer_queries
from prilavok.customers.ports import Families, Indicator, TimelineLine
from prilavok.kernel.actors import Actor
from prilavok.kernel.event import Event
from prilavok.kernel.timeline import StoredEvent
from prilavok.relations import queries
from prilavok.relations.events import (
    HouseholdHeaded,
    HouseholdJoined,
    HouseholdLeft,
    HouseholdMade,
    RelationAdded,
    RelationChanged,
    RelationEnded,
    RelationRemoved,
)
from prilavok.ui import ports as ui


def fill() -> None:
    ui.menu.fill(
        ui.MenuItem(
            "relation_kinds",
            _("Relations"),
            "relations:kinds",
            permission="relations.see",
            section="settings",
            group="customers",
        ),
        position=93,
    )
    customers.panels.fill(
        customers.Panel("relations", _("Relations"), "relations:of_customer", "relations.see"), position=82
    )
    customers.indicators.fill(
        customers.IndicatorSource(
            "relations",
            "relations.see",
            _parents,
            {PARENT: _("Parent company")},
        ),
        position=70,
    )
    customers.filters.fill(
        customers.ListFilter(
            "relation",
            _("Relation"),
            queries.narrowed,
            choices=lambda by: queries.readings(),
            permission="relations.see",
        ),
        position=40,
    )
    customers.archive.fill(customers.ArchivePart("relations", _("Relations"), queries.archived), position=70)
    customers.archive.fill(
        customers.ArchivePart("households", _("Households"), queries.archived_memberships), position=71
    )
    customers.belongings.fill(
        customers.Belongings("relations", _("Relations"), queries.numbers_of_profiles), position=70
    )
    customers.timeline.fill(
        customers.TimelineKind(
            tuple(_WORDS), _("Relations"), "link", lines=_lines, permission="relations.see", key="relations"
        ),
        position=70,
    )
    customers.timeline.fill(
        customers.TimelineKind(
            tuple(_HOMES),
            _("Relations"),
            "home",
            text=lambda event: str(_HOMES_TOLD[event.type]),
            permission="relations.see",
            key="relations",
        ),
        position=71,
    )


PARENT = "parent_company"


def _parents(families: Families, by: Actor) -> dict[int, list[Indicator]]:
    definition = _("The company that it belongs to by the relation “subsidiary”.")
    return {
        who: [
            Indicator(
                PARENT,
                _("Parent company"),
                parent.name,
                "text",
                definition,
                link=reverse("customers:card", args=[parent.public_id]),
            )
        ]
        for who, parent in queries.parents_of(families, by).items()
    }


_WORDS: dict[type[Event], str | Promise] = {
    RelationAdded: _("%(what)s: %(who)s"),
    RelationChanged: _("Relation corrected: %(what)s, %(who)s"),
    RelationEnded: _("Relation ended: %(what)s, %(who)s"),
    RelationRemoved: _("Relation taken away: %(what)s, %(who)s"),
}
_TOLD = {event.type_name(): words for event, words in _WORDS.items()}
_HOMES: dict[type[Event], str | Promise] = {
    HouseholdMade: _("Household made"),
    HouseholdJoined: _("Joined a household"),
    HouseholdLeft: _("Left the household"),
    HouseholdHeaded: _("Became the head of the household"),
}
_HOMES_TOLD = {event.type_name(): words for event, words in _HOMES.items()}


def _lines(events: Sequence[StoredEvent], by: Actor) -> Mapping[UUID, TimelineLine]:
    kinds = queries.kinds()
    seen = customer_queries.short({_other(event) for event in events}, by)
    found = {}
    for event in events:
        kind, who = kinds.get(event.body["kind"]), seen.get(_other(event))
        name, back = queries.names(kind) if kind else (event.body["kind"], event.body["kind"])
        words = {
            "what": back if event.body["side"] == "first" else name,
            "who": (who.name or gettext("No name")) if who else gettext("known, but not to you"),
        }
        link = reverse("customers:card", args=[who.public_id]) if who else None
        found[event.id] = TimelineLine(str(_TOLD[event.type]) % words, link)
    return found


def _other(event: StoredEvent) -> int:
    side = "second_id" if event.body["side"] == "first" else "first_id"
    return int(event.body[side])
