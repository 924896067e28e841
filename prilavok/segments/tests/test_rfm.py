"""RFM of the whole base: fifths by a declared rule, names for cells, and only what changed is written."""

import random
from collections import Counter
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee, Shop
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.facts import client
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.segments import actions, queries, rules
from prilavok.segments.models import RfmPast, RfmScore, Segment
from prilavok.segments.problems import AlreadyReckoning
from prilavok.segments.rfm import reckoning, schemes
from prilavok.segments.tests.test_membership import buy
from prilavok.segments.tests.tills import take_back
from tests.cast import NOON, login


@pytest.fixture
def ten(facts: None, shop_on_lenina: Shop) -> list[Profile]:
    """Ten customers: the n-th bought n times, last n days ago; the tenth long ago, the first never."""
    people = [
        customers.register(
            NewCustomer(external_id=f"n{n}", first_name=f"N{n}", shop_id=shop_on_lenina.pk),
            by=SYSTEM,
            at=NOON,
        )
        for n in range(10)
    ]
    for n, person in enumerate(people):
        for one in range(n):
            buy(person, shop_on_lenina, days_ago=(400 if n == 9 else n) + one, number=n * 100 + one)
    journal.deliver()
    return people


def expected(days: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """Recency and frequency by the rule, reckoned the slow way from (days since, receipts)."""
    total = len(days)
    return {
        person: (
            _share([-other for other, _n in days.values()], -ago, total),
            _share([other for _ago, other in days.values()], n, total),
        )
        for person, (ago, n) in days.items()
    }


def _share(values: list[int], own: int, total: int) -> int:
    return rules.share(sum(one < own for one in values), values.count(own), total)


def test_whoever_bought_last_stands_in_the_best_band_however_many_they_are(
    ten: list[Profile], shop_on_lenina: Shop
) -> None:
    for n in range(1, 6):
        buy(ten[n], shop_on_lenina, days_ago=0, number=9_000 + n)
    journal.deliver()

    actions.reckon_rfm(by=SYSTEM, at=clock.now())

    scores = queries.rfm_of([one.pk for one in ten])
    assert [scores[ten[n].pk].r for n in range(1, 9)] == [5, 5, 5, 5, 5, 2, 1, 1]


def test_scores_follow_the_declared_rule(ten: list[Profile]) -> None:
    run = actions.reckon_rfm(by=SYSTEM, at=clock.now())

    scores = queries.rfm_of([one.pk for one in ten])
    bought = expected({ten[n].pk: (n, n) for n in range(1, 9)})
    assert {key: (scores[key].r, scores[key].f) for key in bought} == bought
    assert scores[ten[0].pk].cell == rules.NEVER
    assert scores[ten[9].pk].cell == rules.GONE
    assert (run.customers, run.scored, run.changed) == (10, 8, 10)


def test_a_second_run_changes_nothing_and_a_purchase_only_what_it_moves(
    ten: list[Profile], shop_on_lenina: Shop
) -> None:
    actions.reckon_rfm(by=SYSTEM, at=clock.now())
    assert actions.reckon_rfm(by=SYSTEM, at=clock.now()).changed == 0

    buy(ten[0], shop_on_lenina, number=5000)
    journal.deliver()
    again = actions.reckon_rfm(by=SYSTEM, at=clock.now())
    assert 1 <= again.changed <= 10
    assert queries.rfm_of([ten[0].pk])[ten[0].pk].r == 5


def test_scores_are_traits_of_segments(ten: list[Profile]) -> None:
    actions.reckon_rfm(by=SYSTEM, at=clock.now())
    journal.deliver()

    never = {"trait": "rfm_cell", "op": "in", "value": [rules.NEVER]}
    assert queries.count(never, SYSTEM, at=clock.now()).some == (ten[0].pk,)
    assert client.value("SELECT count() FROM rfm FINAL") == 10


def test_every_cell_opens_as_a_list_and_becomes_a_segment(
    ten: list[Profile], marina: Employee, client: Client
) -> None:
    actions.reckon_rfm(by=SYSTEM, at=clock.now())
    journal.deliver()
    login(client, marina)
    page = client.get(reverse("segments:rfm")).content.decode()
    assert "Never bought" in page
    sizes: Counter[str] = Counter()
    for group in queries.rfm_groups(SYSTEM):
        listed: Any = client.get(reverse("segments:rfm_people"), {"cell": group.key})
        sizes[group.key] = len(listed.context["rows"])
        assert sizes[group.key] == group.people
    assert sum(sizes.values()) == 10

    client.post(reverse("segments:rfm_segment"), {"cell": "never", "r": "0", "f": "0"})
    assert Segment.objects.get(folder="RFM").size == 1


def test_equal_values_share_a_score_whatever_the_order_of_rows(facts: None, shop_on_lenina: Shop) -> None:
    """Twelve people with two kinds of habits, in any order of ids: each kind has one score, by the declared rule."""
    for seed in (1, 2, 3):
        dice = random.Random(seed)
        habits = dice.sample([(3, 1)] * 5 + [(9, 2)] * 4 + [(40, 2)] * 3, 12)
        people = [
            customers.register(NewCustomer(external_id=f"t{seed}-{n}"), by=SYSTEM, at=NOON) for n in range(12)
        ]
        RfmScore.objects.all().delete()
        client.execute("TRUNCATE TABLE receipts")
        rows = [
            (one, ago + extra, f"{seed}{n}{extra}")
            for n, (one, (ago, receipts)) in enumerate(zip(people, habits, strict=True))
            for extra in range(receipts)
        ]
        for one, ago, number in dice.sample(rows, len(rows)):
            buy(one, shop_on_lenina, days_ago=ago, number=int(number))
        journal.deliver()
        actions.reckon_rfm(by=SYSTEM, at=clock.now())
        scores = queries.rfm_of([one.pk for one in people])
        by_habit: dict[tuple[int, int], set[tuple[int, int, int]]] = {}
        for one, habit in zip(people, habits, strict=True):
            score = scores[one.pk]
            by_habit.setdefault(habit, set()).add((score.r, score.f, score.m))
        assert by_habit == {(3, 1): {(5, 1, 1)}, (9, 2): {(2, 5, 5)}, (40, 2): {(1, 5, 5)}}


def test_a_return_lowers_money_and_an_erased_person_is_not_scored(
    ten: list[Profile], shop_on_lenina: Shop
) -> None:
    actions.reckon_rfm(by=SYSTEM, at=clock.now())
    before = queries.rfm_of([ten[8].pk])[ten[8].pk]
    take_back(ten[8], shop_on_lenina, money=700)
    journal.deliver()
    actions.reckon_rfm(by=SYSTEM, at=clock.now())
    after = queries.rfm_of([ten[8].pk])[ten[8].pk]
    assert (int(before.revenue), int(after.revenue)) == (800, 100)
    assert (before.m, after.m, after.f) == (5, 1, before.f)

    customers.erase(profile_id=ten[8].pk, by=SYSTEM, at=clock.now())
    journal.deliver()
    assert not RfmScore.objects.filter(profile=ten[8]).exists()
    run = actions.reckon_rfm(by=SYSTEM, at=clock.now())
    assert (run.customers, RfmScore.objects.count()) == (9, 9)
    assert not RfmPast.objects.filter(profile=ten[8]).exists()


def test_two_reckonings_of_one_scheme_do_not_run_at_once(ten: list[Profile]) -> None:
    actions.reckon_rfm(by=SYSTEM, at=clock.now())
    with closing(connections.create_connection("default")) as other:
        other.cursor().execute("SELECT pg_advisory_lock(%s, %s)", [0x5E7, schemes.main().pk])
        with pytest.raises(AlreadyReckoning):
            actions.reckon_rfm(by=SYSTEM, at=clock.now())
        actions.keep_rfm()


def test_nobody_moves_while_the_column_store_is_short_of_what_was_known(ten: list[Profile]) -> None:
    actions.reckon_rfm(by=SYSTEM, at=clock.now() - timedelta(days=1))
    known = queries.last_rfm()
    client.execute("TRUNCATE TABLE receipts")
    actions.keep_rfm()
    assert queries.last_rfm() == known


def test_the_day_bounds_the_year(ten: list[Profile]) -> None:
    actions.reckon_rfm(by=SYSTEM, at=clock.now() + timedelta(days=rules.DAYS + 30))
    assert set(RfmScore.objects.values_list("cell", flat=True)) == {rules.NEVER, rules.GONE}


def test_rfm_is_reckoned_by_itself_once_a_day_and_when_a_file_has_brought_purchases(
    ten: list[Profile], shop_on_lenina: Shop
) -> None:
    actions.keep_rfm()
    first = queries.last_rfm()
    assert first is not None and first.scored == 8
    actions.keep_rfm()
    assert queries.last_rfm() == first

    for number in range(5):
        buy(ten[0], shop_on_lenina, days_ago=1 + number, number=9_000 + number)
    journal.deliver()
    actions.keep_rfm()
    second = queries.last_rfm()
    assert second is not None and second.scored == 9


def test_whoever_is_stopped_while_scores_are_written_has_reckoned_nothing(
    ten: list[Profile], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_told: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as meanwhile, pytest.raises(KeyboardInterrupt):
        meanwhile.setattr(reckoning, "_write_part", stopped)
        actions.keep_rfm()
    actions.keep_rfm()

    last = queries.last_rfm()
    assert last is not None and last.changed == RfmScore.objects.count() == 10


def test_a_group_its_list_and_its_segment_are_the_same_people_though_some_were_merged_since(
    ten: list[Profile], olga: Employee, client: Client
) -> None:
    actions.reckon_rfm(by=SYSTEM, at=clock.now())
    customers.merge(profile_id=ten[5].pk, other_id=ten[4].pk, by=SYSTEM, at=clock.now())
    journal.deliver()

    login(client, olga)
    groups = {one["key"]: one["people"] for one in client.get("/api/v1/rfm").json()["groups"]}
    for key, people in groups.items():
        listed = client.get("/api/v1/rfm/people", {"group": key}).json()["items"]
        asked = queries.count({"trait": "rfm_cell", "op": "in", "value": [key]}, SYSTEM, at=clock.now())
        assert people == len(listed) == asked.people
    flows = client.get("/api/v1/rfm/flows").json()["flows"]
    assert sum(groups.values()) == sum(one["people"] for one in flows) == 9


def test_the_last_made_holds_though_the_clock_was_put_back(ten: list[Profile]) -> None:
    actions.reckon_rfm(by=SYSTEM, at=clock.now() + timedelta(days=34))
    today = actions.reckon_rfm(by=SYSTEM, at=clock.now())

    assert queries.last_rfm() == today
