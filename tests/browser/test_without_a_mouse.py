"""The marketer's whole way by keys alone: the log-in, a segment, a campaign, its launch."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from prilavok.campaigns.models import Campaign
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.segments import actions as segments
from prilavok.segments.models import Segment
from tests.browser import small_shop
from tests.browser.conftest import WIDE
from tests.browser.small_shop import SmallShop

NAME = "Мясо без мыши"
FAR = 80  # presses of Tab that nobody should need


class Keys:
    """Hands on the keyboard of one page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def say(self, text: str) -> None:
        self.page.keyboard.type(text)

    def reach(self, target: Locator) -> None:
        """Tab until the target has the focus."""
        expect(target).to_have_count(1)
        for _ in range(FAR):
            if target.evaluate("one => one === document.activeElement"):
                return
            self.press("Tab")
        pytest.fail(f"Tab does not reach {target}")

    def open(self, words: str, heading: str) -> None:
        """Ctrl-K, some letters, Enter."""
        self.press("Control+k")
        expect(self.page.locator("#palette input")).to_be_focused()
        with self.page.expect_response("**/ui/find/?q=" + "*"):
            self.say(words)
        expect(self.page.locator("#found [aria-selected=true]")).to_contain_text(heading)
        self.press("Enter")
        expect(self.page.locator("#palette")).to_be_hidden()

    def add(self, words: str) -> None:
        """A condition from the list that a letter opens (an open list is the browser's own, beyond a test)."""
        chooser = self.page.locator(".segment-top > .segment-adding > .segment-add")
        self.reach(chooser)
        rows = self.page.locator(".segment-row").count()
        self.press("a")
        expect(self.page.locator(".segment-row")).to_have_count(rows)
        with self.page.expect_response("**/segments/editor/change/"):
            chooser.select_option(label=words)
        self.page.wait_for_load_state("networkidle")


@pytest.fixture
def keys(db: None, browser: Browser, site: str) -> Keys:
    context = browser.new_context(base_url=site, viewport=WIDE, locale="ru", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    return Keys(page)


def test_from_the_log_in_to_the_launch_without_a_mouse(keys: Keys, shop: SmallShop) -> None:
    log_in(keys)
    build_a_segment(keys)
    write_to_it(keys)
    assert Campaign.objects.get(name__startswith=NAME).state != Campaign.State.DRAFT


def log_in(keys: Keys) -> None:
    keys.page.goto("/")
    expect(keys.page.get_by_label("Эл. почта")).to_be_focused()
    keys.say("marina@prilavok.test")
    keys.press("Tab")
    keys.say(small_shop.PASSWORD)
    keys.press("Enter")
    expect(keys.page.locator("h1")).to_have_text("Сегодня")


def build_a_segment(keys: Keys) -> None:
    page = keys.page
    keys.open("созд сег", "Создать сегмент")
    expect(page.get_by_label("Название")).to_be_focused()
    keys.say(NAME)
    keys.add("купили")
    expect(page.locator("#row-c_0")).to_be_visible()
    keys.reach(page.locator("[name='c_0.value']"))
    keys.press("Control+a")
    keys.say("2")
    keys.add("Доступен по эл. почте с согласием")
    expect(page.locator("#summary")).to_contain_text("не менее 2 раз")
    expect(page.locator("#summary")).to_contain_text("доступен по эл. почте")
    keys.reach(page.get_by_role("button", name="Сохранить сегмент"))
    keys.press("Enter")
    expect(page.locator("h1")).to_contain_text(NAME)
    segments.refresh(segment_id=Segment.objects.get(name=NAME).pk, by=SYSTEM, at=clock.now())


def write_to_it(keys: Keys) -> None:
    page = keys.page
    keys.reach(page.get_by_role("link", name="Написать этим клиентам"))
    keys.press("Enter")
    keys.reach(page.get_by_role("button", name="Дальше: письмо"))
    keys.press("Enter")
    keys.reach(page.get_by_role("button", name="Взять готовое письмо с купоном"))
    keys.press("Enter")
    expect(page.get_by_label("10 % на мясо")).to_be_visible()
    keys.reach(page.get_by_label("Без купона"))
    keys.press("ArrowDown")
    expect(page.get_by_label("10 % на мясо")).to_be_checked()
    keys.reach(page.get_by_role("button", name="Дальше: запуск"))
    keys.press("Enter")
    keys.reach(page.get_by_role("button", name="Запустить кампанию"))
    keys.press("Enter")
    expect(page.locator("h1")).to_contain_text(NAME)
    expect(page.locator("#progress")).to_be_visible()
