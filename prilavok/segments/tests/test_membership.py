"""Who is in, since when, and what did it: drawn, moved by events and by days that pass, never forgotten."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from prilavok.company.models import Employee, Shop
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.facts import actions as facts_actions
from prilavok.facts import client, filling
from prilavok.kernel import clock, delivery, jobs, journal
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.kernel.models import StoredEvent
from prilavok.orders.events import LineFact, ReceiptPaid
from prilavok.segments import actions, membership, queries, reckoning
from prilavok.segments.models import Cause, Membership, Segment
from prilavok.segments.problems import BadCondition, RefersToItself, SegmentInUse
from tests.cast import NOON, actor, login

MOSCOW = ZoneInfo("Europe/Moscow")  # the days of the shop on Lenina street
REACHABLE = {"all": [{"trait": "email_ok", "is": True}]}
BUYERS = {"all": [{"fact": "purchases", "measure": "receipts", "op": ">=", "value": 2}]}
QUIET = {
    "all": [{"fact": "purchases", "measure": "receipts", "op": "=", "value": 0, "window": {"last_days": 7}}]
}


@pytest.fixture
def boris(shop_on_lenina: Shop) -> Profile:
    """Boris has a card and nothing else."""
    new = NewCustomer(
        external_id="boris", first_name="Борис", cards=("290000777",), shop_id=shop_on_lenina.pk
    )
    return customers.register(new, by=SYSTEM, at=NOON)


def segment(tree: dict[str, Any], name: str = "One", kind: str = "dynamic") -> Segment:
    return actions.create(name=name, tree=tree, kind=kind, by=SYSTEM, at=clock.now())


def buy(profile: Profile, shop: Shop, *, days_ago: int = 0, live: bool = True, number: int = 0) -> None:
    """A receipt's event, as orders tell it."""
    at = clock.now() - timedelta(days=days_ago)
    line = LineFact(1, 1, 1, Decimal(1), Decimal(100), Decimal(100), Decimal(0))
    paid = ReceiptPaid(
        receipt_id=number or StoredEvent.objects.count() + 1,
        public_id=profile.public_id,
        shop_id=shop.pk,
        local_date=at.date(),
        local_hour=at.hour,
        currency="RUB",
        revenue=Decimal(100),
        paid=Decimal(100),
        discount=Decimal(0),
        items=Decimal(1),
        lines=(line,),
    )
    entry = journal.Entry(paid, at=at, customer=profile.pk, shop=shop.pk)
    with transaction.atomic():
        journal.record_many([entry], by=SYSTEM, live=live)


@pytest.fixture(autouse=True)
def _real_facts(facts: None) -> None:
    """Every test here stands on a facts process."""


def test_a_new_segment_holds_who_meets_it(anna: Profile, boris: Profile) -> None:
    journal.deliver()
    reachable = segment(REACHABLE)

    assert queries.member_ids(reachable.pk) == [anna.pk]
    assert (reachable.size, reachable.trouble) == (1, "")
    assert Membership.objects.get().cause == Cause.DRAWN


def test_while_the_past_is_filled_todays_sale_is_seen_in_its_segment(
    anna: Profile, boris: Profile, shop_on_lenina: Shop
) -> None:
    facts_actions.prepare()  # as a process of facts does when it starts
    buy(anna, shop_on_lenina, days_ago=90)
    buy(boris, shop_on_lenina, days_ago=90)
    journal.deliver()
    buyers = segment(BUYERS)
    assert not queries.member_ids(buyers.pk)

    seen: list[set[int]] = []
    for number, _table in enumerate(filling.slices(["profiles", "receipts", "receipt_lines"])):
        if number < 2:  # while people are looked through, and while the receipts are told beside
            buy((anna, boris)[number], shop_on_lenina)
            journal.deliver()
            seen.append(set(queries.member_ids(buyers.pk)))

    assert seen == [{anna.pk}, {anna.pk, boris.pk}]
    assert (
        client.value("SELECT count() FROM receipts") == client.value("SELECT count() FROM receipt_lines") == 4
    )
    assert actions.refresh(segment_id=buyers.pk, by=SYSTEM, at=clock.now()) == membership.Change(0, 0)


