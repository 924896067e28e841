"""Open pages hear of what changes elsewhere: the server's notes come through the live process, nobody reloads."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Page, expect

from prilavok.cli.processes import granian
from prilavok.kernel import jobs, live
from prilavok.kernel.models import Work
from tests.browser.small_shop import SmallShop
from tests.cast import actor

AsRole = Callable[..., Page]
SLOW = 120_000  # ms: a busy machine opens a page late
SOON = 45_000  # ms: sooner than the bell would look by itself


@pytest.fixture(scope="module", autouse=True)
def live_process(site: str) -> Iterator[None]:
    """The live process beside the application, on the same database."""
    port = free_port()
    own = {"DATABASE_URL": database_url(), "SECRET_KEY": settings.SECRET_KEY, "PRILAVOK_PUBLIC_URL": site}
    process = subprocess.Popen(
        granian(
            "asgi", "prilavok.config.live:application", host="127.0.0.1", port=port, workers=1, threads=1
        ),
        env=os.environ | own,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    before = settings.LIVE_URL, settings.CONTENT_SECURITY_POLICY
    try:
        wait_for(port, process)
        settings.LIVE_URL = f"http://127.0.0.1:{port}"
        rules: dict[str, Any] = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        settings.CONTENT_SECURITY_POLICY = {
            "DIRECTIVES": rules | {"connect-src": [*rules["connect-src"], settings.LIVE_URL]}
        }
        yield
    finally:
        settings.LIVE_URL, settings.CONTENT_SECURITY_POLICY = before
        process.terminate()
        process.wait(20)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def database_url() -> str:
    of: dict[str, Any] = connection.settings_dict
    who = f"{quote(of['USER'])}:{quote(of['PASSWORD'])}"
    return f"postgresql://{who}@/{quote(of['NAME'])}?host={of['HOST']}&port={of['PORT']}"


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, process.stdout and process.stdout.read().decode()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/live/")
        except urllib.error.HTTPError:
            return  # it answers: without its pass nobody is let in
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the live process does not answer")


def opened(page: Page, path: str) -> Page:
    """The page, listening: its bell has been looked at once, its stream is open and carries notes."""
    page.goto(path)
    page.wait_for_selector("#bell-list > *", state="attached", timeout=SLOW)
    page.wait_for_selector("body[data-listening]", timeout=SLOW)
    page.evaluate("document.body.addEventListener('live', () => (document.body.dataset.heard = 'yes'), true)")
    for _ in range(SLOW // 200):  # the process begins to listen to the database a moment after the page does
        for key in {part.get_attribute("data-live") for part in page.locator("[data-live]").all()}:
            live.tell(key or "", final=True)
        if page.locator("body[data-heard]").count():
            return page
        page.wait_for_timeout(200)
    raise AssertionError("the page hears nothing")


def test_the_bell_tells_of_work_that_begins_and_ends_while_the_page_stays_open(
    as_role: AsRole, shop: SmallShop
) -> None:
    page = opened(as_role("Olga"), "/catalog/")
    work: Work = jobs.start(title="shops.csv", by=actor(shop.employees["Olga"]), total=2)
    expect(page.locator(".bell-dot")).to_be_visible(timeout=SOON)
    jobs.finish(work)
    expect(page.locator(".toasts")).to_contain_text("shops.csv", timeout=SOON)
    expect(page.locator(".bell-dot")).to_be_hidden(timeout=SOON)


def test_nobody_hears_of_a_colleagues_work(as_role: AsRole, shop: SmallShop) -> None:
    page = opened(as_role("Marina"), "/catalog/")
    jobs.finish(jobs.start(title="secret.csv", by=actor(shop.employees["Olga"])))
    mine = jobs.start(title="mine.csv", by=actor(shop.employees["Marina"]))
    expect(page.locator(".bell-dot")).to_be_visible(timeout=SOON)
    jobs.finish(mine)
    expect(page.locator(".toasts")).to_contain_text("mine.csv", timeout=SOON)
    expect(page.locator(".toasts")).not_to_contain_text("secret.csv")


def test_what_happens_in_the_shops_is_counted_anew_on_the_open_first_page(as_role: AsRole) -> None:
    page = opened(as_role("Olga"), "/")
    with page.expect_response("**/today/", timeout=SOON):
        live.tell("receipts", final=True)
