"""A marketer builds a segment with the mouse, watches the count, and saves it as one kind and as the other."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from prilavok.segments.models import Segment
from tests.browser.conftest import AsRole

ENOUGH = 10  # clicks and fields typed in: well under two minutes


# How long an average person takes, in seconds: the keystroke-level model (S. Card, T. Moran, A. Newell, The
# keystroke-level model for user performance time with interactive systems, CACM 23 (1980), p. 396-410).
THINK, POINT, PRESS, KEY, TO_KEYS = 1.35, 1.1, 0.2, 0.28, 0.4
TWO_MINUTES = 120


class Hand:
    """Does what a person would do, counts it and reckons how long a person takes for it."""

    def __init__(self, page: Page) -> None:
        self.page, self.acted, self.seconds = page, 0, 0.0

    def click(self, what: Locator) -> None:
        what.click()
        self._took(THINK + POINT + PRESS)

    def type(self, where: Locator, text: str) -> None:
        where.fill(text)
        self._took(THINK + POINT + PRESS + TO_KEYS + KEY * len(text))

    def choose(self, where: Locator, words: str) -> None:
        where.select_option(label=words)
        self._took(2 * (THINK + POINT + PRESS))  # open the list, read it, take one

    def _took(self, seconds: float) -> None:
        self.acted += 1
        self.seconds += seconds


@pytest.fixture
def hand(as_role: AsRole) -> Iterator[Hand]:
    page = as_role("Marina")
    page.goto("/segments/")
    yield Hand(page)


def meat_twice_quiet_reachable(hand: Hand) -> int:
    """The conditions of the example, from the list of segments on; the live count at the end."""
    page = hand.page
    hand.click(page.get_by_role("link", name="Создать сегмент").first)
    add = page.get_by_label("Добавить условие")
    hand.choose(add, "купили")
    hand.type(page.locator("[name='c_0.value']"), "2")
    hand.choose(page.locator("#row-c_0").get_by_label("категория"), "Мясо")
    hand.choose(add, "не покупали")
    hand.choose(add, "Доступен по эл. почте с согласием")
    expect(page.locator("#summary")).to_contain_text("не менее 2 раз")
    expect(page.locator("#summary")).to_contain_text("не покупали за последние 60 дней")
    expect(page.locator("#summary")).to_contain_text("доступен по эл. почте с согласием")
    return count(page)


def count(page: Page) -> int:
    """The live count, once it has come to rest."""
    expect(page.locator(".htmx-request")).to_have_count(0)
    return int(page.locator("#segment-count .stat-value").inner_text())


def test_the_example_is_built_and_saved_as_dynamic(hand: Hand) -> None:
    people = meat_twice_quiet_reachable(hand)
    expect(hand.page.locator("#consequences")).to_contain_text("Кто они")
    hand.type(hand.page.get_by_label("Название"), "Мясо дважды, молчат")
    hand.click(hand.page.get_by_role("button", name="Сохранить сегмент"))

    expect(hand.page.locator("h1")).to_contain_text("Мясо дважды, молчат")
    made = Segment.objects.get(name="Мясо дважды, молчат")
    assert (made.kind, made.size) == ("dynamic", people)
    assert hand.acted <= ENOUGH


def test_the_same_is_saved_as_static(hand: Hand) -> None:
    people = meat_twice_quiet_reachable(hand)
    hand.click(hand.page.get_by_label("статический: состав отбирается один раз"))
    hand.type(hand.page.get_by_label("Название"), "Мясо дважды, список")
    hand.click(hand.page.get_by_role("button", name="Сохранить сегмент"))

    expect(hand.page.locator("h1")).to_contain_text("Мясо дважды, список")
    made = Segment.objects.get(name="Мясо дважды, список")
    assert (made.kind, made.size) == ("static", people)
    assert hand.acted <= ENOUGH


def test_orders_contacts_responses_interests_and_goods_make_a_filter_within_two_minutes(hand: Hand) -> None:
    """The whole path from the list of segments to the saved one: what a person takes, and what the machine does."""
    page, begun = hand.page, time.monotonic()
    hand.click(page.get_by_role("link", name="Создать сегмент").first)
    add, find = page.get_by_label("Добавить условие"), page.get_by_label("Найти условие").first
    hand.choose(add, "купили")  # history of orders: of one kind of goods, twice within a year
    hand.type(page.locator("[name='c_0.value']"), "2")
    hand.choose(page.locator("#row-c_0").get_by_label("категория"), "Мясо")
    hand.choose(page.locator("#row-c_0").get_by_label("Когда"), "за последние … дней")
    hand.type(page.locator("[name='c_0.days']"), "365")
    hand.type(find, "доля")  # interests: what part of their purchases this kind is
    hand.click(page.get_by_role("button", name="доля выбранного в сумме покупок"))
    hand.type(page.locator("[name='c_1.value']"), "20")
    hand.choose(page.locator("#row-c_1").get_by_label("категория"), "Мясо")
    hand.choose(add, "не получали писем")  # date of contact
    hand.type(page.locator("[name='c_2.days']"), "7")
    hand.choose(add, "не отписывались в письме")  # response
    hand.choose(add, "Доступен по эл. почте с согласием")
    count(page)
    hand.type(page.get_by_label("Название"), "Мясо: вернуть")
    hand.click(page.get_by_role("button", name="Сохранить сегмент"))

    expect(page.locator("h1")).to_contain_text("Мясо: вернуть")
    tree = Segment.objects.get(name="Мясо: вернуть").current.tree  # type: ignore[union-attr]
    assert [one.get("fact") or one["trait"] for one in tree["all"]] == [
        "purchases", "purchases", "letters", "unsubscribings", "email_ok"
    ]  # fmt: skip
    assert hand.seconds + time.monotonic() - begun < TWO_MINUTES


def test_conditions_are_found_and_added_by_keys_page_after_page(hand: Hand) -> None:
    page = hand.page
    page.goto("/segments/new/")
    find = page.get_by_label("Найти условие").first
    find.focus()
    page.keyboard.type("средний")
    expect(page.locator(".picker-found button").first).to_contain_text("средний чек")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#row-c_0")).to_contain_text("средний чек")
    expect(find).to_be_focused()

    page.keyboard.type("а")
    expect(page.locator(".picker-found button")).to_have_count(20)
    for _ in range(20):
        page.keyboard.press("ArrowDown")
    expect(page.locator(".picker-found button")).not_to_have_count(20)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".picker-found button").nth(20)).to_be_focused()


def test_a_condition_taken_away_is_put_back_from_the_keyboard(hand: Hand) -> None:
    meat_twice_quiet_reachable(hand)
    page = hand.page
    before = count(page)
    page.locator("#row-c_1").get_by_role("button", name="Убрать условие").click()
    expect(page.locator(".segment-undo")).to_contain_text("не покупали за последние 60 дней")
    expect(page.get_by_role("button", name="Вернуть на место")).to_be_focused()
    assert count(page) >= before
    page.keyboard.press("Enter")

    expect(page.locator("#row-c_2")).to_be_visible()
    expect(page.locator("#summary")).to_contain_text("не покупали за последние 60 дней")
    assert count(page) == before


def test_who_saves_while_a_row_is_being_drawn_saves_the_row_as_well(hand: Hand) -> None:
    page = hand.page
    page.goto("/segments/new/")
    hand.type(page.get_by_label("Название"), "Сохранён сразу")
    choice = page.locator(".segment-top > .segment-adding > .segment-add")
    wanted = choice.locator("option", has_text="Доступен по эл. почте с согласием").get_attribute("value")
    choice.evaluate(  # in one breath: the row is asked for, and before any answer the form is sent, twice
        """(choice, wanted) => {
            choice.value = wanted;
            choice.dispatchEvent(new Event("change", {bubbles: true}));
            document.querySelector("button[form=editor]").click();
            document.querySelector("button[form=editor]").click();
        }""",
        wanted,
    )
    expect(page.locator("h1")).to_contain_text("Сохранён сразу")
    made = Segment.objects.get(name="Сохранён сразу")
    assert made.current and made.current.tree == {"all": [{"trait": "email_ok", "is": True}]}


def test_a_late_count_does_not_free_rows_that_are_being_drawn(hand: Hand) -> None:
    page, asked = hand.page, dict[str, Route]()
    page.goto("/segments/new/?add=trait:age")
    expect(page.locator("#consequences")).to_contain_text("Ещё не посчитано")
    page.route(
        "**/segments/editor/*/", lambda route: asked.setdefault(route.request.url.split("/")[-2], route)
    )

    page.locator("[name='c_0.value']").fill("18")
    wait_for(page, lambda: "count" in asked)
    page.get_by_label("Добавить условие").select_option(label="не покупали")
    wait_for(page, lambda: "change" in asked)
    asked["count"].continue_()
    expect(page.locator("#segment-count")).to_be_visible()
    expect(page.get_by_label("Добавить условие")).to_be_disabled()

    asked["change"].continue_()
    page.unroute_all()
    expect(page.locator("#row-c_1")).to_be_visible()
    expect(page.get_by_label("Добавить условие")).to_be_enabled()


def test_a_newer_count_calls_the_older_one_off(hand: Hand) -> None:
    page, asked, off = hand.page, list[Route](), list[str]()
    page.goto("/segments/new/?add=trait:age")
    expect(page.locator("#consequences")).to_contain_text("Ещё не посчитано")
    page.on("requestfailed", lambda request: off.append(request.url))
    page.route("**/segments/editor/count/", lambda route: asked.append(route))

    page.locator("[name='c_0.value']").fill("18")
    wait_for(page, lambda: len(asked) == 1)
    page.locator("[name='c_0.value']").fill("30")
    wait_for(page, lambda: len(asked) == 2)
    wait_for(page, lambda: any("/count/" in url for url in off))
    asked[1].continue_()
    expect(page.locator("#summary")).to_contain_text("30")
    page.unroute_all()


def wait_for(page: Page, happened: Callable[[], bool]) -> None:
    """Lets the page work on until it has happened."""
    for _ in range(500):
        if happened():
            return
        page.wait_for_timeout(10)
    raise AssertionError("it never happened")


def test_goods_are_found_and_chosen_without_the_mouse(hand: Hand) -> None:
    page = hand.page
    page.goto("/segments/new/?add=fact:purchases")
    page.locator("#row-c_0").get_by_role("searchbox", name="товар").focus()
    page.keyboard.type("говя")
    expect(page.locator(".picker-found button").first).to_contain_text("Говядина")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.locator("#row-c_0 .chip-on")).to_contain_text("Говядина")
    expect(page.locator("#row-c_0 .segment-unpick")).to_be_focused()
    expect(page.locator("h1")).to_contain_text("Новый сегмент")


def test_a_late_count_does_not_take_the_focus_from_who_works_by_keys(hand: Hand) -> None:
    page, asked = hand.page, dict[str, Route]()
    page.route("**/segments/editor/count/", lambda route: asked.setdefault("count", route))
    page.route("**/segments/editor/change/", lambda route: asked.setdefault("change", route))
    page.goto("/segments/new/?add=fact:purchases")
    wait_for(page, lambda: "count" in asked)
    page.locator("#row-c_0").get_by_role("searchbox", name="товар").focus()
    page.keyboard.type("говя")
    expect(page.locator(".picker-found button").first).to_contain_text("Говядина")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    wait_for(page, lambda: "change" in asked)
    asked["count"].continue_()
    expect(page.locator("#segment-count")).to_be_visible()
    asked["change"].continue_()
    page.unroute_all()
    expect(page.locator("#row-c_0 .segment-unpick")).to_be_focused()


def test_an_unfinished_condition_is_said_where_the_count_stands(hand: Hand) -> None:
    page = hand.page
    page.goto("/segments/new/?add=trait:age")

    expect(page.locator("#consequences")).to_contain_text("Ещё не посчитано")
    page.locator("[name='c_0.value']").fill("18")
    expect(page.locator("#segment-count .stat-value")).to_have_text("60")
    page.locator("[name='c_0.value']").fill("200")
    expect(page.locator("#consequences")).to_contain_text("Всему этому не отвечает никто")
