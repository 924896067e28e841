"""What others may put into the pages of customers, and what a new customer is made of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.event import Event
from prilavok.kernel.ports import Port
from prilavok.kernel.slots import Slot

if TYPE_CHECKING:
    from prilavok.customers.models import ProfileQuerySet
    from prilavok.kernel.timeline import StoredEvent


ORIGINS: dict[str, str | Promise] = {
    "card": _("a signed application for the card"),
    "code": _("codes that were sent to the contacts"),
    "till": _("cards and contacts shown at the till"),
    "system": _("the accounting system that issues the cards"),
}
"""By what a list of customers may say that its contacts and cards are proved."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How far the cards and contacts of a list are proved to be their customers', and what is kept of it.

    A card that is not `proved` is a claim: it stands beside, takes nobody's and waits. Contacts are proved only where
    the list `declares` so. The caller's own key is always its customer's: it names the row, nobody presents it.
    """

    rule: str = "registration"
    proved: bool = True
    declares: bool = False

    @classmethod
    def declared(cls, origin: str, file: str) -> Evidence:
        """Somebody answers for the list: by what (ORIGINS), and the public id of the import that brought it."""
        return cls(f"file.{origin}.{file}", declares=True)


REGISTERED = Evidence()
CLAIMED = Evidence("import", proved=False)


@dataclass(slots=True, kw_only=True)
class NewConsent:
    """A consent that comes with a new customer. `at` None means the moment of registration."""

    channel: str
    given: bool = True
    purpose: str = "marketing"
    at: datetime | None = None
    source: str = ""
    text_version: str = ""
    ip: str | None = None
    proof: str = ""
    document_id: int | None = None  # the published version that was shown


@dataclass(slots=True, kw_only=True)
class NewCustomer:
    """A customer as told by whoever registers them; contacts and cards as written, not yet normalised.

    `external_id` is the caller's own key: the same one again is the same customer.
    `registered_at` None means now. `invented` marks people that a demo made up.
    """

    external_id: str = ""
    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    sex: str = ""
    birth_date: date | None = None
    email: str = ""
    phone: str = ""
    cards: tuple[str, ...] = ()
    shop_id: int | None = None
    registered_at: datetime | None = None
    status: str = "active"
    source: str = ""
    consents: tuple[NewConsent, ...] = ()
    invented: bool = False
    own: Mapping[str, Any] | None = None
    tags: tuple[str, ...] = ()
    kind: str = "person"  # or "company", whose name is the last name
    legal: Mapping[str, str] | None = None  # of a company: its details, numbers as written


@dataclass(slots=True, kw_only=True)
class NewCompany:
    """A company as told by whoever registers it, numbers as written. `form`: legal, sole or state."""

    name: str
    form: str = "legal"
    full_name: str = ""
    inn: str = ""
    kpp: str = ""
    ogrn: str = ""
    address: str = ""
    bank: str = ""
    bic: str = ""
    account: str = ""
    external_id: str = ""
    email: str = ""
    phone: str = ""
    shop_id: int | None = None
    source: str = ""
    own: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """A tab of the customer's card. Its URL takes the profile's `public_id` and answers with the panel's HTML.

    The panel's template extends `ui/panel.html`: asked by htmx it is the bare panel, asked directly a whole page.
    """

    key: str
    label: str | Promise
    url_name: str
    permission: str


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One line of the timeline in words, with where it leads and a second, smaller line.

    A search tells thousands of lines and shows few: `reverse_lazy` finds an address out only where it is shown.
    """

    text: str
    link: str | Promise | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TimelineKind:
    """How events of some types are told on the timeline.

    `text` tells one event from its type and its body alone: those that are alike are told once. Where a line needs
    look-ups or leads somewhere, give `lines` instead: it tells all events of the page at once, with one query for
    all. Events are not shown to whoever lacks `permission`. Kinds with one `key` (by default the domain of the
    events) are one group of the filter.
    """

    events: tuple[type[Event], ...]
    group: str | Promise
    icon: str
    text: Callable[[StoredEvent], str] | None = None
    lines: Callable[[Sequence[StoredEvent], Actor], Mapping[UUID, TimelineLine]] | None = None
    permission: str = ""
    key: str = ""

    @property
    def group_key(self) -> str:
        return self.key or self.events[0].type_name().split(".")[0]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure about a customer with the way it was reckoned.

    `kind` is how it is shown: money (in `currency`, the company's when empty), number, days, percent, date, text.
    A `value` of None is shown as a dash: nothing to reckon from.
    """

    key: str
    label: str | Promise
    value: Decimal | int | float | date | datetime | str | None
    kind: str
    definition: str | Promise
    currency: str = ""
    link: str = ""


Families = Mapping[int, Sequence[int]]
"""Customers, each with all profiles of the person."""


@dataclass(frozen=True, slots=True)
class IndicatorSource:
    """Indicators that one domain knows: `values(families, by)` answers all of them, of many customers, by one query.

    `labels` are all that it may know, by key; `made(by)` those that the company made itself. A customer who gives
    nothing to reckon from may lack some.
    """

    key: str
    permission: str
    values: Callable[[Families, Actor], Mapping[int, list[Indicator]]]
    labels: Mapping[str, str | Promise]
    made: Callable[[Actor], Mapping[str, str | Promise]] | None = None

    def known(self, by: Actor) -> Mapping[str, str | Promise]:
        """All labels, those of the company's own too."""
        return {**self.labels, **(self.made(by) if self.made else {})}


@dataclass(frozen=True, slots=True)
class ListFilter:
    """A filter of the customer list. `narrow` gets the queryset of profiles and the chosen value.

    `choices(by)` are (value, label) pairs; without them the value is typed: a text or, if `kind` says so, a date, or
    picked out of a `target` of references.
    """

    key: str
    label: str | Promise
    narrow: Callable[[ProfileQuerySet, str, Actor], ProfileQuerySet]
    choices: Callable[[Actor], list[tuple[str, str | Promise]]] | None = None
    permission: str = "customers.see"
    kind: str = "text"
    target: str = ""


@dataclass(frozen=True, slots=True)
class CommonKeys:
    """Values that another domain knows to be nobody's: (kind, value, how often), such as a card used all day long."""

    key: str
    reason: str
    label: str | Promise
    values: Callable[[], Sequence[tuple[str, str, int]]]


@dataclass(frozen=True, slots=True)
class Belongings:
    """What of a domain belongs to each profile, as a figure: shown before a merge, "14 receipts"."""

    key: str
    label: str | Promise
    count: Callable[[Sequence[int]], Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class ArchivePart:
    """What a domain keeps about a person, for the archive that the person may ask for: rows of plain values by name."""

    key: str
    label: str | Promise
    rows: Callable[[Sequence[int]], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class ReferenceTarget:
    """What own fields of the kind "reference" may lead to.

    `named(keys, by)`: name and address of those that are there; `options(by)`: all that may be chosen, if they are
    few; `find(text, by)`: those that a typed text may mean, where they are many.
    """

    key: str
    label: str | Promise
    named: Callable[[Collection[str], Actor], Mapping[str, tuple[str, str]]]
    options: Callable[[Actor], list[tuple[str, str]]] | None = None
    find: Callable[[str, Actor], list[tuple[str, str]]] | None = None


references: Slot[ReferenceTarget] = Slot("customers.references")


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that can be done for a customer: the card's command line offers it by the words of its label.

    `words` are further verbs that mean it. Its address takes the profile's `public_id`. What is typed after the verb
    goes into `field` of the form there; with `at_once` it is sent, else it waits there to be looked over.
    """

    label: str | Promise
    url_name: str
    permission: str
    icon: str = "arrow-right"
    words: str | Promise = ""
    field: str = ""
    at_once: bool = False


deeds: Slot[Deed] = Slot("customers.deeds")
field_users: Slot[Callable[[str], Sequence[str]]] = Slot("customers.field_users")
"""By an own field's code: names of what asks by the field, such as segments. Said when it goes out of use."""
panels: Slot[Panel] = Slot("customers.panels")
timeline: Slot[TimelineKind] = Slot("customers.timeline")
indicators: Slot[IndicatorSource] = Slot("customers.indicators")
filters: Slot[ListFilter] = Slot("customers.filters")
common_keys: Slot[CommonKeys] = Slot("customers.common_keys")
rules: Slot[tuple[str, str | Promise]] = Slot("customers.rules")
"""Rules by which other domains link identifiers: each with its words."""
held: Slot[Callable[[str, str], Problem | None]] = Slot("customers.held")
"""Why an identifier (its kind, its value) is not taken from a customer by hand: whoever issued it says how it ends."""
belongings: Slot[Belongings] = Slot("customers.belongings")
archive: Slot[ArchivePart] = Slot("customers.archive")

sms_codes: Port[str] = Port("customers.sms_codes")
"""The name of whoever carries codes to phones; it listens to ContactCodeAsked. Nobody answers yet."""
