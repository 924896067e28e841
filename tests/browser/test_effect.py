"""What letters brought: from the first page to the people behind a figure."""

from playwright.sync_api import expect

from tests.browser.conftest import AsRole


def test_from_the_first_sentence_to_the_people_behind_it(as_role: AsRole) -> None:
    page = as_role("Marina")
    page.goto("/")
    page.locator(".finding a").first.click()

    expect(page.locator("h1")).to_contain_text("Письма весны")
    expect(page.locator(".finding")).to_contain_text("±")
    page.locator("table a").first.click()
    expect(page.locator("#people-list")).to_be_visible()


def test_a_finished_experiment_is_loaded_and_judged(as_role: AsRole) -> None:
    page = as_role("Marina")
    page.goto("/experiments/load/")
    rows = [
        f"{arm},{int(number % 10 < share)}" for arm, share in (("нет", 2), ("да", 5)) for number in range(300)
    ]
    page.set_input_files(
        "input[type=file]",
        {"name": "письма.csv", "mimeType": "text/csv", "buffer": "\n".join(["письмо,купил", *rows]).encode()},
    )
    page.fill("input[name=arm]", "письмо")
    page.fill("input[name=control]", "нет")
    page.fill("input[name=outcome]", "купил")
    page.get_by_role("button", name="Загрузить и посчитать").click()

    expect(page.locator(".finding")).to_contain_text("доказано")
    expect(page.locator(".finding")).to_contain_text("+90")
