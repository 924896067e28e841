"""Places of the page's frame that other domains fill, and the two answers the frame needs from above."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.actors import Actor
from prilavok.kernel.ports import Port
from prilavok.kernel.slots import Slot

Text = str | Promise


@dataclass(frozen=True)
class Section:
    """One entry of the left menu; the order of SECTIONS is the order on the page."""

    key: str
    label: Text
    icon: str


SECTIONS = (
    Section("today", _("Today"), "sun"),
    Section("customers", _("Customers"), "users"),
    Section("segments", _("Segments"), "chart-bubble"),
    Section("campaigns", _("Campaigns"), "speakerphone"),
    Section("loyalty", _("Loyalty"), "ticket"),
    Section("orders", _("Orders"), "receipt"),
    Section("cases", _("Cases"), "messages"),
    Section("deals", _("Deals"), "briefcase"),
    Section("partners", _("Partners"), "building-store"),
    Section("site", _("Site"), "world"),
    Section("analytics", _("Analytics"), "chart-line"),
    Section("settings", _("Settings"), "settings"),
)

GROUPS: Mapping[str, Text] = {
    "company": _("Company"),
    "customers": _("About customers"),
    "data": _("Data"),
    "system": _("System"),
}
"""Headings among the pages of a section that has many of them, in their order."""


@dataclass(frozen=True)
class MenuItem:
    """A page in the left menu.

    Its `key` is a section's key, or `section` names the section it stands under and `group` its heading there.
    `counter` returns how many things wait there for this actor (None or 0: nothing is shown).
    `also`: pages beside it, at addresses of their own, on which it is the current one too.
    """

    key: str
    label: Text
    url_name: str
    icon: str = ""
    permission: str | None = None
    counter: Callable[[Actor], int | None] | None = None
    section: str = ""
    group: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hit:
    """One line found by the palette."""

    title: str
    subtitle: str
    url: str
    icon: str = "arrow-right"
    post: Mapping[str, str] | None = None
    """what is sent there, if it is to be done and not to be opened"""


@dataclass(frozen=True)
class Command:
    """Something that can be done from anywhere: Ctrl-K offers it by the words of its button."""

    label: Text
    url_name: str
    permission: str
    icon: str = "plus"


@dataclass(frozen=True)
class PaletteSource:
    """What Ctrl-K searches: at most a handful of hits, best first, only what the actor may see."""

    search: Callable[[Actor, str], list[Hit]]
    label: Text = ""


@dataclass(frozen=True)
class Appearance:
    """What an employee chose for their own pages; an empty string leaves the choice as it was."""

    language: str = ""
    theme: str = ""


menu: Slot[MenuItem] = Slot("ui.menu")
commands: Slot[Command] = Slot("ui.commands")
palette: Slot[PaletteSource] = Slot("ui.palette")
currency: Port[Callable[[], str]] = Port("ui.currency")
remember_appearance: Port[Callable[[int, Appearance], None]] = Port("ui.remember_appearance")
