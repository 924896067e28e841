"""What every page's frame shows: the menu, the theme, the language. Lazy: a fragment pays for none of it."""

from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from prilavok.kernel.actors import STRANGER, Actor
from prilavok.kernel.live import admission
from prilavok.ui import ports
from prilavok.ui.ports import MenuItem, Section
from prilavok.ui.said import words
from prilavok.ui.toasts import as_data

THEMES = ("auto", "light", "dark")
COUNTERS_KEPT = 20  # seconds: a menu's figure may lag, a page may not


@dataclass
class Entry:
    """A line of the menu as this actor sees it on this page."""

    label: ports.Text
    url: str
    icon: str
    key: str
    count: int | None = None
    current: bool = False
    open: bool = False
    children: list["Entry"] = field(default_factory=list)


def shell(request: HttpRequest) -> dict[str, object]:
    """Context processor."""
    return {"shell": Shell(request)}


class Shell:
    """The frame of one page."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.menu = SimpleLazyObject(lambda: menu_of(request))
        self.language = get_language() or "ru"
        self.side = request.headers.get("HX-Target") == "side-body"
        self.fragment = bool(request.headers.get("HX-Request")) and request.headers.get("HX-Boosted") is None

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
    def words(self) -> dict[str, str]:
        return words()

    @property
    def bottom(self) -> list[Entry]:
        """The four most used sections of a phone's bar (the fifth opens the menu)."""
        return list(self.menu)[:4]


def menu_of(request: HttpRequest) -> list[Entry]:
    """Sections in the order of work, those with at least one page this actor may open."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or actor == STRANGER:
        return []
    items = [(item, url) for item in ports.menu.items() if _may(actor, item) and (url := _url(item.url_name))]
    here = _current(request.path, items)
    sections = (_section(section, items, here, actor) for section in ports.SECTIONS)
    return [entry for entry in sections if entry]


def _section(section: Section, items: list[tuple[MenuItem, str]], here: str, actor: Actor) -> Entry | None:
    own = next(((i, url) for i, url in items if i.key == section.key and not i.section), None)
    children = [
        Entry(item.label, url, item.icon, item.key, _count(item, actor), current=item.key == here)
        for item, url in items
        if item.section == section.key
    ]
    if own is None and not children:
        return None
    url = own[1] if own else children[0].url
    current = bool(own) and section.key == here
    opened = current or any(child.current for child in children)
    counted = _count(own[0], actor) if own else sum(child.count or 0 for child in children)
    return Entry(section.label, url, section.icon, section.key, counted, current, opened, children)


def _current(path: str, items: list[tuple[MenuItem, str]]) -> str:
    """The item whose address is the longest beginning of this page's address."""
    found = [
        (len(url), item.key) for item, url in items if path == url or (url != "/" and path.startswith(url))
    ]
    return max(found)[1] if found else ""


def _count(item: MenuItem, actor: Actor) -> int | None:
    if item.counter is None:
        return None
    counter = item.counter
    return cache.get_or_set(
        f"ui.menu.{item.key}.{actor.kind}.{actor.id}", lambda: counter(actor) or 0, COUNTERS_KEPT
    )


def _may(actor: Actor, item: MenuItem) -> bool:
    return item.permission is None or actor.may(item.permission)


@lru_cache(maxsize=100)
def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
