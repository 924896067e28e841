"""A passkey is made and used in a real browser, on the browser's own virtual device."""

from typing import Any

from playwright.sync_api import Browser, expect

from tests.browser.conftest import AsRole
from tests.browser.small_shop import SmallShop
from tests.cast import PASSWORD

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_is_made_and_opens_the_second_door(
    as_role: AsRole, site: str, shop: SmallShop, settings: Any, browser: Browser
) -> None:
    settings.PUBLIC_URL = site
    page = as_role("Marina")
    chrome = page.context.new_cdp_session(page)
    chrome.send("WebAuthn.enable")
    chrome.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    page.goto("/settings/security/")
    page.get_by_label("Как назвать").fill("Ноутбук")
    page.locator("form[data-passkey] input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Добавить ключ входа").click()
    expect(page.locator("ol code")).to_have_count(10)

    page.context.clear_cookies()
    page.goto("/login/")
    page.get_by_label("E-mail").fill(shop.employees["Marina"].email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main form .btn-primary").click()
    page.locator("[data-passkey] button").click()
    expect(page).to_have_url(f"{site}/")
