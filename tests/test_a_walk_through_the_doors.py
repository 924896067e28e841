"""Whatever happens, in whatever order: effects, new customers and cards stay what went through the doors."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.test import Client

from prilavok.kernel import journal
from prilavok.messaging.models import TemplateVersion
from prilavok.messaging.tests.conftest import Catcher, catcher, letter
from tests.cast import hire, login
from tests.doors import DAYS, FIRST, LAST, MOSCOW, Doors, Story, arms, begun, discount, doors, moscow, told

__all__ = ["catcher", "doors", "letter"]

Figures = list[Any]  # customers, buyers, sales, revenue


class Walk:
    """Two shops over three weeks: every step is one thing that may happen, on its own moment."""

    def __init__(self, story: Story, random: Random) -> None:
        self.story, self.doors, self.random = story, story.doors, random
        self.registered: dict[str, date] = dict.fromkeys(self.doors.ids, FIRST - timedelta(days=60)) | {
            "c40": FIRST
        }
        self.merges: list[tuple[str, str, str, int]] = []  # winner, loser, id, receipts written by then
        self.gone: set[str] = set()

    def step(self, at: datetime) -> None:
        happens: list[Callable[[datetime], None]] = []
        happens += [self.sells] * 5 + [self.comes_back] * 2 + [self.undoes] * 2
        happens += [self.tells, self.brings, self.cancels, self.merges_two, self.registers]
        self.doors.at(at)
        self.random.choice(happens + [self.erases] * (at.day % 3 == 0))(at)

    # ── What happens ─────────────────────────────────────────────────────────────────────────────────────

    def somebody(self) -> str:
        return self.random.choice([who for who in self.registered if who not in self.gone])

    def price(self) -> str:
        return f"{self.random.randint(50, 900)}.00"

    def shop(self) -> str:
        return self.random.choice(["lenina", "vlad"])

    def sells(self, at: datetime) -> None:
        who = self.random.choice([self.somebody(), self.somebody(), self.somebody(), ""])
        prices = [self.price() for _ in range(self.random.randint(1, 3))]
        self.doors.sell(who, "+".join(prices), at, self.shop())

    def tells(self, at: datetime) -> None:
        self.doors.tell(self.somebody(), self.price(), self.some_time_ago(at), self.shop())

    def brings(self, at: datetime) -> None:
        shop = self.shop()
        self.doors.bring([(self.somebody(), shop, self.some_time_ago(at), self.price()) for _ in range(3)])

    def some_time_ago(self, at: datetime) -> datetime:
        return at - timedelta(days=self.random.randint(0, 20))

    def comes_back(self, at: datetime) -> None:
        if sold := self.some_sale():
            self.doors.take_back(sold, at)

    def cancels(self, at: datetime) -> None:
        if sold := self.some_sale():
            self.doors.cancel(sold, at)

    def some_sale(self) -> dict[str, Any] | None:
        left = [one for one in self.doors.sold if "touched" not in one and one["who"] not in self.gone]
        if not left:
            return None
        sold = self.random.choice(left)
        sold["touched"] = True
        return sold

    def merges_two(self, at: datetime) -> None:
        one, head_of = self.somebody(), self.heads()
        other = self.somebody()
        if head_of[one] != head_of[other]:
            told_of = self.doors.merge(one, other)
            names = {public_id: who for who, public_id in self.doors.ids.items()}
            pair = names[told_of["winner"]], names[told_of["loser"]]
            self.merges.append((*pair, told_of["public_id"], len(self.doors.books.receipts)))

    def undoes(self, at: datetime) -> None:
        """The last merge, if nobody bought since: a receipt keeps the record that stood for its customer then."""
        if self.merges and self.merges[-1][3] == len(self.doors.books.receipts):
            self.doors.send("POST", f"/merges/{self.merges.pop()[2]}/undo")

    def registers(self, at: datetime) -> None:
        who = f"c{len(self.registered)}"
        self.doors.register(who)
        self.registered[who] = at.astimezone(MOSCOW).date()

    def erases(self, at: datetime) -> None:
        who, head_of = self.somebody(), self.heads()
        self.doors.send("DELETE", f"/customers/{self.doors.ids[who]}")
        self.gone |= {one for one in self.registered if head_of[one] == head_of[who]}

    # ── What is true ─────────────────────────────────────────────────────────────────────────────────────

    def heads(self) -> dict[str, str]:
        """For everybody the one that stands for the person."""
        into = {loser: winner for winner, loser, _id, _receipts in self.merges}

        def head(who: str) -> str:
            return head(into[who]) if who in into else who

        return {who: head(who) for who in self.registered}

    def check(self, at: datetime) -> None:
        self.doors.at(at)
        journal.deliver()
        people: dict[str, set[str]] = defaultdict(set)
        for who, head in self.heads().items():
            people[head].add(who)
        last = min(LAST, at.astimezone(MOSCOW).date())
        self.check_letters(list(people.values()), last)
        self.check_promotion(list(people.values()), last)
        for those in self.random.sample(list(people.values()), 5):
            self.check_card(those)
        self.check_rfm(list(people.values()))

    def check_letters(self, people: list[set[str]], last: date) -> None:
        """Of those who were drawn at once and are one the arm of the oldest record holds."""
        drawn = self.story.drawn
        in_arms = [(oldest(those & set(drawn)), those) for those in people if those & set(drawn)]
        report = self.doors.get(f"/experiments/{self.story.campaign}/report")
        assert figures(report) == self.summed(((drawn[who], those) for who, those in in_arms), last)
        assert report["overlap"] == len(drawn) - len(in_arms)
        self.check_apart(report, [those for those in people if not those & set(drawn)], last)

    def check_promotion(self, people: list[set[str]], last: date) -> None:
        report = self.doors.get(f"/promotions/{self.story.promotion}/effect")
        entered = arms(self.doors, report["id"])
        in_arms = [(who, those) for who in entered for those in people if who in those]
        assert figures(report) == self.summed(((entered[who], those) for who, those in in_arms), last)
        self.check_apart(report, [those for those in people if not those & set(entered)], last)
        given = [sold for sold in self.doors.sold if sold["who"] and FIRST <= sold["local"] <= LAST]
        off = sum((discount(sold, self.story.promotion) for sold in given), Decimal(0))
        assert Decimal(report["given"]["discounts"]) == off

    def check_apart(self, report: dict[str, Any], others: list[set[str]], last: date) -> None:
        """Of those in no arm whoever is new; and nobody known."""
        new = [those for those in others if min(self.registered[who] for who in those) >= FIRST]
        bought = sum((self.bought(those, last)[2] for those in new), Decimal(0))
        assert Decimal(str(report["new_customers_revenue"])) == bought
        assert Decimal(str(report["unidentified_revenue"])) == self.bought({""}, last)[2]

    def check_card(self, those: set[str]) -> None:
        if those & self.gone:
            return
        mine = [one for one in self.doors.books.receipts if one[0] in those]
        public_id = self.doors.ids[oldest(those)]
        shown = {one["key"]: one["value"] for one in self.doors.get(f"/customers/{public_id}/indicators")}
        assert Decimal(shown["C47"]) == sum((one[3] for one in mine), Decimal(0))
        assert shown["C38"] == sum(1 for one in mine if one[2] == "sale")

    def check_rfm(self, people: list[set[str]]) -> None:
        """Everybody of a year stands in it once, with their sales, their money and the day of the last one."""
        self.doors.send("POST", "/rfm/runs")
        page = self.doors.get("/rfm/people?limit=200")
        assert page["next"] is None
        found = {one["public_id"]: one for one in page["items"] if one["receipts"]}
        expected = 0
        for those in people:
            mine = [one for one in self.doors.books.receipts if one[0] in those]
            days = [one[1] for one in mine if one[2] == "sale"]
            if those & self.gone or not days:
                continue
            expected += 1
            [shown] = [found[self.doors.ids[who]] for who in those if self.doors.ids[who] in found]
            assert (shown["receipts"], shown["last_purchase"]) == (len(days), max(days).isoformat())
            assert Decimal(shown["revenue"]) == sum((one[3] for one in mine), Decimal(0))
        assert len(found) == expected

    def bought(self, those: set[str], last: date) -> tuple[bool, int, Decimal]:
        mine = [one for one in self.doors.books.receipts if one[0] in those and FIRST <= one[1] <= last]
        sales = sum(1 for one in mine if one[2] == "sale")
        return bool(sales), sales, sum((one[3] for one in mine), Decimal(0))

    def summed(self, in_arms: Iterable[tuple[str, set[str]]], last: date) -> dict[str, Figures]:
        found: dict[str, Figures] = {}
        for arm, those in in_arms:
            so_far = found.setdefault(arm, [0, 0, 0, Decimal(0)])
            found[arm] = [a + b for a, b in zip(so_far, (1, *self.bought(those, last)), strict=True)]
        return found


def oldest(those: set[str]) -> str:
    return min(those, key=lambda who: int(who[1:]))


def figures(report: dict[str, Any]) -> dict[str, Figures]:
    """Of the arms that have anybody."""
    return {arm: list(found) for arm, found in told(report).items() if found[0]}


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_the_effect_is_what_went_through_the_doors(
    seed: int, doors: Doors, catcher: Catcher, letter: TemplateVersion
) -> None:
    walk = Walk(begun(doors, login(Client(), hire("Second", "owner")), letter), Random(seed))
    for day in range(DAYS + 4):
        for number in range(5):
            walk.step(moscow(day, 13, 10 * number))
        if day % 4 == 3:
            walk.check(moscow(day, 23))
    walk.check(moscow(DAYS + 6))
