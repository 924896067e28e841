"""axe finds no A or AA violation on any page that an owner, a marketer or an administrator reaches."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import AsRole
from tests.browser.pages import walk

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{v['id']}: {v['help']}: " + " | ".join(where(node) for node in v["nodes"][:4]) for v in found]


def where(node: dict[str, Any]) -> str:
    return f"{node['target']} {node['failureSummary'].splitlines()[-1].strip()}"


@pytest.mark.timeout(1200)  # every page, one after another
@pytest.mark.parametrize(
    "name, phone, dark", [("Olga", False, False), ("Marina", False, True), ("Ada", True, False)]
)
def test_pages_of(as_role: AsRole, name: str, phone: bool, dark: bool) -> None:
    page = as_role(name, phone=phone, dark=dark)
    broken: list[str] = []
    bad: dict[str, list[str]] = {}
    for path in walk(page, broken=broken):
        if found := violations(page):
            bad[path] = found
    assert not bad, "\n".join(f"{path}\n  " + "\n  ".join(found) for path, found in bad.items())
    assert not broken, broken


def test_the_log_in_page(db: None, browser: Browser, site: str) -> None:
    page = browser.new_page(base_url=site)
    page.goto("/login/")
    assert not violations(page)
