"""Two questions of a marketer, answered with the mouse alone: nothing is typed, all is picked.

Each step yields the name of the picture that the manual shows of it; the page stands ready for it then.
"""

from collections.abc import Callable, Iterator

from playwright.sync_api import Page, expect

Question = Callable[[Page], Iterator[str]]


def gone_quiet(page: Page) -> Iterator[str]:
    """Who has not bought for sixty days and may be written to?"""
    _begin(page)
    _add(page, "none:purchases", 0)
    _counted(page)
    yield "question-quiet-1"
    _add(page, "trait:email_ok", 1)
    _counted(page)
    yield "question-quiet-2"


def women_of_a_category(page: Page) -> Iterator[str]:
    """Which women buy of one category?"""
    _begin(page)
    _add(page, "fact:purchases", 0)
    _pick(page, "c_0.where.category")
    _counted(page)
    yield "question-women-1"
    _add(page, "trait:sex", 1)
    _pick(page, "c_1.values", "f")
    _counted(page)
    yield "question-women-2"


QUESTIONS: tuple[Question, ...] = (gone_quiet, women_of_a_category)


def _begin(page: Page) -> None:
    page.goto("/segments/")
    page.locator("a[href='/segments/new/']").first.click()
    page.wait_for_url("**/segments/new/**")


def _add(page: Page, what: str, place: int) -> None:
    page.locator("[id='c.add']").select_option(what)
    expect(page.locator(f"#row-c_{place}")).to_be_visible()
    _rest(page)


def _pick(page: Page, name: str, value: str = "") -> None:
    """A value of a condition, or the first that is offered: from a short list, or from what a search shows unasked."""
    listed = page.locator(f"[id='{name}.more']")
    if listed.count():
        listed.select_option(value) if value else listed.select_option(index=1)
    else:
        page.locator(f"[id='{name}.q']").click()
        page.locator(".picker-found button").first.click()
    expect(page.locator(f"input[type=hidden][name='{name}']").first).to_be_attached()
    _rest(page)


def _counted(page: Page) -> None:
    """Until the live count has come."""
    _rest(page)
    expect(page.locator("#segment-count .stat-value")).to_be_visible()


def _rest(page: Page) -> None:
    expect(page.locator(".htmx-request")).to_have_count(0)
