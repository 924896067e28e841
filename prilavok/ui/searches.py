"""What Ctrl-K finds: pages and deeds by name, then what the domains know."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from prilavok.kernel.actors import Actor
from prilavok.ui import ports
from prilavok.ui.ports import Hit

PAGES_SHOWN = 6


@dataclass(frozen=True)
class Group:
    label: str
    hits: list[Hit]


def find(by: Actor, text: str) -> list[Group]:
    """Groups of hits, pages first, then what can be done; empty groups are left out."""
    text = text.strip()
    groups = [Group(_("Pages"), _pages(by, text)), Group(_("Do"), _commands(by, text))]
    if text:
        groups += [Group(str(source.label), source.search(by, text)) for source in ports.palette.items()]
    return [group for group in groups if group.hits]


def _pages(by: Actor, text: str) -> list[Hit]:
    labels = {section.key: section for section in ports.SECTIONS}
    hits = []
    for item in ports.menu.items():
        section = labels.get(item.section or item.key)
        if (item.permission is None or by.may(item.permission)) and text.casefold() in str(
            item.label
        ).casefold():
            try:
                url = reverse(item.url_name)
            except NoReverseMatch:
                continue
            under = str(section.label) if section and item.section else ""
            hits.append(
                Hit(str(item.label), under, url, item.icon or (section.icon if section else "arrow-right"))
            )
    return hits[:PAGES_SHOWN] if text else hits


def _commands(by: Actor, text: str) -> list[Hit]:
    """Deeds whose words begin with the typed ones: «соз сег» finds «Создать сегмент»."""
    typed = text.casefold().split()
    return [
        Hit(str(one.label), "", reverse(one.url_name), one.icon)
        for one in ports.commands.items()
        if by.may(one.permission)
        and all(any(word.startswith(part) for word in str(one.label).casefold().split()) for part in typed)
    ]
