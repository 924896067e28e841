"""Who turned out to be one person counts as one: in conditions, in RFM, in a segment's stays; and as two again."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest

from prilavok.company.models import Shop
from prilavok.customers import actions as customers
from prilavok.customers import queries as known
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.facts import client
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.segments import actions, queries
from prilavok.segments.models import Membership, RfmScore
from prilavok.segments.tests.test_membership import BUYERS, REACHABLE, buy, segment
from tests.cast import NOON

PEOPLE = 5
STEPS = 14


@pytest.fixture(autouse=True)
def _real_facts(facts: None) -> None:
    """Every test here stands on a facts process."""


def card(number: int, shop: Shop) -> Profile:
    new = NewCustomer(external_id=f"c{number}", cards=(f"29000{number}",), shop_id=shop.pk)
    return customers.register(new, by=SYSTEM, at=NOON)


def one(into: Profile, other: Profile) -> int:
    return customers.merge(profile_id=into.pk, other_id=other.pk, by=SYSTEM, at=clock.now()).pk


def test_two_cards_with_a_purchase_each_are_one_buyer_of_two(shop_on_lenina: Shop) -> None:
    first, second = card(1, shop_on_lenina), card(2, shop_on_lenina)
    buy(first, shop_on_lenina)
    buy(second, shop_on_lenina)
    journal.deliver()
    buyers = segment(BUYERS)
    assert queries.member_ids(buyers.pk) == []

    made = one(first, second)
    journal.deliver()
    assert queries.member_ids(buyers.pk) == [first.pk]
    buy(second, shop_on_lenina)  # at the till with the old card
    journal.deliver()
    assert queries.explain(buyers.pk, first.pk, SYSTEM, at=clock.now()).inside

    customers.undo_merge(merge_id=made, by=SYSTEM, at=clock.now())
    journal.deliver()
    assert queries.member_ids(buyers.pk) == [second.pk]  # with two receipts; the first has one
    assert (
        Membership.objects.filter(segment=buyers, profile=first).count() == 1
    )  # the stay is history, not gone


def test_a_merged_record_leaves_every_segment_and_comes_back_with_the_undo(shop_on_lenina: Shop) -> None:
    first = card(1, shop_on_lenina)
    second = customers.register(NewCustomer(external_id="two", email="two@example.org"), by=SYSTEM, at=NOON)
    customers.give_consent(profile_id=second.pk, channel="email", source="site", by=SYSTEM, at=NOON)
    journal.deliver()
    reachable = segment(REACHABLE)
    assert queries.member_ids(reachable.pk) == [second.pk]

    made = one(first, second)
    journal.deliver()
    assert queries.member_ids(reachable.pk) == [first.pk]

    customers.undo_merge(merge_id=made, by=SYSTEM, at=clock.now())
    journal.deliver()
    assert queries.member_ids(reachable.pk) == [second.pk]


def test_a_day_moves_the_person_by_what_any_of_its_cards_bought(
    shop_on_lenina: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (card(number, shop_on_lenina) for number in (1, 2, 3))
    for who in (second, third):
        buy(who, shop_on_lenina)
    one(first, second)
    journal.deliver()
    lately = segment({**BUYERS["all"][0], "value": 1, "window": {"last_days": 7}})
    assert queries.member_ids(lately.pk) == [first.pk, third.pk]

    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=5))
    buy(second, shop_on_lenina)
    journal.deliver()
    actions.wake(at=now + timedelta(days=5))
    assert queries.member_ids(lately.pk) == [first.pk, third.pk]
    actions.wake(at=now + timedelta(days=8))
    assert queries.member_ids(lately.pk) == [first.pk]
    actions.wake(at=now + timedelta(days=13))
    assert queries.member_ids(lately.pk) == []


def test_rfm_scores_the_person_once(shop_on_lenina: Shop) -> None:
    first, second = card(1, shop_on_lenina), card(2, shop_on_lenina)
    buy(first, shop_on_lenina, days_ago=3)
    buy(second, shop_on_lenina, days_ago=1)
    one(first, second)
    journal.deliver()
    actions.reckon_rfm(by=SYSTEM, at=clock.now())

    score = RfmScore.objects.get()
    assert (score.profile_id, score.receipts, score.revenue) == (first.pk, 2, Decimal(200))


@pytest.mark.parametrize("seed", [1, 2])
def test_facts_and_base_agree_whatever_is_merged_and_undone(shop_on_lenina: Shop, seed: int) -> None:
    dice = random.Random(seed)
    people = [card(number, shop_on_lenina) for number in range(PEOPLE)]
    receipts = dict.fromkeys((one.pk for one in people), 0)
    journal.deliver()
    buyers, made = segment(BUYERS), list[int]()
    for _ in range(STEPS):
        step = dice.choice(("merge", "merge", "undo", "buy"))
        if step == "merge":
            into, other = dice.sample(people, 2)
            try:
                made.append(one(into, other))
            except customers.AlreadyOne:
                continue
        elif step == "undo" and made:
            customers.undo_merge(merge_id=made.pop(dice.randrange(len(made))), by=SYSTEM, at=clock.now())
        elif step == "buy":
            who = dice.choice(people)
            buy(who, shop_on_lenina)
            receipts[who.pk] += 1
    journal.deliver()

    heads = known.heads_of(receipts)
    together = dict.fromkeys(heads.values(), 0)
    for profile, head in heads.items():
        together[head] += receipts[profile]
    assert queries.member_ids(buyers.pk) == sorted(head for head, count in together.items() if count >= 2)
    assert dict(client.rows("SELECT profile_id, head_id FROM kin FINAL")) == {
        profile: head for profile, head in heads.items() if profile != head
    }
    assert sorted(client.column("SELECT profile_id FROM profiles FINAL")) == sorted(together)
    assert client.value("SELECT count() FROM receipts") == sum(receipts.values())
