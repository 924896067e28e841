"""A marketer makes a promotion from a recipe, tries it on a basket and sends it for approval."""

from playwright.sync_api import expect

from prilavok.loyalty.models import Promotion
from tests.browser.conftest import AsRole


def test_from_a_recipe_to_approval(as_role: AsRole) -> None:
    page = as_role("Marina")
    page.goto("/loyalty/promotions/new/")
    page.get_by_role("link", name="Процент на категорию").click()
    page.get_by_role("searchbox", name="категории").first.fill("мяс")
    page.get_by_role("button", name="Мясо").click()
    expect(page.locator("#summary")).to_contain_text("Скидка 10 % на «Мясо»")
    page.locator("[name='give.0.percent']").fill("25")
    expect(page.locator("#summary")).to_contain_text("Скидка 25 % на «Мясо»")
    page.locator("[name='name']").fill("")
    expect(page.locator("#consequences")).to_contain_text("Заполните")
    page.locator("[name='name']").fill("Мясо на четверть")
    page.get_by_role("button", name="Сохранить и отправить на утверждение").click()
    expect(page.get_by_role("heading", name="Мясо на четверть")).to_be_visible()
    assert Promotion.objects.get(name="Мясо на четверть").state == "waiting"

    page.get_by_role("link", name="Стенд").click()
    page.get_by_role("searchbox", name="Добавить товар").fill("мол")
    page.locator(".picker-offer").first.click()
    expect(page.locator("#result")).to_contain_text("Почему")
    page.locator("[name='lines.0.price']").fill("200")
    expect(page.locator("#result")).to_contain_text("200,00")
