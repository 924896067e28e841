"""A row of a file on its way to becoming a customer, or to correcting one."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from prilavok.customers.actions.legal import Details
from prilavok.customers.ports import NewCustomer


@dataclass(slots=True)
class Row:
    """A checked row of a file: its contacts and identifiers by kind, normalised."""

    index: int
    new: NewCustomer
    contacts: list[tuple[str, str]]
    identifiers: list[tuple[str, str]]
    registered_at: datetime
    since: str  # the same as text
    person_id: int = 0
    profile_id: int = 0
    own: dict[str, Any] = field(default_factory=dict)  # own fields, as they are kept
    details: Details | None = None  # of a company
    first: int | None = None  # the place of an earlier row of the same customer

    @property
    def keys(self) -> list[tuple[str, str]]:
        """What the customer is told apart by in a file: identifiers, and of a company its INN and KPP."""
        inn, kpp = self.details.key if self.details else ("", "")
        return [*self.identifiers, ("company", f"{inn}/{kpp}")] if inn else self.identifiers
