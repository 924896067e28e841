"""Forms say what is wrong on leaving a field and keep what was typed."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import AsRole


def test_a_wrong_field_says_so_on_leaving_it(as_role: AsRole) -> None:
    page = as_role("Ada")
    page.goto("/settings/styleguide/")
    field = page.get_by_label("Контрольная группа, %").first
    field.fill("80")
    field.press("Tab")
    expect(page.locator("[data-field=share]").first.locator(".error")).to_have_text(
        "Должно быть не больше 50."
    )
    field.fill("20")
    field.press("Tab")
    expect(page.locator("[data-field=share]").first.locator(".error")).to_have_count(0)


def test_a_long_choice_is_narrowed_by_typing(as_role: AsRole) -> None:
    page = as_role("Ada")
    page.goto("/settings/styleguide/")
    hours = page.locator("[data-field=hours]").first
    find = hours.get_by_label("Найти в списке")
    find.fill("21")
    expect(hours.get_by_role("checkbox")).to_have_count(1)
    hours.get_by_label("21:00").check()
    find.fill("05")
    expect(hours.get_by_role("checkbox")).to_have_count(2)  # what is chosen stays in sight
    find.press("Enter")
    expect(page).to_have_url(re.compile("styleguide/$"))


@pytest.mark.parametrize("secure", [True, False], ids=["https", "http"])
def test_an_address_is_copied_by_a_button(as_role: AsRole, secure: bool) -> None:
    page = as_role("Ada")
    if not secure:  # a browser gives no clipboard to pages that came without https from elsewhere
        page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/settings/styleguide/")
    page.get_by_role("button", name="Скопировать").click()
    expect(page.get_by_text("Скопировано")).to_be_visible()
    pasted = page.get_by_role("textbox", name="Название кампании").first
    pasted.fill("")
    pasted.press("Control+v")
    expect(pasted).to_have_value("https://shop.example/my/Wy1A-7")


def test_the_irrevocable_is_asked_about(as_role: AsRole) -> None:
    page = as_role("Ada")
    page.goto("/settings/styleguide/")
    page.get_by_role("button", name="Другие действия").click()
    page.get_by_role("button", name="Убрать в архив").click()
    expect(page.get_by_role("dialog", name="Убрать в архив 12 кампаний?")).to_be_visible()
    page.get_by_role("button", name="Оставить как есть").click()
    expect(page.locator("#confirm")).to_be_hidden()


def test_the_employee_chooses_language_and_colours(as_role: AsRole) -> None:
    page = as_role("Ada")
    page.goto("/settings/styleguide/")
    page.locator("[popovertarget=who]").click()
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Interface parts")
    page.locator("[popovertarget=who]").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.locator("[popovertarget=who]").click()
    page.get_by_role("button", name="Русский").click()
    expect(page.locator("h1")).to_have_text("Части интерфейса")
