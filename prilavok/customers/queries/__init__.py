"""Everything others may ask about customers."""

from prilavok.customers.queries.consents import (
    ConsentState,
    addresses,
    consent_history,
    consents_of,
    reach_reason,
    why_unreachable,
)
from prilavok.customers.queries.contacts import (
    ContactShown,
    Short,
    contacts_of,
    identifiers_of,
    profile_ids_by_contact,
    profile_ids_by_identifier,
    short,
)
from prilavok.customers.queries.lists import Line, consented, count, lines, listed, page_of, reachable
from prilavok.customers.queries.people import (
    ProfileTraits,
    get,
    kin,
    kin_of,
    macros,
    persons_of,
    phone_region,
    profile_ids,
    traits_of,
    visible,
)
from prilavok.customers.queries.search import search
from prilavok.customers.queries.sheet import Sheet, indicators, sheet
from prilavok.customers.queries.telling import Story, Told, groups, reasons, story

__all__ = [
    "ConsentState",
    "ContactShown",
    "Line",
    "ProfileTraits",
    "Sheet",
    "Short",
    "Story",
    "Told",
    "addresses",
    "consent_history",
    "consented",
    "consents_of",
    "contacts_of",
    "count",
    "get",
    "groups",
    "identifiers_of",
    "indicators",
    "kin",
    "kin_of",
    "lines",
    "listed",
    "macros",
    "page_of",
    "persons_of",
    "phone_region",
    "profile_ids",
    "profile_ids_by_contact",
    "profile_ids_by_identifier",
    "reach_reason",
    "reachable",
    "reasons",
    "search",
    "sheet",
    "short",
    "story",
    "traits_of",
    "visible",
    "why_unreachable",
]
