"""A shop whose people, receipts and letters came by its own doors only: the effect is what was sent through them.

The truth is reckoned apart, from a plain list of what went through each door; of the product it takes one thing, who
was drawn into which arm, for that is chance.
"""

import email
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
import scipy.stats
from django.core.cache import cache
from django.test import Client

from prilavok.kernel import journal
from prilavok.messaging.catcher.store import Store
from prilavok.messaging.models import TemplateVersion
from prilavok.messaging.tests.conftest import Catcher, catcher, letter
from tests.cast import hire, login
from tests.doors import (
    DAYS,
    FIRST,
    LAST,
    Doors,
    Story,
    arms,
    begun,
    behind,
    by_strata,
    discount,
    doors,
    moscow,
    spent,
    told,
    truth,
    unadjusted,
)

__all__ = ["catcher", "doors", "letter"]


def sold_and_taken_back(story: Story) -> None:
    """Everybody buys; some bring it back in time or later, a receipt is cancelled and sold again."""
    doors, mailed, left_alone = story.doors, story.mailed, story.left_alone
    for n, who in enumerate(story.people):
        doors.sell(who, f"{400 + 20 * n}.00", moscow(1 + n % 10))
    doors.take_back(doors.sell(mailed[0], "600.00", moscow(3, 13)), moscow(4))
    doors.take_back(doors.sell(mailed[1], "700.00+400.00", moscow(3, 14)), moscow(DAYS + 5))
    doors.cancel(doors.sell(left_alone[0], "90.00", moscow(5, 10)), moscow(5, 10, 5))
    doors.sell(left_alone[0], "80.00", moscow(5, 10, 10))
    doors.cancel(doors.sell(left_alone[1], "95.00", moscow(-2)), moscow(1, 8))
    # An edge of the period, by the clock of each shop.
    doors.at(moscow(DAYS))
    doors.tell(mailed[4], "17.00", moscow(DAYS - 1, 16, 30), "vlad")
    doors.tell(mailed[4], "19.00", moscow(DAYS - 1, 17, 30), "vlad")
    doors.tell(left_alone[4], "23.00", moscow(DAYS - 1, 23, 59))
    doors.tell(left_alone[4], "29.00", moscow(DAYS, 0, 1))


def paid_otherwise(story: Story) -> None:
    """By points, with the letter's coupon, by a gift card that was money already when it was sold, by nobody known."""
    doors, mailed = story.doors, story.mailed
    doors.sell(mailed[2], "100.00", moscow(11, 9), points="15")
    codes = doors.get(f"/coupon-series/{story.coupons}/codes")["items"]
    code_of = {one["customer"]: one["code"] for one in codes}
    assert set(code_of) == {doors.ids[who] for who in mailed}
    doors.sell(mailed[8], "450.00", moscow(11, 10), coupons=[code_of[doors.ids[mailed[8]]]])
    doors.sell("", "333.00", moscow(6))
    doors.at(moscow(6, 13))
    kind = {"code": "gift", "name": "Gift", "value": "1000", "secret": False, "pin": True}
    kind |= {"prefix": "77", "length": 10, "check_digit": "none"}
    made = doors.send("POST", "/gift-card-kinds", kind)["id"]
    gift = {"number": "7700000001", "pin": "123456"}
    doors.send("POST", f"/gift-card-kinds/{made}/cards", {"numbers": [gift]})
    doors.work()
    bought = {"shop": "lenina", "receipt": "g1", "cards": [{"number": gift["number"]}]}
    doors.send("POST", "/gift-cards/sales", bought | {"customer": doors.ids[mailed[3]]})
    doors.sell(mailed[3], "300.00", moscow(7), pay={"gift_cards": [gift]})