def test_old_receipts_by_the_thousand_do_not_keep_a_new_one_waiting(
    anna: Profile, boris: Profile, shop_on_lenina: Shop
) -> None:
    journal.deliver()
    buyers = segment(BUYERS)
    with transaction.atomic():
        for _ in range(600):  # more than a consumer takes at once
            buy(boris, shop_on_lenina, days_ago=400, live=False, number=1)
    buy(anna, shop_on_lenina, number=2)
    buy(anna, shop_on_lenina, number=3)

    while delivery.behind("facts"):
        delivery.step("facts")
    delivery.step("segments")  # once
    assert queries.member_ids(buyers.pk) == [anna.pk]
    journal.deliver()
    buyers.refresh_from_db()
    assert buyers.stale_since is not None


def test_a_purchase_brings_the_buyer_in_and_says_which_event_did_it(
    anna: Profile, boris: Profile, shop_on_lenina: Shop
) -> None:
    journal.deliver()
    buyers = segment(BUYERS)
    buy(anna, shop_on_lenina)
    journal.deliver()
    assert queries.member_ids(buyers.pk) == []
    buy(anna, shop_on_lenina)
    journal.deliver()

    stay = Membership.objects.get(segment=buyers)
    second = StoredEvent.objects.filter(type="orders.ReceiptPaid").order_by("-id").first()
    assert (stay.profile_id, stay.cause, stay.cause_event) == (anna.pk, Cause.EVENT, second and second.pk)
    entered = StoredEvent.objects.get(type="segments.EnteredSegment")
    assert (entered.customer_id, entered.cause) == (anna.pk, stay.cause_event)
    assert queries.is_in(buyers.pk, anna.pk)
    buyers.refresh_from_db()
    assert buyers.size == 1


def test_withdrawing_the_consent_ends_the_stay_but_not_its_history(anna: Profile) -> None:
    journal.deliver()
    reachable = segment(REACHABLE)
    before = clock.now()
    customers.withdraw_consent(
        profile_id=anna.pk, channel="email", purpose="marketing", source="operator", by=SYSTEM, at=clock.now()
    )
    journal.deliver()

    assert queries.member_ids(reachable.pk) == []
    assert queries.members_on(reachable.pk, before) == [anna.pk]
    assert Membership.objects.get().end_cause == Cause.EVENT


def test_history_only_marks_segments_and_a_refresh_follows(anna: Profile, shop_on_lenina: Shop) -> None:
    journal.deliver()
    buyers = segment(BUYERS)
    buy(anna, shop_on_lenina, days_ago=30, live=False)
    buy(anna, shop_on_lenina, days_ago=20, live=False)
    journal.deliver()
    buyers.refresh_from_db()
    assert buyers.stale_since is not None
    assert buyers.size == 0

    actions.keep_up()
    buyers.refresh_from_db()
    assert buyers.size == 1
    assert not buyers.stale_since


