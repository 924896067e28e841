"""What every page's frame shows: the menu, the theme, the language. Lazy: a fragment pays for none of it."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language

from prilavok.kernel.actors import STRANGER, Actor
from prilavok.kernel.live import admission
from prilavok.ui import ports
from prilavok.ui.ports import MenuItem, Section
from prilavok.ui.toasts import as_data

THEMES = ("auto", "light", "dark")
COUNTERS_KEPT = 20  # seconds: a menu's figure may lag, a page may not


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu as this actor sees it on this page."""

    label: str
    url: str
    icon: str
    key: str
    count: int | None = None
    current: bool = False
    open: bool = False
    children: tuple["Entry", ...] = ()
    heading: str = ""
    """what stands above it: it is the first of its group"""


def shell(request: HttpRequest) -> dict[str, object]:
    """Context processor."""
    return {"shell": Shell(request)}


class Shell:
    """The frame of one page."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.language = get_language() or "ru"
        self.side = request.headers.get("HX-Target") == "side-body"
        self.fragment = bool(request.headers.get("HX-Request")) and request.headers.get("HX-Boosted") is None

    @cached_property
    def menu(self) -> tuple[Entry, ...]:
        return menu_of(self._request)

    @property
    def name(self) -> str:
        """Who is logged in, as their button says."""
        return str(getattr(self.person, "name", "") or self.person or "")

    @property
    def theme(self) -> str:
        chosen = getattr(self._user, "theme", "") or self._request.COOKIES.get("theme", "auto")
        return chosen if chosen in THEMES else "auto"

    @property
    def _user(self) -> object:
        return getattr(self._request, "user", None)

    @property
    def person(self) -> object | None:
        return self._user if getattr(self._user, "is_authenticated", False) else None

    @property
    def toasts(self) -> list[dict[str, object]]:
        return [as_data(m) for m in get_messages(self._request)]

    @property
    def live(self) -> str:
        """Where this page hears that a part of it has changed; '' where no live process runs."""
        person = self.person
        if not settings.LIVE_URL or person is None:
            return ""
        return f"{settings.LIVE_URL}/live/?{urlencode({'pass': admission(getattr(person, 'pk', 0))})}"

    @property
    def bottom(self) -> tuple[Entry, ...]:
        """The four most used sections of a phone's bar (the fifth opens the menu)."""
        return self.menu[:4]


Item = tuple[MenuItem, str]  # and its address


def menu_of(request: HttpRequest) -> tuple[Entry, ...]:
    """Sections in the order of work, those with at least one page this actor may open."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or actor == STRANGER:
        return ()
    rights = None if actor.everything else actor.permissions
    items = _open_to(rights)
    counts = tuple(_count(item, actor) for item, _url in items)
    return _drawn(rights, get_language() or "ru", _current(request.path, items), counts)


@lru_cache(maxsize=200)
def _open_to(rights: frozenset[str] | None) -> tuple[Item, ...]:
    """Pages that these rights (None: all) open. The slot is filled at start and never after."""
    return tuple(
        (item, url)
        for item in ports.menu.items()
        if (item.permission is None or rights is None or item.permission in rights)
        and (url := _url(item.url_name))
    )


@lru_cache(maxsize=1000)
def _drawn(
    rights: frozenset[str] | None, language: str, here: str, counts: tuple[int | None, ...]
) -> tuple[Entry, ...]:
    """The menu for these rights, in this language, on this page, with these figures: that is all it depends on."""
    counted = [(item, url, count) for (item, url), count in zip(_open_to(rights), counts, strict=True)]
    sections = (_section(section, counted, here) for section in ports.SECTIONS)
    return tuple(entry for entry in sections if entry)


def _place_of_group(one: tuple[MenuItem, str, int | None]) -> int:
    return [*ports.GROUPS, ""].index(one[0].group)


def _headings(groups: list[str]) -> list[str]:
    """Above the first page of each group its name, where there is more than one group."""
    several = len(set(groups)) > 1
    return [
        str(ports.GROUPS.get(group, "")) if several and group not in groups[:place] else ""
        for place, group in enumerate(groups)
    ]


def _section(section: Section, items: list[tuple[MenuItem, str, int | None]], here: str) -> Entry | None:
    own = next((one for one in items if one[0].key == section.key and not one[0].section), None)
    under = sorted((one for one in items if one[0].section == section.key), key=_place_of_group)
    headings = _headings([item.group for item, _url, _count in under])
    children = tuple(
        Entry(str(item.label), url, item.icon, item.key, count, current=item.key == here, heading=heading)
        for (item, url, count), heading in zip(under, headings, strict=True)
    )
    if own is None and not children:
        return None
    url = own[1] if own else children[0].url
    current = own is not None and section.key == here
    opened = section.key == here or any(child.current for child in children)
    count = own[2] if own else sum(child.count or 0 for child in children)
    return Entry(str(section.label), url, section.icon, section.key, count, current, opened, children)


def _current(path: str, items: tuple[Item, ...]) -> str:
    """The item one of whose addresses is the longest beginning of this page's; else the section that begins it."""
    found = [
        (len(url), item.key)
        for item, own in items
        for url in (own, *map(_url, item.also))
        if path == url or (url not in ("", "/") and path.startswith(url))
    ]
    if found:
        return max(found)[1]
    first = path.split("/")[1]
    return first if any(section.key == first for section in ports.SECTIONS) else ""


def _count(item: MenuItem, actor: Actor) -> int | None:
    if item.counter is None:
        return None
    counter = item.counter
    return cache.get_or_set(
        f"ui.menu.{item.key}.{actor.kind}.{actor.id}", lambda: counter(actor) or 0, COUNTERS_KEPT
    )


@lru_cache(maxsize=100)
def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
