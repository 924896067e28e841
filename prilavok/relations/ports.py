"""What others hand to relations, and put into the page of a household."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise

from prilavok.kernel.slots import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRelation:
    """The first is something to the second. `role` only in a committee; `position` such as «Director»."""

    kind: str
    first_id: int
    second_id: int
    position: str = ""
    role: str = ""
    since: date | None = None
    until: date | None = None

    def plain(self) -> dict[str, Any]:
        """As a session can keep it; `of` reads it back."""
        return {
            name: str(value) if isinstance(value, date) else value for name, value in asdict(self).items()
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "NewRelation":
        days = {name: date.fromisoformat(plain[name]) for name in ("since", "until") if plain[name]}
        return cls(**{**plain, **days})


@dataclass(frozen=True, slots=True)
class HouseholdPanel:
    """A part of the household's page that another domain fills. Its URL takes the household's `public_id`."""

    key: str
    label: str | Promise
    url_name: str
    permission: str


panels: Slot[HouseholdPanel] = Slot("relations.panels")