def test_days_that_pass_bring_the_quiet_in(
    anna: Profile, shop_on_lenina: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    buy(anna, shop_on_lenina)
    journal.deliver()
    quiet = segment(QUIET)
    assert queries.member_ids(quiet.pk) == []

    later = clock.now() + timedelta(days=8)
    monkeypatch.setattr(clock, "now", lambda: later)
    actions.keep_up()

    stay = Membership.objects.get(segment=quiet)
    assert (stay.profile_id, stay.cause) == (anna.pk, Cause.TIME)


@pytest.mark.parametrize("stopped", [False, True], ids=["to its end", "stopped"])
def test_what_happens_while_a_day_is_looked_at_is_not_lost(
    anna: Profile, shop_on_lenina: Shop, monkeypatch: pytest.MonkeyPatch, stopped: bool
) -> None:
    lately = {"all": [{**BUYERS["all"][0], "value": 1, "window": {"last_days": 7}}]}
    buy(anna, shop_on_lenina)
    journal.deliver()
    buyers = segment(lately)
    later = clock.now() + timedelta(days=8)
    monkeypatch.setattr(clock, "now", lambda: later)
    move, bought = membership.move, list[int]()

    def move_after_a_sale(*told: Any, **how: Any) -> membership.Change:
        if not bought:
            bought.append(1)
            buy(anna, shop_on_lenina)
            journal.deliver()
        return move(*told, **how)

    monkeypatch.setattr(membership, "move", move_after_a_sale)
    if stopped:  # when everybody is moved, before what happened meanwhile is heard
        with monkeypatch.context() as meanwhile, pytest.raises(KeyboardInterrupt):
            meanwhile.setattr(delivery, "heard", _stop)
            actions.wake(at=later)
        actions.keep_up()
    else:
        actions.wake(at=later)

    assert bought
    assert queries.member_ids(buyers.pk) == [anna.pk]
    buyers.refresh_from_db()
    assert (buyers.size, buyers.stale_since) == (1, None)


def _stop(*_told: object, **_how: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("first", [True, False], ids=["drawn", "refreshed"])
def test_what_happens_while_a_segment_is_reckoned_whole_is_not_lost(
    anna: Profile, boris: Profile, shop_on_lenina: Shop, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    journal.deliver()
    if not first:
        buyers = segment(BUYERS)
        for _time in range(2):
            buy(boris, shop_on_lenina, live=False)
        journal.deliver()
    people = reckoning.people

    def ask_and_then_sell(*asked: Any, **how: Any) -> set[int]:
        found = people(*asked, **how)
        monkeypatch.setattr(reckoning, "people", people)
        for _time in range(2):
            buy(anna, shop_on_lenina)
        journal.deliver()
        return set(found)

    monkeypatch.setattr(reckoning, "people", ask_and_then_sell)
    if first:
        buyers = segment(BUYERS)
    else:
        actions.refresh(segment_id=buyers.pk, by=SYSTEM, at=clock.now())
    assert anna.pk not in queries.member_ids(buyers.pk)

    job = ProcrastinateJob.objects.filter(args__name="prilavok.segments.actions.hear_again").latest("id")
    jobs.call(job.args["name"], job.args["arguments"])

    assert set(queries.member_ids(buyers.pk)) == ({anna.pk} if first else {anna.pk, boris.pk})
    buyers.refresh_from_db()
    assert buyers.size == (1 if first else 2)


def test_a_static_segment_keeps_its_people(anna: Profile) -> None:
    journal.deliver()
    drawn = segment(REACHABLE, kind="static")
    customers.withdraw_consent(
        profile_id=anna.pk, channel="email", purpose="marketing", source="operator", by=SYSTEM, at=clock.now()
    )
    journal.deliver()
    actions.refresh(segment_id=drawn.pk, by=SYSTEM, at=clock.now())

    assert queries.member_ids(drawn.pk) == [anna.pk]


def test_segments_may_stand_on_segments_but_not_on_themselves(anna: Profile, boris: Profile) -> None:
    journal.deliver()
    first = segment(REACHABLE, "First")
    listed = actions.load_list(name="Listed", values=["290000777"], by=SYSTEM, at=clock.now()).segment
    journal.deliver()
    either = {"any": [{"segment": str(first.public_id)}, {"segment": str(listed.public_id)}]}
    second = segment(either, "Second")
    assert sorted(queries.member_ids(second.pk)) == sorted([anna.pk, boris.pk])
    assert queries.explain(second.pk, boris.pk, SYSTEM, at=clock.now()).inside

    with pytest.raises(RefersToItself):
        actions.change(
            segment_id=first.pk,
            name="First",
            tree={"segment": str(second.public_id)},
            by=SYSTEM,
            at=clock.now(),
        )
    with pytest.raises(SegmentInUse):
        actions.archive(segment_id=first.pk, by=SYSTEM, at=clock.now())


def test_other_conditions_are_the_next_version_and_the_stays_go_on(anna: Profile) -> None:
    journal.deliver()
    one = segment(REACHABLE)
    since = Membership.objects.get().since
    wider = {"any": [{"trait": "email_ok", "is": True}, {"trait": "has_phone", "is": True}]}
    actions.change(segment_id=one.pk, name="Wider", tree=wider, by=SYSTEM, at=clock.now())
    actions.change(segment_id=one.pk, name="Wider still", tree=wider, by=SYSTEM, at=clock.now())

    assert one.versions.count() == 2
    assert Membership.objects.get().since == since


def test_the_last_truth_holds_while_facts_are_down(anna: Profile, settings: object) -> None:
    journal.deliver()
    reachable = segment(REACHABLE)
    settings.FACTS_URL = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    with pytest.raises(client.FactsDown):
        actions.refresh(segment_id=reachable.pk, by=SYSTEM, at=clock.now())

    reachable.refresh_from_db()
    assert queries.member_ids(reachable.pk) == [anna.pk]
    assert "not answering" in reachable.trouble or "не отвечает" in reachable.trouble


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"all": "everybody"},
        {"trait": "shoe_size", "op": "=", "value": 5},
        {"trait": "age", "op": "in", "value": [5]},
        {"trait": "age", "op": ">=", "value": "many"},
        {"fact": "purchases", "measure": "receipts", "op": ">=", "value": 1, "where": {"colour": [1]}},
        {"fact": "purchases", "measure": "receipts", "op": ">=", "value": 1, "window": {"last_days": 0}},
        {
            "fact": "purchases",
            "measure": "receipts",
            "op": ">=",
            "value": 1,
            "window": {"from": "2026-02-01", "to": "2026-01-01"},
        },
        {"segment": "01900000-0000-7000-8000-000000000000"},
        {"sample": {"share": 2}},
        {"trait": "sex", "op": "in", "value": ["'; DROP TABLE profiles; --"]},
    ],
)
def test_nonsense_is_refused_or_harmless(tree: dict[str, Any], anna: Profile) -> None:
    journal.deliver()
    if tree.get("trait") == "sex":
        assert queries.count(tree, SYSTEM, at=NOON).people == 0
        return
    with pytest.raises(BadCondition):
        segment(tree)


