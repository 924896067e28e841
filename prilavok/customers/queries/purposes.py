"""What customers may agree to: the purposes that Prilavok brings, as the company has changed them, and its own."""

import time
from collections.abc import Collection
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from prilavok.customers.models import MARKETING, Channel, ConsentPurpose

_BROUGHT = {
    one.code: one
    for one in (
        ConsentPurpose(code=MARKETING, by_channel=True, offered=True, position=10),
        ConsentPurpose(code="processing", position=20),
        ConsentPurpose(code="profiling", position=30),
        ConsentPurpose(code="third_parties", position=40),
    )
}
_NAMES: dict[str, str | Promise] = {
    MARKETING: _("Advertising and offers"),
    "processing": _("Processing of personal data"),
    "profiling": _("Decisions made by a program"),
    "third_parties": _("Passing data to partners"),
}
_NOTES: dict[str, str | Promise] = {
    MARKETING: _("Mailings ask for this consent: without it nothing is sent."),
    "processing": _("The shop keeps and uses name, contacts and purchases."),
    "profiling": _("A program chooses offers by purchases, without a person looking."),
    "third_parties": _("Partners get name and contacts."),
}
FRESH = 5.0  # seconds: purposes change once in a year, and every line of a ledger is called by its own
_recent: list[tuple[float, dict[str, ConsentPurpose]]] = []  # the last reading, if any


def purposes(*, archived: bool = False) -> dict[str, ConsentPurpose]:
    """Purposes by code, in their order; what the company changed takes the place of what Prilavok brings."""
    own: dict[str, ConsentPurpose] = {one.code: one for one in ConsentPurpose._default_manager.all()}
    found = _BROUGHT | own
    return {
        one.code: one
        for one in sorted(found.values(), key=lambda one: (one.position, one.code))
        if archived or one.archived_at is None
    }


def recent_purposes() -> dict[str, ConsentPurpose]:
    """All purposes, archived ones too, as they were a few seconds ago at most: for words and columns."""
    now = time.monotonic()
    if not _recent or now - _recent[0][0] > FRESH:
        _recent[:] = [(now, purposes(archived=True))]
    return _recent[0][1]


def forget_purposes() -> None:
    """Read the purposes anew next time."""
    _recent.clear()


def is_brought(code: str) -> bool:
    """Whether Prilavok brings the purpose: it may be changed, not removed."""
    return code in _BROUGHT


def brought_purpose(code: str) -> ConsentPurpose | None:
    """A purpose as Prilavok brings it."""
    return _BROUGHT.get(code)


def purpose_name(purpose: ConsentPurpose | str) -> str:
    """How a purpose is called in the page's language; in the other one where this one has no name."""
    found = recent_purposes().get(purpose) if isinstance(purpose, str) else purpose
    if found is None:
        return str(purpose)
    return _worded(found, "name") or str(_NAMES.get(found.code, found.code))


def purpose_note(purpose: ConsentPurpose) -> str:
    """What customers read beside it."""
    return _worded(purpose, "note") or str(_NOTES.get(purpose.code, ""))


def _worded(purpose: ConsentPurpose, what: str) -> str:
    russian = (get_language() or "ru").startswith("ru")
    here, there = (f"{what}_ru", f"{what}_en") if russian else (f"{what}_en", f"{what}_ru")
    told: str = getattr(purpose, here)
    return told or ("" if purpose.code in _BROUGHT else getattr(purpose, there))


def forms_of_consent(codes: Collection[str], *, archived: bool = False) -> set[tuple[str, str]]:
    """Which purposes and channels may be agreed to, of these purposes: (purpose, channel), the channel empty where a
    purpose is asked once. Advertising is known without a question: every till registers with it."""
    asked = set(codes) - {MARKETING}
    live = purposes(archived=archived) if asked else {}
    known = [_BROUGHT[MARKETING], *(live[code] for code in asked if code in live)]
    return {pair for one in known for pair in pairs_of(one)}


def pairs_of(purpose: ConsentPurpose) -> list[tuple[str, str]]:
    """The purpose with every channel that it is asked for."""
    return [(purpose.code, channel) for channel in (Channel.values if purpose.by_channel else [""])]


@dataclass(frozen=True, slots=True)
class Asked:
    """A consent that may be asked for: `key` names it in forms, files and conditions."""

    purpose: ConsentPurpose
    channel: str

    @property
    def key(self) -> str:
        return consent_key(self.purpose.code, self.channel)

    @property
    def is_advertising(self) -> bool:
        """Whether mailings ask for it."""
        return self.purpose.code == MARKETING

    @property
    def label(self) -> str:
        name = purpose_name(self.purpose)
        return f"{name}: {Channel(self.channel).label}" if self.channel else name


def consent_key(purpose: str, channel: str) -> str:
    """
    >>> consent_key("partners", "email"), consent_key("processing", "")
    ('partners.email', 'processing')
    """
    return f"{purpose}.{channel}" if channel else purpose


def askable_consents(*, archived: bool = False) -> list[Asked]:
    """Every consent that may be asked for, in the order of purposes, as of a few seconds ago."""
    return [
        Asked(one, channel)
        for one in recent_purposes().values()
        if archived or one.archived_at is None
        for _code, channel in pairs_of(one)
    ]
