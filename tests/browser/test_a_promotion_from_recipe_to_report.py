"""The way of a promotion, clicked as one: recipe, builder, bench, last year, approval, the till, the report."""

import json
import time
import urllib.request
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from prilavok.company import actions as company
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import Work
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty.models import Backtest
from tests.browser.conftest import AsRole
from tests.browser.small_shop import SmallShop, deliver

NAME = "Молочное на пятую часть"
CONTROL = Decimal("279.00")  # 310 less the tenth that the shop's other promotion takes off
GIVEN = Decimal("223.20")
RIGHTS = ["loyalty.redeem", "orders.record", "customers.identify"]


@pytest.fixture
def marina(as_role: AsRole) -> Page:
    page = as_role("Marina")
    page.set_default_timeout(20_000)
    return page


def test_from_the_menu_to_the_report(marina: Page, as_role: AsRole, shop: SmallShop, site: str) -> None:
    build(marina)
    try_on_the_bench(marina)
    try_on_last_year(marina)
    ask(marina)
    approve(as_role("Olga"))
    sold = sell(site, shop)
    read_the_report(marina, sold)


def build(page: Page) -> None:
    page.goto("/")
    menu = page.get_by_role("navigation", name="Разделы")
    menu.get_by_role("link", name="Лояльность").click()
    menu.get_by_role("link", name="Акции").click()
    page.get_by_role("link", name="Создать акцию").click()
    page.get_by_role("link", name="Процент на категорию").click()
    page.get_by_label("Название").fill(NAME)
    pick(page, "категории", "мол", "Молочное")
    page.get_by_label("Процент", exact=True).fill("20")
    page.get_by_label("Процент клиентов").fill("50")
    expect(page.locator("#summary")).to_contain_text("Скидка 20 % на «Молочное»")
    expect(page.locator("#summary")).to_contain_text("50 % клиентов по жребию не получают")
    expect(page.locator("#consequences")).to_contain_text("Всё сказано")
    page.get_by_role("button", name="Сохранить", exact=True).click()
    expect(page.locator("h1")).to_have_text(NAME)
    expect(page.locator(".sheet-title .state")).to_have_text("Черновик")


def pick(page: Page, field: str, letters: str, name: str) -> None:
    """Search in a picker and take what it offers."""
    page.get_by_role("searchbox", name=field, exact=True).first.fill(letters)
    page.get_by_role("button", name=name).first.click()


def try_on_the_bench(page: Page) -> None:
    tab(page, "Стенд")
    bench = page.locator("#result")
    pick(page, "Добавить товар", "батон", "Батон")
    expect(bench.locator("li", has_text=NAME)).to_contain_text("в чеке нет того, что она меняет")
    page.route("**/promotions/try/change/", slowly)  # the pick alone: what refreshes the answer has ?result
    pick(page, "Добавить товар", "сыр", "Сыр 200 г")
    page.locator("[name='lines.1.price']").fill("310")
    expect(bench.locator("li", has_text=NAME)).to_contain_text("−55,80")
    page.unroute("**/promotions/try/change/")
    pick(page, "Клиент", "петрова", "Петрова")
    expect(page.locator(".chip", has_text="Петрова")).to_be_visible()
    verdict = bench.locator("li", has_text=NAME)
    expect(verdict).to_contain_text("срабатывает")


def slowly(route: Route) -> None:
    """Longer than the bench waits after a field was left, before it asks for itself."""
    time.sleep(0.4)
    route.continue_()


def tab(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    page.wait_for_load_state("networkidle")


def try_on_last_year(page: Page) -> None:
    tab(page, "Прошлый год")
    page.get_by_role("button", name="Проверить на чеках прошлого года").click()
    expect(page.locator("#past")).to_contain_text("считаются")
    asked, work = Backtest.objects.get(), Work.objects.latest("pk")
    loyalty.run_backtest(backtest=asked.pk, work=str(work.public_id))
    expect(page.locator("#past .stats").first).to_contain_text("Затраты")
    expect(page.locator("#past")).to_contain_text("На Ленина")


def ask(page: Page) -> None:
    page.get_by_role("button", name="Отправить на утверждение").click()
    expect(page.locator("main")).to_contain_text("Её утверждает старший смены, администратор или владелец.")


def approve(page: Page) -> None:
    page.goto("/")
    menu = page.get_by_role("navigation", name="Разделы")
    menu.get_by_role("link", name="Лояльность").click()
    menu.get_by_role("link", name="Акции").click()
    page.get_by_role("link", name=NAME).click()
    page.get_by_role("button", name="Утвердить").click()
    expect(page.locator(".sheet-title .state")).to_have_text("Действует")


def sell(site: str, shop: SmallShop) -> list[Decimal]:
    """Thirty people buy cheese for 310 roubles; what each of them paid."""
    token = company.make_token(name="Касса 1", permissions_wanted=RIGHTS, by=SYSTEM, at=clock.now())
    paid = []
    for number in range(30):
        basket = {
            "shop": "lenina",
            "till": "1",
            "identifiers": [{"kind": "card", "value": f"2000{number:06}"}],
            "lines": [{"product": "cheese", "quantity": "1", "price": "310.00"}],
        }
        told = post(f"{site}/api/v1/till/calculate", basket, token)
        asked = {"calculation": told["calculation"], "number": f"сыр-{number}"}
        paid.append(Decimal(post(f"{site}/api/v1/till/commit", asked, token)["total"]))
    deliver()
    return paid


def post(url: str, body: dict[str, Any], token: str) -> Any:
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": str(uuid4()),
    }
    asked = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return json.load(answer)


def read_the_report(page: Page, paid: list[Decimal]) -> None:
    given, control = paid.count(GIVEN), paid.count(CONTROL)
    assert given and control and given + control == 30
    page.reload()
    expect(page.locator(".sheet-title .state")).to_have_text("Действует")
    tab(page, "Как идёт")
    expect(page.locator("#uses tr", has_text="55,80")).to_have_count(given)
    tab(page, "Что принесла")
    effect = page.locator("#effect")
    for arm, people in (("Контроль", control), ("С акцией", given)):
        expect(effect.get_by_role("row").filter(has_text=arm)).to_contain_text(f"{people}")
    expect(effect).to_contain_text("как задумано")
    expect(page.locator("#finding")).to_contain_text("Судить рано")