def test_a_stranger_makes_and_sees_nothing(max_stranger: Employee) -> None:
    with pytest.raises(Refused):
        actions.create(name="Mine", tree=REACHABLE, kind="dynamic", by=actor(max_stranger), at=NOON)
    with pytest.raises(Refused):
        queries.count(REACHABLE, actor(max_stranger), at=NOON)


def test_replacing_touches_only_the_difference(anna: Profile, boris: Profile) -> None:
    journal.deliver()
    one = segment(REACHABLE)
    first = Membership.objects.get()
    at: datetime = clock.now()
    change = membership.replace(one, [anna.pk, boris.pk], why=Cause.EVENT, by=SYSTEM, at=at, tell=True)

    assert (change.entered, change.left) == (1, 0)
    assert Membership.objects.get(profile=anna) == first
    assert membership.replace(one, [], why=Cause.EVENT, by=SYSTEM, at=clock.now(), tell=True).left == 2


def test_who_was_in_when_and_what_did_it_are_told(
    anna: Profile, shop_on_lenina: Shop, marina: Employee, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.deliver()
    lately = segment({**BUYERS["all"][0], "window": {"last_days": 3}})
    buy(anna, shop_on_lenina)
    buy(anna, shop_on_lenina)
    journal.deliver()
    today = clock.now().astimezone(MOSCOW)
    later = today + timedelta(days=4)
    monkeypatch.setattr(clock, "now", lambda: later)
    actions.keep_up()

    left, came = queries.turns(lately, [anna.pk], actor(marina))
    assert (came.came_in, came.cause, left.came_in, left.cause) == (True, Cause.EVENT, False, Cause.TIME)
    assert came.event and not left.event
    assert [leaf.measure for leaf in came.conditions] == ["receipts"]  # type: ignore[union-attr]
    assert came.conditions == left.conditions

    login(client, marina)
    address = reverse("segments:segment", args=[lately.public_id])
    assert "Ковалёва" not in client.get(address).content.decode()
    assert "Ковалёва" in client.get(address, {"on": reckoning.day_of(today).isoformat()}).content.decode()
    assert "Ковалёва" not in client.get(address, {"on": "2026-01-01"}).content.decode()
    gone = {"who": "gone", "since": reckoning.day_of(later).isoformat()}
    assert "Ковалёва" not in client.get(address, gone).content.decode()
    told = client.get(reverse("segments:explain", args=[lately.public_id, anna.public_id])).content.decode()
    assert "bought at least 2 times in the last 3 days" in told

    answer = client.get(f"/api/v1/segments/{lately.public_id}/members/{anna.public_id}").json()
    assert [turn["came_in"] for turn in answer["history"]] == [False, True]
    moment = today.isoformat()
    then = client.get(f"/api/v1/segments/{lately.public_id}/members", {"on": moment, "since": moment})
    assert then.json()["items"] == []
