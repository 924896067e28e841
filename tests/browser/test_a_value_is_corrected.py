"""Oleg corrects values where they stand on the card, with the keyboard alone and with the mouse."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from prilavok.customers.models import Profile
from tests.browser.conftest import AsRole
from tests.browser.small_shop import SmallShop


@pytest.fixture
def card(as_role: AsRole, shop: SmallShop) -> Iterator[Page]:
    profile = Profile.objects.get(pk=shop.profile_ids[0])
    page = as_role("Oleg")
    page.goto(f"/customers/{profile.public_id}/")
    yield page


def value(page: Page, key: str) -> str:
    return page.locator(f"dd[data-value={key}]").inner_text()


def renamed(page: Page, family: str) -> None:
    """By the keyboard alone; the name is chosen whole, so that what is typed stands in its place."""
    page.keyboard.press("e")
    expect(page.locator("form[data-in-place=name]").get_by_label("Фамилия")).to_be_focused()
    page.keyboard.type(family)
    page.keyboard.press("Enter")
    expect(page.locator("dd[data-value=name]")).to_contain_text(family)


def test_e_opens_the_first_value_enter_keeps_it_and_the_toast_takes_it_back(card: Page) -> None:
    renamed(card, "Ковалёва")
    expect(card.locator("dd[data-value=name] a.in-place")).to_be_focused()
    expect(card.locator("#card-initials")).to_have_text("АК")
    card.reload()
    assert "Ковалёва" in value(card, "name")

    renamed(card, "Орлова")
    card.get_by_role("button", name="Отменить").click()
    expect(card.locator("dd[data-value=name]")).to_contain_text("Ковалёва")


def test_escape_leaves_the_value_as_it_is(card: Page) -> None:
    before = value(card, "name")
    card.keyboard.press("e")
    expect(card.locator("form[data-in-place=name]").get_by_label("Фамилия")).to_be_focused()
    card.keyboard.type("Сидорова")
    card.keyboard.press("Escape")
    expect(card.locator("dd[data-value=name]")).to_have_text(before.strip())
    card.reload()
    assert value(card, "name") == before


def test_what_cannot_be_so_is_said_where_it_stands_and_keeps_what_was_typed(card: Page) -> None:
    card.locator("dd[data-value=birth_date]").click()
    field = card.locator("form[data-in-place=birth_date] input[name=birth_date]")
    expect(field).to_be_focused()
    field.fill("1800-01-01")
    card.keyboard.press("Enter")
    bad = card.locator("form[data-in-place=birth_date] .field-bad")
    expect(bad).to_be_visible()
    expect(bad.locator("input")).to_have_value("1800-01-01")
    field.fill("1990-05-17")
    card.keyboard.press("Enter")
    expect(card.locator("dd[data-value=birth_date]")).to_contain_text("17")
