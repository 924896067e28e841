"""What customers may be known by: the kinds that Prilavok brings, as the company has changed them, and its own."""

import time

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.customers.models import IdentifierKind

Family, Amount, Shape = IdentifierKind.Family, IdentifierKind.Amount, IdentifierKind.Shape
LOW, MEDIUM, HIGH = Amount.LOW, Amount.MEDIUM, Amount.HIGH

_BUILT_IN = (
    IdentifierKind(code="card", shape=Shape.CARD, reach=HIGH, cost=HIGH, max_length=64, position=10),
    IdentifierKind(code="ecard", shape=Shape.CARD, reach=MEDIUM, cost=LOW, max_length=64, position=20),
    IdentifierKind(
        code="wallet", family=Family.CONTACTLESS, shape=Shape.CARD, reach=MEDIUM, cost=LOW, max_length=64, position=30
    ),
    IdentifierKind(code="qr", family=Family.CONTACTLESS, reach=MEDIUM, cost=LOW, position=40),
    IdentifierKind(code="phone", shape=Shape.PHONE, reach=HIGH, cost=LOW, exclusive=False, shared_by=4, position=50),
    IdentifierKind(code="email", shape=Shape.EMAIL, reach=MEDIUM, cost=LOW, exclusive=False, shared_by=4, position=60),
    IdentifierKind(code="external", reach=HIGH, cost=LOW, position=70),
    IdentifierKind(code="1c", reach=HIGH, cost=LOW, position=71),
    IdentifierKind(code="site", reach=HIGH, cost=LOW, position=72),
    IdentifierKind(code="marketplace", reach=MEDIUM, cost=LOW, position=73),
    IdentifierKind(code="app", reach=MEDIUM, cost=MEDIUM, position=80),
    IdentifierKind(code="device", reach=MEDIUM, cost=MEDIUM, exclusive=False, shared_by=6, position=90),
    IdentifierKind(code="push", reach=MEDIUM, cost=LOW, channel_only=True, position=100),
    IdentifierKind(code="cookie", reach=HIGH, cost=LOW, position=110),
    IdentifierKind(
        code="rfid", family=Family.CONTACTLESS, shape=Shape.HEX, reach=LOW, cost=HIGH, max_length=64, position=120
    ),
    IdentifierKind(code="ibeacon", family=Family.CONTACTLESS, reach=LOW, cost=MEDIUM, exclusive=False, position=130),
    IdentifierKind(
        code="wifi", family=Family.INNOVATIVE, shape=Shape.MAC, reach=HIGH, cost=LOW, channel_only=True,
        exclusive=False, position=140,
    ),
    IdentifierKind(
        code="femtocell", family=Family.INNOVATIVE, shape=Shape.PHONE, reach=HIGH, cost=HIGH, channel_only=True,
        exclusive=False, position=150,
    ),
    IdentifierKind(code="biometric", family=Family.INNOVATIVE, reach=LOW, cost=HIGH, position=160),
    IdentifierKind(code="vk", reach=MEDIUM, cost=LOW, position=170),
    IdentifierKind(code="ok", reach=MEDIUM, cost=LOW, position=171),
    IdentifierKind(code="telegram", reach=HIGH, cost=LOW, position=180),
    IdentifierKind(code="max", reach=MEDIUM, cost=LOW, position=181),
    IdentifierKind(code="whatsapp", reach=MEDIUM, cost=LOW, position=182),
    IdentifierKind(code="viber", reach=MEDIUM, cost=LOW, position=183),
)  # fmt: skip

