"""What letters may show of their reader, of the offer and of themselves."""

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.messaging import ports
from prilavok.messaging.ports import MacroSource

_READER = _("The reader")
_OWN_FIELDS = _("Own fields")
_OFFER = _("The offer")
_LETTER = _("The letter")

OWN = (
    MacroSource("first_name", _("First name"), sample=_("Anna"), fallback=_("friend"), group=_READER),
    MacroSource("middle_name", _("Middle name"), sample=_("Petrovna"), group=_READER),
    MacroSource("last_name", _("Last name"), sample=_("Kovaleva"), group=_READER),
    MacroSource(
        "full_name", _("Full name"), sample=_("Anna Kovaleva"), fallback=_("dear customer"), group=_READER
    ),
    MacroSource("sex", _("Sex: “m”, “f” or empty"), sample="f", group=_READER),
    MacroSource("coupon_code", _("Personal coupon code"), sample="MEAT-7K2P-9", group=_OFFER),
    MacroSource("coupon_name", _("What the coupon gives"), sample=_("10% off meat"), group=_OFFER),
    MacroSource("coupon_until", _("Last day of the coupon"), sample="31.12.2026", group=_OFFER),
    MacroSource("points_count", _("How many points the reader is given"), sample="500", group=_OFFER),
    MacroSource(
        "points_until",
        _("Last day of the given points"),
        sample="31.12.2026",
        fallback=_("you have spent them"),
        group=_OFFER,
    ),
    MacroSource("company", _("Name of the company"), sample="", group=_LETTER),
    MacroSource("unsubscribe_url", _("Address of the unsubscribe page"), sample="#", group=_LETTER),
    MacroSource("browser_url", _("Address of the letter on the web"), sample="#", group=_LETTER),
)
_ALWAYS_FILLED = {"company", "unsubscribe_url", "browser_url"}


def known() -> dict[str, MacroSource]:
    """Every macro by its name."""
    return {source.key: source for source in (*OWN, *_own_fields(), *ports.macros.items())}


def _own_fields() -> list[MacroSource]:
    """The company's own fields of its customers."""
    return [
        MacroSource(macro, field.name, sample=field.name, group=_OWN_FIELDS)
        for macro, field in customers.own_macros().items()
    ]


def needs_fallback(name: str) -> bool:
    """Whether a reader may lack the value, so that the author has to choose what stands instead."""
    return name not in _ALWAYS_FILLED


def samples() -> dict[str, str]:
    """Values of an invented reader."""
    values = {name: str(source.sample) for name, source in known().items()}
    values["company"] = company.company().name
    return values


def values_for(
    contexts: Mapping[int, Mapping[str, Any]], *, used: Collection[str]
) -> dict[int, dict[str, str]]:
    """Values of the macros in use for each profile, some queries for all. What is unknown is left out."""
    ids = list(contexts)
    readers = customers.macros(ids)
    own = customers.macro_values(ids, used)
    shared = {"company": company.company().name}
    values = {
        profile: shared
        | readers.get(profile, {})
        | own.get(profile, {})
        | {key: str(value) for key, value in contexts[profile].items()}
        for profile in ids
    }
    for source in ports.macros.items():
        if source.key in used and source.values is not None:
            for profile, text in source.values(ids, contexts).items():
                values[profile][source.key] = text
    return values
