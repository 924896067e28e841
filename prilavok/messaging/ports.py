"""What others put into letters, and how mailings are asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.slots import Slot

OFFER_MACROS = ("coupon_code", "coupon_name", "coupon_until")  # filled by whoever plans the mailing
POINTS_MACROS = ("points_count", "points_until")  # likewise


class Ready(StrEnum):
    """The ready letters, by what they bring."""

    COUPON = "coupon"
    POINTS = "points"
    NEWS = "news"


class Policy(TextChoices):
    """What to do with a letter that may or may not have arrived."""

    NEVER_TWICE = "never_twice", _("Never twice")
    NEVER_LOSE = "never_lose", _("Never lose")


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person of a mailing. `context` holds values of the mailing's own macros, such as `coupon_code`."""

    profile_id: int
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MacroSource:
    """A value that letters may show as `{{ key }}`.

    `values(profile_ids, contexts)` answers many people by one query: texts by profile; who has none is left out
    or empty. `contexts` are the messages' own contexts by profile. `sample` stands in previews of nobody,
    `fallback` is proposed to the author for those without a value.
    """

    key: str
    label: str | Promise
    values: Callable[[Sequence[int], Mapping[int, Mapping[str, Any]]], Mapping[int, str]] | None = None
    sample: str | Promise = ""
    fallback: str | Promise = ""
    group: str | Promise = ""


@dataclass(frozen=True, slots=True)
class OwnerName:
    """How a mailing's owner is called: `prefix` of `owner` («campaign»), and its name and page by owner."""

    prefix: str
    named: Callable[[Sequence[str]], Mapping[str, tuple[str, str]]]


macros: Slot[MacroSource] = Slot("messaging.macros")
owners: Slot[OwnerName] = Slot("messaging.owners")
