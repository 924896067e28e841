"""Every page that an employee can reach: found by following links, one page per view."""

from collections import deque
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Error, Page

LEFT_OUT = ("/api/", "/static/", "/logout", "/m/", "/media/")


def walk(page: Page, *start: str, broken: list[str]) -> Iterator[str]:
    """Opens each page in turn and gives its path; the caller looks at it before the next one is asked for.

    Pages that answer with an error go to `broken`.
    """
    waiting, seen = deque(start or ("/", "/settings/me/")), set[str]()
    while waiting:
        path = waiting.popleft()
        view = view_of(path)
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
        page.wait_for_function("!document.querySelector('.htmx-request')")
        links = page.eval_on_selector_all(
            "a[href], [hx-get]", "all => all.map(a => a.getAttribute('href') || a.getAttribute('hx-get'))"
        )
        yield path
        waiting.extend(inner for link in links if link and (inner := inside(page.url, link)))


def inside(here: str, link: str) -> str:
    """The path of a link that stays here, '' of any other."""
    whole = urlsplit(urljoin(here, link))
    if whole.netloc != urlsplit(here).netloc or whole.path.startswith(LEFT_OUT):
        return ""
    return whole.path


def view_of(path: str) -> str | None:
    try:
        return resolve(path).view_name
    except Resolver404:
        return None
