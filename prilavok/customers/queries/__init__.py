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

__all__ = [
    "ConsentState",
    "ContactShown",
    "ProfileTraits",
    "Short",
    "addresses",
    "consent_history",
    "consents_of",
    "contacts_of",
    "get",
    "identifiers_of",
    "kin",
    "kin_of",
    "macros",
    "persons_of",
    "phone_region",
    "profile_ids",
    "profile_ids_by_contact",
    "profile_ids_by_identifier",
    "reach_reason",
    "search",
    "short",
    "traits_of",
    "visible",
    "why_unreachable",
]
