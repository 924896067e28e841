"""A real browser over the real application: Debian's Chromium, a shop in PostgreSQL and facts, log-in as a role.

def test_a_list_opens(as_role): page = as_role("Olga"); page.goto("/customers/")
"""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.browser import small_shop
from tests.browser.small_shop import SmallShop
from tests.cast import forget

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps a loop of its own in this thread

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}

AsRole = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


def chromium_path() -> str | None:
    return os.environ.get("PRILAVOK_CHROMIUM") or next((p for n in CHROMIUM if (p := shutil.which(n))), None)


@pytest.fixture(scope="session")
def browser(django_db_setup: None) -> Iterator[Browser]:
    found = chromium_path()
    if not found:
        pytest.fail("There is no Chromium. Run: sudo apt-get install -y chromium (or BROWSER=0 make test)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def shop(standing_facts: None) -> SmallShop:
    """A small shop that lives as long as the file's tests."""
    forget()
    made = small_shop.make()
    small_shop.deliver()
    small_shop.prove(made)
    small_shop.act(made)
    small_shop.deliver()
    return made


@pytest.fixture(scope="module")
def site(shop: SmallShop) -> Iterator[str]:
    """The address of the running application."""
    server = LiveServer("localhost")
    yield server.url
    server.stop()


@pytest.fixture
def db(shop: SmallShop) -> None:
    """Instead of pytest-django's: these tests share one shop, nothing is rolled back between them."""


@pytest.fixture
def as_role(db: None, browser: Browser, site: str, shop: SmallShop) -> Iterator[AsRole]:
    """Opens a page with one of the cast at the keyboard; fails the test when a script of the page fails."""
    contexts: list[BrowserContext] = []
    broken: list[str] = []

    def opened(name: str, *, phone: bool = False, dark: bool = False) -> Page:
        context = browser.new_context(
            base_url=site,
            viewport=PHONE if phone else WIDE,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        context.add_cookies([cast(Any, session_of(shop.employees[name]) | {"url": site})])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: broken.append(f"{page.url}: {error}"))
        page.on(
            "console", lambda said: broken.append(f"{page.url}: {said.text}") if refused(said.text) else None
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not broken, broken


def session_of(employee: object) -> dict[str, str]:
    """The cookie of a new log-in."""
    from django.test import Client

    client = Client()
    client.force_login(employee, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return {"name": "sessionid", "value": client.cookies["sessionid"].value}


def refused(said: str) -> bool:
    """Whether the console tells of something that the content policy refused."""
    return "Content Security Policy" in said
