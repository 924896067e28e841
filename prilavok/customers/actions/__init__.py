"""Everything that can be done with customers; one transaction each."""

from prilavok.customers.actions.companies import change_company, register_company
from prilavok.customers.actions.confirming import confirm
from prilavok.customers.actions.consents import give_consent, withdraw_consent
from prilavok.customers.actions.contacts import (
    add_contact,
    add_identifier,
    change_contact,
    fail_contact,
    prefer_contact,
    remove_contact,
    remove_identifier,
    verify_contact,
)
from prilavok.customers.actions.documents import drop_draft, new_version, publish_document, save_draft
from prilavok.customers.actions.erasing import erase
from prilavok.customers.actions.identifying import Linked, link
from prilavok.customers.actions.kinds import change_kind, restore_kind
from prilavok.customers.actions.loading import CustomersLoaded, Reject, load_customers, register_many
from prilavok.customers.actions.looking import (
    ask_for_duplicates,
    look_for_duplicates,
    quarantine,
    quarantine_common,
    release,
)
from prilavok.customers.actions.looks import note_contacts
from prilavok.customers.actions.merging import merge, undo_merge
from prilavok.customers.actions.notes import forget_deleted_notes
from prilavok.customers.actions.noting import Changed, note_changes
from prilavok.customers.actions.optins import demand_click
from prilavok.customers.actions.people import change_person, change_status, register
from prilavok.customers.actions.problems import (
    AlreadyOne,
    AlreadyPublished,
    AlreadyUndone,
    BadBirthDate,
    BadCard,
    BadContact,
    BadKind,
    BadShape,
    CompanyKnown,
    ContactThere,
    IdentifierTaken,
    NameMissing,
    NoAddress,
    NobodyNamed,
    NotACompany,
    NotForErased,
    NothingToTellBy,
    NotOfOneKind,
    UnknownChannel,
    UnknownDocument,
    UnknownKind,
    UnknownMode,
)
from prilavok.customers.actions.requests import ask, settle
from prilavok.customers.actions.reviewing import decide_apart, merge_candidate, propose, propose_many, reopen
from prilavok.customers.actions.suppressions import (
    NewSuppression,
    SuppressionsLoaded,
    lift_suppression,
    load_suppressions,
    suppress,
)

__all__ = [
    "AlreadyOne",
    "AlreadyPublished",
    "AlreadyUndone",
    "BadBirthDate",
    "BadCard",
    "BadContact",
    "BadKind",
    "BadShape",
    "Changed",
    "CompanyKnown",
    "ContactThere",
    "CustomersLoaded",
    "IdentifierTaken",
    "Linked",
    "NameMissing",
    "NewSuppression",
    "NoAddress",
    "NobodyNamed",
    "NotACompany",
    "NotForErased",
    "NotOfOneKind",
    "NothingToTellBy",
    "Reject",
    "SuppressionsLoaded",
    "UnknownChannel",
    "UnknownDocument",
    "UnknownKind",
    "UnknownMode",
    "add_contact",
    "add_identifier",
    "ask",
    "ask_for_duplicates",
    "change_company",
    "change_contact",
    "change_kind",
    "change_person",
    "change_status",
    "confirm",
    "decide_apart",
    "demand_click",
    "drop_draft",
    "erase",
    "fail_contact",
    "forget_deleted_notes",
    "give_consent",
    "lift_suppression",
    "link",
    "load_customers",
    "load_suppressions",
    "look_for_duplicates",
    "merge",
    "merge_candidate",
    "new_version",
    "note_changes",
    "note_contacts",
    "prefer_contact",
    "propose",
    "propose_many",
    "publish_document",
    "quarantine",
    "quarantine_common",
    "register",
    "register_company",
    "register_many",
    "release",
    "remove_contact",
    "remove_identifier",
    "reopen",
    "restore_kind",
    "save_draft",
    "settle",
    "suppress",
    "undo_merge",
    "verify_contact",
    "withdraw_consent",
]
