"""Tiers: reached at once, kept for their time, lost after it; set up by the administrator."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.event import Event
from prilavok.kernel.models import StoredEvent
from prilavok.ledger import actions as ledger
from prilavok.ledger.actions import Purse
from prilavok.ledger.moves import Grant
from prilavok.ledger.rules import Wallet
from prilavok.loyalty import actions, queries, reactions, rules, tiering
from prilavok.loyalty.models import Account, Programme, Promotion, PromotionVersion, Tier, TierChange
from prilavok.loyalty.problems import BadTier, CodeTaken, TierInUse, TierNamed
from prilavok.loyalty.tests.till import put_up
from prilavok.orders import actions as orders
from prilavok.orders.models import Receipt
from prilavok.orders.tests.conftest import Basket, Line
from prilavok.relations import actions as relations
from prilavok.segments import actions as segments
from prilavok.segments import membership
from prilavok.segments.events import LeftSegment, PeopleListed
from prilavok.segments.models import Cause, Segment
from prilavok.segments.problems import SegmentInUse
from tests.cast import NOON, login

D = Decimal
YEAR = timedelta(365)
Buys = Callable[..., Receipt]


@pytest.fixture
def club(the_company: None) -> Programme:
    return actions.make_programme(code="club", name="Club", by=SYSTEM, at=NOON)


@pytest.fixture
def silver(club: Programme) -> Tier:
    """From 30 000 over twelve months."""
    return actions.make_tier(
        programme_id=club.pk, code="silver", name="Silver", entry=D(30_000), by=SYSTEM, at=NOON
    )


@pytest.fixture
def gold(club: Programme, silver: Tier) -> Tier:
    """Ten times as much, kept for half of that, waited for a month."""
    return actions.make_tier(
        programme_id=club.pk,
        code="gold",
        name="Gold",
        entry=D(300_000),
        kept=D(150_000),
        grace_days=30,
        by=SYSTEM,
        at=NOON,
    )


@pytest.fixture
def annas(anna: Profile, club: Programme) -> Account:
    return actions.open_accounts([anna.pk], club.pk, by=SYSTEM, at=NOON)[anna.pk]


@pytest.fixture
def buys(basket: Basket, line: Line) -> Buys:
    """`buys(anna, "2000", at=…)`: a receipt, and what loyalty does when it hears of it."""

    def buy(who: Profile, paid: str, *, at: datetime = NOON) -> Receipt:
        number = f"T-{uuid4().hex[:8]}"
        told = basket(number, line("milk", "1", paid), profile_id=who.pk, paid_at=at)
        receipt = orders.record_receipt(told, by=SYSTEM, at=at)
        stored = StoredEvent.objects.get(pk=receipt.public_id)
        reactions.look_at_tiers([journal.revive(stored)])
        return receipt

    return buy


def stands(account: Account) -> str | None:
    account.refresh_from_db()
    return account.tier.code if account.tier else None


def test_a_tier_is_reached_at_once_and_a_return_takes_nobody_down(
    anna: Profile, annas: Account, silver: Tier, buys: Buys, basket: Basket, line: Line
) -> None:
    buys(anna, "29000")
    assert stands(annas) is None
    way = queries.way_up(annas, SYSTEM, at=NOON)
    assert way is not None
    assert (way.tier, way.missing) == (silver, D(1000))

    bought = buys(anna, "2000")
    assert stands(annas) == "silver"
    assert annas.tier_until == NOON + timedelta(365)
    told = StoredEvent.objects.get(type="loyalty.TierReached")
    assert (told.customer_id, told.body["because"]) == (anna.pk, "entry")

    back = basket("R-1", line("milk", "1", "2000"), kind="return", returns_public_id=bought.public_id)
    orders.record_receipt(back, by=SYSTEM, at=NOON)
    actions.reevaluate([annas.pk], at=NOON + timedelta(1))
    assert stands(annas) == "silver"
    actions.reevaluate([annas.pk], at=NOON + YEAR)
    assert stands(annas) is None
    assert list(TierChange.objects.order_by("pk").values_list("because", flat=True)) == ["entry", "lost"]


def test_whoever_does_enough_stays_and_whoever_does_less_is_waited_for(
    anna: Profile, annas: Account, gold: Tier, buys: Buys
) -> None:
    buys(anna, "300000")
    later = NOON + timedelta(200)
    buys(anna, "150000", at=later)
    assert stands(annas) == "gold"
    actions.reevaluate([annas.pk], at=NOON + YEAR)
    assert (stands(annas), annas.tier_until) == ("gold", NOON + 2 * YEAR)
    actions.reevaluate([annas.pk], at=NOON + 2 * YEAR + timedelta(29))
    assert stands(annas) == "gold"
    buys(anna, "40000", at=NOON + 2 * YEAR + timedelta(29))
    actions.reevaluate([annas.pk], at=NOON + 2 * YEAR + timedelta(30))
    assert stands(annas) == "silver"


def test_a_household_and_a_merged_person_are_reckoned_as_one(
    anna: Profile, annas: Account, club: Programme, silver: Tier, buys: Buys
) -> None:
    petr = customers.register(NewCustomer(external_id="petr", first_name="Пётр"), by=SYSTEM, at=NOON)
    home = relations.make_household(head_id=anna.pk, members=[(petr.pk, "spouse")], by=SYSTEM, at=NOON)
    pool = actions.open_pool(home.pk, club.pk, by=SYSTEM, at=NOON)
    buys(anna, "20000")
    buys(petr, "10000")
    assert (stands(annas), stands(pool)) == (None, "silver")
    customers.merge(profile_id=anna.pk, other_id=petr.pk, rule="operator", by=SYSTEM, at=NOON)
    buys(anna, "1")
    assert stands(annas) == "silver"


def test_orders_and_points_are_measures_too(
    anna: Profile, annas: Account, club: Programme, buys: Buys
) -> None:
    terms: dict[str, Any] = {"by": SYSTEM, "at": NOON, "programme_id": club.pk}
    actions.make_tier(code="often", name="Often", measure="orders", entry=D(2), **terms)
    actions.make_tier(code="rich", name="Rich", measure="points", entry=D(4000), days=None, **terms)
    buys(anna, "1")
    assert stands(annas) is None
    buys(anna, "1")
    assert stands(annas) == "often"
    grant = Grant(
        cause=uuid4(),
        reason="points.earned",
        wallet=Wallet(rules.OWNER, annas.pk, club.unit),
        amount=D(4000),
        source=Purse("programme", club.pk, "issued", club.unit, may_owe=True),
    )
    ledger.carry_out([grant], by=SYSTEM, at=NOON)
    actions.reevaluate([annas.pk], at=NOON)
    assert stands(annas) == "rich"


def test_every_night_looks_at_those_whose_time_is_over(
    annas: Account, silver: Tier, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.put_in_tier(annas.pk, silver.pk, by=SYSTEM, at=NOON)
    assert stands(annas) == "silver"
    monkeypatch.setattr("prilavok.kernel.clock.now", lambda: NOON + YEAR)
    actions.keep_tiers()
    assert stands(annas) is None


def test_a_tier_in_use_is_not_removed(annas: Account, silver: Tier, gold: Tier, club: Programme) -> None:
    actions.put_in_tier(annas.pk, silver.pk, by=SYSTEM, at=NOON)
    with pytest.raises(TierInUse):
        actions.remove_tier(silver.pk, by=SYSTEM, at=NOON)
    assert actions.move_accounts(silver.pk, gold.pk, by=SYSTEM, at=NOON) == 1
    promotion = Promotion.objects.create(name="For silver", made_at=NOON, changed_at=NOON)
    text = {"name": "For silver", "give": [{"percent_off": 5}], "who": {"tiers": ["silver"]}}
    promotion.live = PromotionVersion.objects.create(
        promotion=promotion, number=1, definition=text, made_at=NOON
    )
    promotion.state = "live"
    promotion.save()
    with pytest.raises(TierNamed):
        actions.remove_tier(silver.pk, by=SYSTEM, at=NOON)
    promotion.state = "ended"
    promotion.save()
    actions.remove_tier(silver.pk, by=SYSTEM, at=NOON)
    assert list(queries.tiers(club, SYSTEM)) == [gold]
    actions.restore_tier(silver.pk, by=SYSTEM, at=NOON)
    assert list(queries.tiers(club, SYSTEM)) == [silver, gold]


def test_tiers_that_contradict_are_refused(club: Programme, silver: Tier) -> None:
    def make(**terms: Any) -> None:
        more: dict[str, Any] = {"code": "x", "name": "X", "entry": D(1)} | terms
        actions.make_tier(programme_id=club.pk, by=SYSTEM, at=NOON, **more)

    for terms in ({"kept": D(2)}, {"held_days": 0}, {"place": silver.place}):
        with pytest.raises(BadTier):
            make(**terms)
    with pytest.raises(CodeTaken):
        make(code="silver")


# ── The rules alone ──────────────────────────────────────────────────────────────────────────────────────

AMOUNTS = st.integers(0, 100).map(D)


@st.composite
def ladders(draw: st.DrawFn) -> list[tiering.Step]:
    entries = sorted(draw(st.sets(st.integers(1, 100), min_size=1, max_size=4)))
    return [
        tiering.Step(
            place,
            place,
            D(entry),
            draw(st.none() | st.integers(0, entry).map(D)),
            timedelta(draw(st.integers(1, 400))),
            timedelta(draw(st.integers(0, 60))),
        )
        for place, entry in enumerate(entries, 1)
    ]


@given(ladders(), st.lists(st.tuples(AMOUNTS, st.integers(0, 500)), max_size=12))
def test_nobody_falls_early_and_everybody_rises_at_once(
    steps: list[tiering.Step], story: list[tuple[Decimal, int]]
) -> None:
    """Over any story: what is reached is given, what is given is kept for its time, a second look changes nothing."""
    standing, at = tiering.Standing(), NOON
    for amount, days in story:
        at += timedelta(days)
        done = {step.id: amount for step in steps}
        after = tiering.looked_at(steps, done, standing, at) or standing
        place, before = after.tier or 0, standing.tier or 0
        assert place >= max((step.place for step in steps if amount >= step.entry), default=0)
        if place < before:
            assert standing.until is not None
            assert at >= standing.until + steps[before - 1].grace
            assert amount < steps[before - 1].retention
        assert (after.tier is None) == (after.until is None)
        assert tiering.looked_at(steps, done, after, at) is None
        standing = after


# ── Reached by a rule ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def friends(the_company: None) -> Segment:
    return segments.hold(name="Friends of the house", profile_ids=[], by=SYSTEM, at=NOON)


def hear(kind: type[Event], react: Callable[[Any], None]) -> None:
    """What loyalty does when it is told of the latest of these."""
    react(journal.revive(StoredEvent.objects.filter(type=kind.type_name()).order_by("-id")[0]))


def test_a_segment_leads_to_a_tier(anna: Profile, club: Programme, annas: Account, friends: Segment) -> None:
    terms: dict[str, Any] = {
        "code": "friend",
        "name": "Friend",
        "measure": "segment",
        "segment": friends,
        "entry": None,
    }
    actions.make_tier(programme_id=club.pk, held_days=30, by=SYSTEM, at=NOON, **terms)

    membership.replace(friends, [anna.pk], why=Cause.LIST, by=SYSTEM, at=NOON, tell=True)
    hear(PeopleListed, reactions.look_at_tiers_of_listed)
    annas.refresh_from_db()
    assert annas.tier is not None and annas.tier.code == "friend"
    assert queries.way_up(annas, SYSTEM, at=NOON) is None
    assert TierChange.objects.get().measured is None

    membership.replace(friends, [], why=Cause.LIST, by=SYSTEM, at=NOON, tell=True)
    hear(LeftSegment, lambda event: reactions.look_at_tiers_of_members([event]))
    annas.refresh_from_db()
    assert annas.tier is not None  # held for its time
    actions.reevaluate([annas.pk], at=NOON + timedelta(30))
    annas.refresh_from_db()
    assert annas.tier is None


def test_a_segment_that_leads_to_a_tier_or_that_a_promotion_asks_for_is_not_archived(
    client: Client, ada: Employee, club: Programme, friends: Segment
) -> None:
    login(client, ada)
    path, told = (
        f"programmes/{club.public_id}/tiers",
        {"code": "friend", "name": "Friend", "measure": "segment"},
    )
    refused = send(client, path, told)
    assert (refused.status_code, refused.json()["field"]) == (422, "segment")
    refused = send(client, path, told | {"measure": "orders"})
    assert (refused.status_code, refused.json()["field"]) == (422, "entry")
    made = send(client, path, told | {"segment": str(friends.public_id)})
    assert (made.status_code, made.json()["segment"]) == (201, str(friends.public_id))
    with pytest.raises(SegmentInUse):
        segments.archive(segment_id=friends.pk, by=SYSTEM, at=NOON)
    page = client.get(f"/loyalty/tiers/{made.json()['id']}/change/").content.decode()
    assert f'value="{friends.public_id}" selected' in page

    by_sum = {"measure": "turnover", "entry": "4000"}
    assert send(client, f"tiers/{made.json()['id']}", by_sum, "PATCH").json()["segment"] is None
    for_friends = put_up("For friends", give={"percent_off": 5}, who={"segments": [str(friends.public_id)]})
    with pytest.raises(SegmentInUse):
        segments.archive(segment_id=friends.pk, by=SYSTEM, at=NOON)
    Promotion.objects.filter(pk=for_friends.pk).update(state=Promotion.State.ENDED)
    segments.archive(segment_id=friends.pk, by=SYSTEM, at=NOON)


# ── By the API ───────────────────────────────────────────────────────────────────────────────────────────


def send(client: Client, path: str, body: dict[str, Any] | None = None, method: str = "POST") -> Any:
    return client.generic(
        method,
        f"/api/v1/{path}",
        json.dumps(body or {}),
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )


def test_the_administrator_builds_a_ladder_by_the_api(client: Client, ada: Employee, annas: Account) -> None:
    login(client, ada)
    programme = client.get("/api/v1/programmes").json()[0]["id"]
    ladder = {"5000": "5", "15000": "7", "500000": "15"}
    for entry, percent in ladder.items():
        told = {"code": f"t{percent}", "name": f"{percent} %", "entry": entry}
        made = send(client, f"programmes/{programme}/tiers", told)
        assert made.status_code == 201, made.content
    listed = client.get(f"/api/v1/programmes/{programme}/tiers").json()
    assert [one["place"] for one in listed] == [1, 2, 3]
    first, second = listed[0]["id"], listed[1]["id"]
    put = send(client, f"accounts/{annas.public_id}/tier", {"tier": first}, "PUT")
    assert put.json()["tier"]["code"] == "t5"
    refused = send(client, f"tiers/{first}", method="DELETE")
    assert (refused.status_code, refused.json()["code"]) == (409, "tier_in_use")
    assert send(client, f"tiers/{first}/moves", {"to": second}).json() == {"moved": 1}
    assert send(client, f"tiers/{first}", method="DELETE").status_code == 204
    assert send(client, f"tiers/{second}", {"entry": "7000"}, "PATCH").json()["entry"] == "7000.0000"


def test_a_stranger_touches_no_tier(
    client: Client, max_stranger: Employee, silver: Tier, annas: Account
) -> None:
    login(client, max_stranger)
    answers = [
        client.get(f"/api/v1/programmes/{silver.programme.public_id}/tiers"),
        send(
            client, f"programmes/{silver.programme.public_id}/tiers", {"code": "a", "name": "A", "entry": 1}
        ),
        send(client, f"tiers/{silver.public_id}", {}, "PATCH"),
        send(client, f"tiers/{silver.public_id}", method="DELETE"),
        send(client, f"accounts/{annas.public_id}/tier", {"tier": None}, "PUT"),
    ]
    assert {answer.status_code for answer in answers} == {403}
