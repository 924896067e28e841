"""The way of a new marketer: from the log-in to a sent campaign, by what the pages say and nothing else."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from prilavok.campaigns import actions as campaigns
from prilavok.campaigns.models import Campaign
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.messaging.lanes import Sender
from prilavok.messaging.tests.conftest import Catcher, catcher
from prilavok.segments import actions as segments
from prilavok.segments.models import Segment
from tests.browser import small_shop
from tests.browser.conftest import WIDE
from tests.browser.small_shop import SmallShop

__all__ = ["catcher"]
NAME = "Мясо дважды"


@pytest.fixture
def page(db: None, browser: Browser, site: str) -> Iterator[Page]:
    context = browser.new_context(base_url=site, viewport=WIDE, locale="ru", reduced_motion="reduce")
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    yield opened
    context.close()


def test_from_the_log_in_to_a_sent_campaign(page: Page, shop: SmallShop, catcher: Catcher) -> None:
    log_in(page)
    build_a_segment(page)
    write_to_it(page)
    work_in_the_background()

    page.reload()
    expect(page.locator(".sheet-title .state")).to_have_text("Отправлена")
    expect(page.locator(".stats").first).to_contain_text("Доставлено")
    assert catcher.counts()["letters"] > 0


def log_in(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Эл. почта").fill("marina@prilavok.test")
    page.get_by_label("Пароль").fill(small_shop.PASSWORD)
    page.get_by_role("button", name="Войти").click()
    expect(page.locator("h1")).to_have_text("Сегодня")


def build_a_segment(page: Page) -> None:
    menu = page.get_by_role("navigation", name="Разделы")
    menu.get_by_role("link", name="Сегменты").click()
    page.get_by_role("link", name="Создать сегмент").first.click()
    page.get_by_label("Название").first.fill(NAME)
    add(page, "купили")
    with page.expect_response("**/segments/**"):
        page.get_by_label("категория").select_option(label="Мясо")
    page.wait_for_load_state("networkidle")
    page.get_by_label("Значение").fill("2")
    add(page, "Доступен по эл. почте")
    expect(page.locator("#segment-count")).to_be_visible()
    page.get_by_role("button", name="Сохранить сегмент").click()
    expect(page.locator("h1")).to_have_text(NAME)
    segment = Segment.objects.get(name=NAME)
    segments.refresh(segment_id=segment.pk, by=SYSTEM, at=clock.now())


def add(page: Page, words: str) -> None:
    """Choose the first condition whose name has these words."""
    select = page.locator(".segment-top > .segment-adding > .segment-add")
    value = select.locator("option", has_text=words).first.get_attribute("value")
    with page.expect_response("**/segments/**"):
        select.select_option(value)
    page.wait_for_load_state("networkidle")


def write_to_it(page: Page) -> None:
    page.get_by_role("link", name="Написать этим клиентам").click()
    page.get_by_role("button", name="Дальше: письмо").click()
    page.get_by_role("button", name="Взять готовое письмо с купоном").click()
    page.get_by_role("radio", name="10 % на мясо").check()
    page.get_by_role("button", name="Дальше: запуск").click()
    page.get_by_role("button", name="Запустить кампанию").click()
    expect(page.locator("h1")).to_contain_text(NAME)


def work_in_the_background() -> None:
    """What worker and sender do in their own time."""
    campaign = Campaign.objects.get(name__startswith=NAME)
    campaigns.prepare(campaign_id=campaign.pk)
    sender = Sender()
    try:
        for _ in range(50):
            sender.work_off()
            journal.deliver()
            campaign.refresh_from_db()
            if campaign.state == Campaign.State.SENT:
                break
            time.sleep(0.2)
    finally:
        sender.presence.drop()