NAMES: dict[str, str | Promise] = {
    "card": _("Card"),
    "ecard": _("Electronic card"),
    "wallet": _("Wallet card"),
    "qr": _("QR code"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "external": _("External id"),
    "1c": _("1C id"),
    "site": _("Site id"),
    "marketplace": _("Marketplace id"),
    "app": _("App id"),
    "device": _("Device id"),
    "push": _("Push token"),
    "cookie": _("Cookie"),
    "rfid": _("RFID tag"),
    "ibeacon": _("iBeacon"),
    "wifi": _("Wi-Fi address (MAC)"),
    "femtocell": _("Femtocell"),
    "biometric": _("Biometric reference"),
    "vk": _("VK"),
    "ok": _("OK.ru"),
    "telegram": _("Telegram"),
    "max": _("MAX"),
    "whatsapp": _("WhatsApp"),
    "viber": _("Viber"),
}
LIMITS: dict[str, str | Promise] = {
    "card": _("Always in the wallet, dear to issue; old-fashioned for some."),
    "ecard": _("Much cheaper, cannot be lost; narrows the audience to those with a smartphone."),
    "wallet": _("Stands in the phone's wallet; needs a certificate of Apple or Google."),
    "qr": _("Needs a scanner at the till that reads screens."),
    "phone": _("Proves a means of contact at once; dictating it may slow the queue down."),
    "email": _("Families and offices share addresses: it joins people only when verified."),
    "external": _("Holds only while the other system keeps its own ids."),
    "1c": _("The code of a counterparty: one per base of 1C."),
    "site": _("Known after log-in; before it there is only the cookie."),
    "marketplace": _("Marketplaces hide contacts: such customers are known there only."),
    "app": _("Reaches those who installed the app and logged in."),
    "device": _("A family's tablet is everybody's."),
    "push": _("Changes with every new installation; says where to write, not who it is."),
    "cookie": _("Lives weeks; one person has many."),
    "rfid": _("Read from afar: the customer must know of it."),
    "ibeacon": _("Works only with an app and Bluetooth switched on."),
    "wifi": _("Phones change their address at will; a means of communication without purchases."),
    "femtocell": _("Very wide reach, by phone number; bound by the law on communications."),
    "biometric": _("Only the id in an outside system is kept, no biometric data; may repel."),
    "vk": _("Written to by its rules only."),
    "ok": _("Written to by its rules only."),
    "telegram": _("Whoever wrote to the bot can be answered."),
    "max": _("Whoever wrote to the bot can be answered."),
    "whatsapp": _("Limited in Russia: check before use."),
    "viber": _("Paid per message; by contract with an aggregator."),
}


FRESH = 5.0  # seconds: kinds change once in a year, and every till asks by them
_recent: list[tuple[float, dict[str, IdentifierKind]]] = []  # the last reading, if any


def recent_kinds() -> dict[str, IdentifierKind]:
    """All kinds as they were a few seconds ago at most: for those who only read, and often."""
    now = time.monotonic()
    if not _recent or now - _recent[0][0] > FRESH:
        _recent[:] = [(now, identifier_kinds())]
    return _recent[0][1]


def forget_kinds() -> None:
    """Read the kinds anew next time."""
    _recent.clear()


def identifier_kinds() -> dict[str, IdentifierKind]:
    """All kinds by code, in their order; what the company changed takes the place of what Prilavok brings."""
    own = {kind.code: kind for kind in IdentifierKind.objects.all()}
    brought = {kind.code: own.pop(kind.code, kind) for kind in _BUILT_IN}
    return dict(sorted((brought | own).items(), key=lambda pair: (pair[1].position, pair[0])))


def identifier_kind(code: str) -> IdentifierKind | None:
    """One kind; None when there is none, or it is out of use."""
    found = IdentifierKind.objects.filter(code=code).first() or _BUILT_IN_BY_CODE.get(code)
    return found if found and found.active else None


def is_built_in(code: str) -> bool:
    """Whether Prilavok brings the kind: it may be changed or put out of use, not removed."""
    return code in _BUILT_IN_BY_CODE


def kind_name(kind: IdentifierKind | str) -> str | Promise:
    """How a kind is called in the page's language; a code that nobody knows stays as it is."""
    if isinstance(kind, IdentifierKind):
        return kind.name or NAMES.get(kind.code, kind.code)
    return (
        NAMES.get(kind)
        or IdentifierKind.objects.filter(code=kind).values_list("name", flat=True).first()
        or kind
    )


def brought_words(code: str) -> tuple[str, str]:
    """The name and the limits that the translations give, in the page's language."""
    return str(NAMES.get(code, "")), str(LIMITS.get(code, ""))


def kind_limits(kind: IdentifierKind) -> str | Promise:
    """What to know before building on it."""
    return kind.limits or LIMITS.get(kind.code, "")


_BUILT_IN_BY_CODE = {kind.code: kind for kind in _BUILT_IN}
