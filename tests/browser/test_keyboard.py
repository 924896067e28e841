"""What hands on the keyboard find on every page."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import AsRole


def opened(as_role: AsRole) -> Page:
    page = as_role("Ada")
    page.goto("/settings/styleguide/")
    return page


def test_ctrl_k_finds_a_page_and_enter_opens_it(as_role: AsRole) -> None:
    page = opened(as_role)
    page.keyboard.press("Control+k")
    expect(page.locator("#palette input")).to_be_focused()
    page.keyboard.type("Части")
    expect(page.locator("#found a")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings/styleguide/")


def test_escape_closes_the_palette_and_gives_the_focus_back(as_role: AsRole) -> None:
    page = opened(as_role)
    page.locator("[data-palette]").focus()
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.locator("[data-palette]")).to_be_focused()


def test_slash_goes_to_the_search_of_the_list(as_role: AsRole) -> None:
    page = opened(as_role)
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()


def test_j_and_k_walk_the_rows_and_x_selects(as_role: AsRole) -> None:
    page = opened(as_role)
    rows = page.locator("a[data-row]")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("[data-bulk] output")).to_have_text("Выбрано: 1")


def test_enter_opens_the_row_beside_the_list_and_escape_closes_it(as_role: AsRole) -> None:
    page = opened(as_role)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#side-title")).to_have_text("Анна Петрова")
    assert "side=" in page.url
    page.reload()
    expect(page.locator("#side-title")).to_have_text("Анна Петрова")
    page.keyboard.press("Escape")
    expect(page.locator("#side")).to_be_hidden()
    assert "side=" not in page.url


def test_question_mark_lists_the_keys(as_role: AsRole) -> None:
    page = opened(as_role)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Клавиши")).to_be_visible()


def test_keys_do_nothing_while_somebody_types(as_role: AsRole) -> None:
    page = opened(as_role)
    page.get_by_label("Название кампании").first.fill("")
    page.keyboard.type("jk/?")
    expect(page.get_by_label("Название кампании").first).to_have_value("jk/?")


def test_the_first_tab_leads_past_the_menu(as_role: AsRole) -> None:
    page = opened(as_role)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="К содержанию страницы")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_the_table_behind_a_picture_is_one_key_away(as_role: AsRole) -> None:
    page = opened(as_role)
    picture = page.locator("[data-chart]").first
    picture.scroll_into_view_if_needed()
    expect(picture.get_by_role("button", name="Таблица")).to_be_visible()
    picture.focus()
    page.keyboard.press("t")
    expect(picture.get_by_role("table")).to_be_visible()
    expect(picture.locator(".chart-picture")).to_be_hidden()
