"""Whole reckonings that meet: a change of the conditions, another reckoning, a stop half-way, facts that are gone."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from prilavok.company.models import Shop
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.facts.client import TooHeavy
from prilavok.kernel import clock, delivery, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.segments import actions, membership, queries, reckoning
from prilavok.segments.models import Segment
from prilavok.segments.tests.test_membership import BUYERS, REACHABLE, buy, segment


@pytest.fixture(autouse=True)
def _real_facts(facts: None) -> None:
    """Every test here stands on a facts process."""


@pytest.fixture
def stale(anna: Profile, shop_on_lenina: Shop) -> Segment:
    """Two old purchases of Anna's have been loaded since it was drawn."""
    journal.deliver()
    buyers = segment(BUYERS)
    for _time in range(2):
        buy(anna, shop_on_lenina, days_ago=3, live=False)
    journal.deliver()
    assert not queries.member_ids(buyers.pk)
    return buyers


def test_what_changed_the_conditions_while_others_reckoned_has_the_last_word(
    anna: Profile, shop_on_lenina: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    vera = customers.register(NewCustomer(external_id="vera"), by=SYSTEM, at=clock.now())
    journal.deliver()
    one = segment(REACHABLE)
    unreachable = {"not": {"trait": "email_ok", "is": True}}
    people, hands = reckoning.people, ThreadPoolExecutor(1)

    def change() -> None:
        try:
            actions.change(segment_id=one.pk, name="Other", tree=unreachable, by=SYSTEM, at=clock.now())
        finally:
            connection.close()

    def ask(*asked: Any, **how: Any) -> list[int]:
        found = people(*asked, **how)
        monkeypatch.setattr(reckoning, "people", people)
        changing.append(hands.submit(change))
        while one.versions.count() == 1 and not changing[0].done():
            time.sleep(0.01)
        return found

    changing: list[Any] = []
    monkeypatch.setattr(reckoning, "people", ask)
    actions.refresh(segment_id=one.pk, by=SYSTEM, at=clock.now())
    changing[0].result()
    hands.shutdown()

    assert queries.member_ids(one.pk) == [vera.pk]


def test_facts_that_were_gone_leave_the_segment_marked(stale: Segment, anna: Profile, settings: Any) -> None:
    there, settings.FACTS_URL = settings.FACTS_URL, "http://127.0.0.1:9"
    actions.keep_up()
    settings.FACTS_URL = there
    actions.keep_up()

    assert queries.member_ids(stale.pk) == [anna.pk]
    stale.refresh_from_db()
    assert (stale.stale_since, stale.trouble) == (None, "")


def test_a_question_about_a_few_that_is_too_heavy_leaves_the_segment_marked(
    anna: Profile, shop_on_lenina: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_asked: object, **_how: object) -> None:
        raise TooHeavy

    journal.deliver()
    buyers = segment(BUYERS)
    for _time in range(2):
        buy(anna, shop_on_lenina)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(reckoning, "judge", stopped)
        journal.deliver()
    assert not delivery.behind("segments")
    actions.keep_up()

    assert queries.member_ids(buyers.pk) == [anna.pk]


def test_whoever_is_stopped_half_way_leaves_it_to_the_next(
    stale: Segment, anna: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_asked: object, **_how: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as meanwhile, pytest.raises(KeyboardInterrupt):
        meanwhile.setattr(membership, "replace", stopped)
        actions.keep_up()
    actions.keep_up()

    assert queries.member_ids(stale.pk) == [anna.pk]


def test_a_refresh_that_nothing_asked_for_is_done_again_when_it_was_stopped_half_way(
    anna: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.deliver()
    one = segment(REACHABLE)

    def stopped(*_asked: object, **_how: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as meanwhile, pytest.raises(KeyboardInterrupt):
        meanwhile.setattr(membership, "replace", stopped)
        actions.refresh(segment_id=one.pk, by=SYSTEM, at=clock.now())
    one.refresh_from_db()
    assert one.stale_since
    actions.keep_up()

    one.refresh_from_db()
    assert one.stale_since is None
    assert queries.member_ids(one.pk) == [anna.pk]


def test_a_static_segment_that_could_not_be_drawn_is_drawn_when_facts_are_back(
    anna: Profile, settings: Any
) -> None:
    journal.deliver()
    there, settings.FACTS_URL = settings.FACTS_URL, "http://127.0.0.1:9"
    drawn = segment(REACHABLE, kind="static")
    settings.FACTS_URL = there
    actions.keep_up()

    assert queries.member_ids(drawn.pk) == [anna.pk]


def test_who_comes_new_is_among_those_who_never_bought_and_who_is_erased_in_nothing(
    shop_on_lenina: Shop,
) -> None:
    never = {"fact": "purchases", "measure": "receipts", "op": "=", "value": 0}
    trees: list[dict[str, Any]] = [
        never,
        {"all": []},
        {"sample": {"share": 1, "salt": "all"}},
        {"trait": "rfm_cell", "op": "empty"},
        {"not": {"trait": "rfm_cell", "op": "filled"}},
        {"trait": "rfm_cell", "op": "filled"},
    ]
    made = [segment(tree) for tree in trees]
    made.append(segment({"segment": str(made[0].public_id)}))
    vera = customers.register(NewCustomer(external_id="vera"), by=SYSTEM, at=clock.now())
    journal.deliver()

    within = [queries.member_ids(one.pk) for one in made]
    assert within == [[vera.pk]] * 5 + [[]] + [[vera.pk]]
    assert actions.refresh(segment_id=made[5].pk, by=SYSTEM, at=clock.now()) == membership.Change(0, 0)

    customers.erase(profile_id=vera.pk, by=SYSTEM, at=clock.now())
    journal.deliver()
    assert not any(queries.member_ids(one.pk) for one in made)
