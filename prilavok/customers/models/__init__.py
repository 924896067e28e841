"""Who the shop's customers are. Rows point at a profile and are never rewritten: a merge moves a person, not rows.

Where `db_constraint` is off, triggers ask once per statement what a foreign key asks once per row (kernel.promises).
"""

from prilavok.customers.models.addresses import Address
from prilavok.customers.models.bulk import BulkChange, BulkEdit
from prilavok.customers.models.codes import ContactCode
from prilavok.customers.models.companies import Company, LegalForm
from prilavok.customers.models.consents import Channel, Consent, PersonalRequest
from prilavok.customers.models.contacts import (
    Contact,
    ContactKind,
    Identifier,
    IdentifierKind,
    Proof,
    Quarantine,
)
from prilavok.customers.models.dates import DateKind, PersonalDate
from prilavok.customers.models.documents import ConsentDocument
from prilavok.customers.models.evaluations import Evaluation
from prilavok.customers.models.files import CustomerFile
from prilavok.customers.models.history import FieldChange
from prilavok.customers.models.identity import Candidate, FieldRule, Kin, Merge, Tombstone
from prilavok.customers.models.indicators import IndicatorRows
from prilavok.customers.models.notes import Alert, Note
from prilavok.customers.models.optins import ChannelRule, OptIn
from prilavok.customers.models.own import OwnField
from prilavok.customers.models.people import (
    NAME_WORDS,
    Person,
    Profile,
    ProfileQuerySet,
    Sex,
    Status,
    StatusChange,
    name_key,
)
from prilavok.customers.models.preferences import Frequency, FrequencyChoice, Topic, TopicChoice
from prilavok.customers.models.purposes import MARKETING, ConsentPurpose
from prilavok.customers.models.suppressions import Suppression
from prilavok.customers.models.tags import Tag, Tagging

__all__ = [
    "MARKETING",
    "NAME_WORDS",
    "Address",
    "Alert",
    "BulkChange",
    "BulkEdit",
    "Candidate",
    "Channel",
    "ChannelRule",
    "Company",
    "Consent",
    "ConsentDocument",
    "ConsentPurpose",
    "Contact",
    "ContactCode",
    "ContactKind",
    "CustomerFile",
    "DateKind",
    "Evaluation",
    "FieldChange",
    "FieldRule",
    "Frequency",
    "FrequencyChoice",
    "Identifier",
    "IdentifierKind",
    "IndicatorRows",
    "Kin",
    "LegalForm",
    "Merge",
    "Note",
    "OptIn",
    "OwnField",
    "Person",
    "PersonalDate",
    "PersonalRequest",
    "Profile",
    "ProfileQuerySet",
    "Proof",
    "Quarantine",
    "Sex",
    "Status",
    "StatusChange",
    "Suppression",
    "Tag",
    "Tagging",
    "Tombstone",
    "Topic",
    "TopicChoice",
    "name_key",
]
