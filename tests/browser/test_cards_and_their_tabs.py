"""A card's tabs stand in one line, the rest under a menu; on a phone empty values take no lines."""

from playwright.sync_api import expect

from tests.browser.conftest import AsRole


def test_every_tab_is_two_clicks_away(as_role: AsRole) -> None:
    page = as_role("Olga")
    page.goto("/customers/")
    page.locator("a[data-row]").first.click()
    line, more = page.locator(".tab-line"), page.get_by_role("button", name="Ещё").last
    expect(more).to_be_visible()
    box = line.bounding_box()
    assert box and box["height"] < 40  # one line
    every = line.locator("[data-tab]").count()
    more.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Кто это")).to_be_visible()
    page.get_by_role("link", name="История", exact=True).click()
    expect(page).to_have_url(page.url.partition("?")[0] + "?tab=history")
    opened = page.locator(".tab-line > [aria-current]")
    expect(opened).to_have_text("История")
    expect(opened).to_be_focused()
    assert line.locator("[data-tab]").count() == every
    page.reload()
    expect(opened).to_have_text("История")  # the one of the address always stands in the line


def test_all_tabs_stand_in_a_phones_line(as_role: AsRole) -> None:
    page = as_role("Olga", phone=True)
    page.goto("/customers/")
    page.locator("a[data-row]").first.click()
    expect(page.locator(".tab-line > [data-tab]").last).to_be_visible()
    expect(page.locator(".tab-more")).to_be_hidden()


def test_a_phone_shows_no_empty_values(as_role: AsRole) -> None:
    page = as_role("Olga", phone=True)
    page.goto("/loyalty/promotions/")
    said = page.locator("#rows [data-label]:visible").all_inner_texts()
    assert said
    assert not {"", "—"} & {one.strip() for one in said}


def test_goods_of_a_series_are_picked_and_kept(as_role: AsRole) -> None:
    page = as_role("Marina")
    page.goto("/loyalty/coupons/new/")
    page.get_by_label("Товары").first.fill("мол")
    page.locator(".picker-offer").first.click()
    picked = page.locator("[id='products.picked'] .chip")
    expect(picked).to_have_count(1)
    name = picked.inner_text()
    page.reload()  # what was typed is kept, what was picked is, too
    expect(picked).to_have_text(name)
    picked.get_by_role("button").click()
    expect(picked).to_have_count(0)