def people_change(story: Story, catcher: Catcher) -> None:
    """One leaves the list by the mail program's own button, one is erased, two come, and twice two are one."""
    doors, mailed, left_alone = story.doors, story.mailed, story.left_alone
    raw = Store(catcher.path).raw(1)
    assert raw is not None
    way_out = email.message_from_bytes(raw)["List-Unsubscribe"].strip("<>")
    assert Client().post(urlsplit(way_out).path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    doors.at(moscow(2, 9))
    doors.register("c41")
    doors.register("c42")
    doors.sell("c41", "500.00", moscow(2, 10))
    doors.sell("c42", "550.00", moscow(2, 11))
    doors.at(moscow(DAYS + 1))
    doors.send("DELETE", f"/customers/{doors.ids[mailed[5]]}")
    doors.merge(left_alone[5], mailed[6])
    doors.merge("c42", left_alone[7])


def test_the_effect_is_what_went_through_the_doors(
    doors: Doors, catcher: Catcher, letter: TemplateVersion
) -> None:
    story = begun(doors, login(Client(), hire("Second", "owner")), letter)
    assert set(story.drawn) == set(story.people)
    assert catcher.counts()["letters"] == len(story.mailed)
    sold_and_taken_back(story)
    paid_otherwise(story)
    people_change(story, catcher)
    journal.deliver()

    of_letters = doors.get(f"/experiments/{story.campaign}/report")
    of_promotion = doors.get(f"/promotions/{story.promotion}/effect")
    the_letters_report_is_true(story, of_letters)
    the_promotions_report_is_true(story, of_promotion)
    the_cards_are_true(story)
    what_comes_late_is_told_with_its_moment(story, of_letters)


def the_letters_report_is_true(story: Story, report: dict[str, Any]) -> None:
    doors = story.doors
    assert told(report) == truth(doors, story.drawn)
    assert {arm: behind(doors, story.campaign, arm) for arm in ("control", "mailed")} == told(report)
    assert (report["overlap"], report["unidentified_revenue"]) == (1, 333)
    # c40 came on the first morning and was drawn; c42 had been known for long; only c41 is new.
    assert Decimal(str(report["new_customers_revenue"])) == doors.books.of({"c41"})[2]
    assert unadjusted(report)["total"] == pytest.approx(by_strata(report))
    assert report["comparisons"][0]["cost"] == "100.0000"


def the_promotions_report_is_true(story: Story, report: dict[str, Any]) -> None:
    doors = story.doors
    assert told(report) == truth(doors, arms(doors, report["id"]))
    assert report["new_customers_revenue"] == 0  # both stand in its arms
    # What it gave to known customers in these days, less what was taken back since.
    given = [sold for sold in doors.sold if sold["who"] and FIRST <= sold["local"] <= LAST]
    off = sum((discount(sold, story.promotion) for sold in given), Decimal(0))
    assert Decimal(report["given"]["discounts"]) == off

    control, offered = (spent(doors, report["id"], arm) for arm in ("control", "offered"))
    welch = scipy.stats.ttest_ind(offered, control, equal_var=False)
    interval = welch.confidence_interval(0.95)
    assert report["strata"] == 1
    found = unadjusted(report)
    assert [found["p_value"], found["low"], found["high"]] == pytest.approx(
        [welch.pvalue, interval.low, interval.high]
    )


def the_cards_are_true(story: Story) -> None:
    """Everybody's card says what they bought in all time; the first page counts nobody twice."""
    doors = story.doors
    gone = {story.mailed[5], story.mailed[6], story.left_alone[7]}
    for who in set(story.people) - gone | {"c41", "c42"}:
        _buyers, sales, revenue = doors.books.of({who}, date.min, date.max)
        shown = {one["key"]: one["value"] for one in doors.get(f"/customers/{doors.ids[who]}/indicators")}
        assert (Decimal(shown["C47"]), shown["C38"]) == (revenue, sales), who
    base = doors.get("/reports/home")["base"]
    assert base["new"] == 2  # c40 and c41
    assert base["active"] == base["customers"] == 40  # who was erased is no customer any more


def what_comes_late_is_told_with_its_moment(story: Story, report: dict[str, Any]) -> None:
    """An offline till sends what it sold, and a file comes, after all was over and the report was read."""
    doors = story.doors
    before = doors.get("/reports/home")["sentences"][0]
    doors.at(moscow(DAYS + 1, 12, 5))
    doors.tell(story.mailed[7], "1000.00", moscow(3, 20))
    doors.bring([(story.left_alone[8], "vlad", moscow(4, 20), "250.00")])
    journal.deliver()
    late = doors.get(f"/experiments/{story.campaign}/report")
    assert told(late) == truth(doors, story.drawn) != told(report)
    assert late["as_of"] > report["as_of"]
    assert doors.get("/reports/home")["sentences"][0] == before  # true as of the same moment
    cache.clear()  # ten minutes later
    after = doors.get("/reports/home")["sentences"][0]
    assert after["at"] > before["at"] and after["text"] != before["text"]
