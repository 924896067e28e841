"""Scenario files: all that come with Prilavok hold, and whoever writes one is told what differs and what is wrong."""

from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.conf import settings

from prilavok.cli.commands import prilavok
from prilavok.loyalty import rehearsal, scenarios
from prilavok.loyalty.models import Account, Promotion

SHIPPED = sorted((Path(scenarios.__file__).parent / "scenarios").glob("*.yaml"))

WRONG = """
scenario: Fifteen
promotions: [{name: Fifteen, give: {percent_off: 15}}]
steps:
  calculate: {lines: [{price: 100}]}
  expect: {total: 84, refusals: {}}
"""


READ = {path: scenarios.read(path.read_text()) for path in SHIPPED}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_comes_with_prilavok_holds(path: Path) -> None:
    pure = [one for one in READ[path] if not one.needs_database]
    assert [difference for one in pure for difference in scenarios.run(one)] == []


STORIES = [one for read in READ.values() for one in read if one.needs_database]


@pytest.mark.parametrize("story", STORIES, ids=lambda one: one.scenario)
def test_stories_of_the_till_hold(the_company: None, story: scenarios.Scenario) -> None:
    assert rehearsal.run(story) == []


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_manual_s_examples_hold(the_company: None, language: str) -> None:
    manual = (settings.BASE_DIR / "docs" / language / "scenarios.md").read_text()
    pure, story = [scenarios.read(part.split("```")[0])[0] for part in manual.split("```yaml")[1:]]
    assert list(scenarios.run(pure)) == []
    assert rehearsal.run(story) == []


def test_a_story_leaves_nothing(the_company: None) -> None:
    story = next(one for one in STORIES if one.promotions and one.customers)
    rehearsal.run(story)
    assert not Account.objects.exists()
    assert not Promotion.objects.exists()


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("[{commit: {receipt: '1', lines: [{price: 1}]}, customer: Vera}]", "no Vera"),
        ("[{commit: {receipt: '1', lines: [{price: 1}]}, customer: {balance: 1}}]", "name one of customers"),
        ("[{commit: {receipt: '1'}}]", "either lines or"),
        ("[{cancel: '1', wait: {days: 1}}]", "one thing"),
    ],
)
def test_a_story_that_cannot_be_is_told_with_its_place(steps: str, told: str) -> None:
    with pytest.raises(scenarios.BadScenario, match=told):
        scenarios.read(f"scenario: A\ncustomers: {{Anna: {{}}}}\nsteps: {steps}")


def test_a_return_of_what_nobody_bought_is_told(the_company: None) -> None:
    (story,) = scenarios.read("scenario: A\nsteps: [{return: {receipt: nine, lines: {1: 1}}}]")
    with pytest.raises(scenarios.BadScenario, match="nine"):
        rehearsal.run(story)


def test_what_differs_in_a_story_is_told(the_company: None) -> None:
    told = "scenario: A\nsteps: [{commit: {receipt: '1', lines: [{price: 100}]}, expect: {total: 90, refused: no}}]"
    (story,) = scenarios.read(told.replace("no}", "'no'}"))
    assert [(one.what, one.found) for one in rehearsal.run(story)] == [
        ("refused", None),
        ("total", Decimal(100)),
    ]


def test_what_differs_is_told() -> None:
    (one,) = scenarios.read(WRONG)
    assert list(scenarios.run(one)) == [scenarios.Difference("Fifteen", 1, "total", Decimal(84), Decimal(85))]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("scenario: [", "line 1"),
        ("scenario: A\nsteps: []", "A: steps"),
        (WRONG.replace("percent_off: 15", "percent_off: 150"), "percent"),
        (WRONG.replace("percent_off: 15", "per_cent_off: 15"), "per_cent_off"),
        (WRONG.replace("percent_off: 15", "percent_off: 15, pair: 5"), "exactly one"),
        (WRONG.replace("percent_off: 15", "multiple: {take: 2, pay: 2}"), "fewer"),
        (WRONG.replace("price: 100", "price: -1"), "price"),
        (WRONG.replace("total: 84", "sum: 84"), "expect.sum"),
        (WRONG.replace("price: 100", "price: .inf"), "price"),
        ("just words", "1"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(scenarios.BadScenario, match=told):
        scenarios.read(text)


def test_figures_are_exact() -> None:
    (one,) = scenarios.read(WRONG.replace("price: 100", "price: 0.1"))
    basket = one.steps[0].calculate
    assert basket is not None and basket.lines[0].price == Decimal("0.1")


def test_the_command_prints_what_differs_and_says_so_by_its_exit(tmp_path: Path) -> None:
    wrong, right = tmp_path / "wrong.yaml", tmp_path / "right.yaml"
    wrong.write_text(WRONG)
    right.write_text(WRONG.replace("84", "85"))

    good = CliRunner().invoke(prilavok, ["promotions", "try", str(right)])
    bad = CliRunner().invoke(prilavok, ["promotions", "try", str(right), str(wrong)])

    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert "Fifteen" in bad.output and "84" in bad.output and "85" in bad.output


def test_the_format_is_told_as_a_schema() -> None:
    told = CliRunner().invoke(prilavok, ["promotions", "schema"])
    assert told.exit_code == 0
    assert '"percent_off"' in told.output
