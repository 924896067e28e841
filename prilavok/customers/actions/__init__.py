"""Everything that can be done with customers; one transaction each."""

from prilavok.customers.actions.consents import give_consent, withdraw_consent
from prilavok.customers.actions.contacts import (
    add_contact,
    add_identifier,
    fail_contact,
    prefer_contact,
    remove_contact,
    verify_contact,
)
from prilavok.customers.actions.loading import CustomersLoaded, Reject, load_customers, register_many
from prilavok.customers.actions.looks import note_contacts
from prilavok.customers.actions.people import change_person, change_status, register
from prilavok.customers.actions.problems import (
    BadBirthDate,
    BadCard,
    BadContact,
    IdentifierTaken,
    NobodyNamed,
    NotForErased,
    UnknownChannel,
)

__all__ = [
    "BadBirthDate",
    "BadCard",
    "BadContact",
    "CustomersLoaded",
    "IdentifierTaken",
    "NobodyNamed",
    "NotForErased",
    "Reject",
    "UnknownChannel",
    "add_contact",
    "add_identifier",
    "change_person",
    "change_status",
    "fail_contact",
    "give_consent",
    "load_customers",
    "note_contacts",
    "prefer_contact",
    "register",
    "register_many",
    "remove_contact",
    "verify_contact",
    "withdraw_consent",
]
