"""Every page that an employee can reach: found by following links, one page per view."""

from collections import deque
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Error, Page, expect

LEFT_OUT = ("/api/", "/static/", "/logout", "/m/", "/media/")


def walk(page: Page, *start: str, broken: list[str]) -> Iterator[str]:
    """Opens each page in turn and gives its path; the caller looks at it before the next one is asked for.

    Pages that answer with an error go to `broken`.
    """
    waiting, seen = deque(start or ("/", "/settings/me/")), set[str]()
    while waiting:
        path = waiting.popleft()
        view = view_of(urlsplit(path).path)
        if view is None or view in seen:
            continue
        seen.add(view)
        try:
            response = page.goto(path)
        except Error:  # a file to be saved, not a page
            continue
        if response is None or "text/html" not in response.headers.get("content-type", ""):
            continue
        if response.status >= 400:
            broken.append(f"{path}: {response.status}")
            continue
        page.wait_for_timeout(150)
        expect(page.locator(".htmx-request")).to_have_count(0)
        links = page.eval_on_selector_all(
            "a[href], [hx-get]", "all => all.map(a => a.getAttribute('href') || a.getAttribute('hx-get'))"
        )
        if page.title():  # a fragment is no page: it is looked at where it stands
            yield path
        waiting.extend(inner for link in links if link and (inner := inside(page.url, link)))


def inside(here: str, link: str) -> str:
    """The path of a link that stays here, '' of any other."""
    whole = urlsplit(urljoin(here, link))
    if whole.netloc != urlsplit(here).netloc or whole.path.startswith(LEFT_OUT):
        return ""
    return f"{whole.path}?{whole.query}" if whole.query else whole.path


def view_of(path: str) -> str | None:
    try:
        return resolve(path).view_name
    except Resolver404:
        return None
