"""Who moved between the groups of RFM: between any two days, true through merges and erasure."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee, Shop
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.facts import client as column_store
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.segments import actions, queries
from prilavok.segments.models import RfmPast, RfmRun, Segment
from prilavok.segments.reckoning import day_of
from prilavok.segments.rfm import asking, schemes
from prilavok.segments.tests.tills import sell
from tests.cast import NOON, actor, login

# Two groups: bought within thirty days, or earlier; whoever never bought stands alone.
LATELY: dict[str, Any] = {
    "r": {"bands": 3, "limits": ["30", "200"]},
    "f": {"bands": 3, "limits": ["2", "3"]},
    "groups": [{"key": "fresh", "name": "Fresh"}, {"key": "stale", "name": "Stale", "silent": True}],
    "grid": [["stale"] * 3, ["stale"] * 3, ["fresh"] * 3],
}


@pytest.fixture
def four(facts: None, shop_on_lenina: Shop) -> list[Profile]:
    """60 days ago: never bought, fresh, fresh, stale. Then the first two buy, and all is reckoned again."""
    people = [
        customers.register(NewCustomer(external_id=f"m{n}", shop_id=shop_on_lenina.pk), by=SYSTEM, at=NOON)
        for n in range(4)
    ]
    main = schemes.main()
    schemes.change(scheme_id=main.pk, name="", told=LATELY, by=SYSTEM, at=clock.now())
    for person, ago in zip(people[1:], (65, 70, 100), strict=True):
        sell(person, shop_on_lenina, days_ago=ago)
    journal.deliver()
    actions.reckon_rfm(by=SYSTEM, at=ago_60())
    for person in people[:2]:
        sell(person, shop_on_lenina, days_ago=1)
    journal.deliver()
    actions.reckon_rfm(by=SYSTEM, at=clock.now() - timedelta(days=1))
    journal.deliver()
    return people


def ago_60() -> Any:
    return clock.now() - timedelta(days=60)


def moved(by: Any = SYSTEM) -> dict[tuple[str, str], int]:
    main = schemes.main()
    days = asking.between(main, day_of(ago_60()), None, at=clock.now())
    return {(one.came_from, one.into): one.people for one in asking.flows(by, main, days)}


def test_flows_between_two_days_are_told_once_for_each_person(four: list[Profile]) -> None:
    assert moved() == {
        ("never", "fresh"): 1,
        ("fresh", "fresh"): 1,
        ("fresh", "stale"): 1,
        ("stale", "stale"): 1,
    }
    main = schemes.main()
    days = asking.between(main, day_of(ago_60()), None, at=clock.now())
    assert asking.movers(SYSTEM, main, days, "fresh", "stale").get().profile_id == four[2].pk
    assert [run.moved for run in RfmRun.objects.all()] == [0, 2]
    assert RfmPast.objects.count() == 2  # a row for a change, none for those who stayed
    actions.reckon_rfm(by=SYSTEM, at=clock.now())
    assert RfmPast.objects.count() == 2

    early = asking.between(main, day_of(clock.now()) - timedelta(days=900), None, at=clock.now())
    assert early.first == day_of(ago_60())  # no earlier than history begins
    same = asking.between(main, early.first, early.first, at=clock.now())
    assert all(one.came_from == one.into for one in asking.flows(SYSTEM, main, same))


def test_a_move_is_a_condition_of_segments(four: list[Profile]) -> None:
    main = schemes.main().pk
    tree = {
        "fact": "rfm_moves",
        "measure": "times",
        "op": ">=",
        "value": 1,
        "where": {"rfm_from": [f"{main}.fresh"], "rfm_to": [f"{main}.stale"]},
        "window": {"last_days": 30},
    }
    assert queries.count(tree, SYSTEM, at=clock.now()).some == (four[2].pk,)
    assert column_store.value("SELECT count() FROM rfm_moves") == 2


def test_what_a_changed_scheme_moves_is_no_move_of_customers(four: list[Profile]) -> None:
    main = schemes.main()
    told = LATELY | {"grid": [["fresh"] * 3, ["stale"] * 3, ["stale"] * 3]}
    schemes.change(scheme_id=main.pk, name="", told=told, by=SYSTEM, at=clock.now())
    run = actions.reckon_rfm(by=SYSTEM, at=clock.now())
    journal.deliver()
    assert (run.redefined, run.moved) == (True, 0)
    assert column_store.value("SELECT count() FROM rfm_moves") == 2
    days = asking.between(main, day_of(ago_60()), None, at=clock.now())
    assert days.redefined == (run.day,)


def test_merged_people_move_once_and_the_erased_leave_no_history(four: list[Profile]) -> None:
    merge = customers.merge(profile_id=four[1].pk, other_id=four[2].pk, by=SYSTEM, at=clock.now())
    journal.deliver()
    actions.reckon_rfm(by=SYSTEM, at=clock.now())
    assert moved() == {("never", "fresh"): 1, ("fresh", "fresh"): 1, ("stale", "stale"): 1}
    customers.undo_merge(merge_id=merge.pk, by=SYSTEM, at=clock.now())
    journal.deliver()
    actions.reckon_rfm(by=SYSTEM, at=clock.now())
    assert moved()[("fresh", "stale")] == 1

    assert asking.archived([four[0].pk])
    customers.erase(profile_id=four[0].pk, by=SYSTEM, at=clock.now())
    journal.deliver()
    actions.reckon_rfm(by=SYSTEM, at=clock.now())
    assert ("never", "fresh") not in moved()
    assert asking.archived([four[0].pk]) == []


def test_a_flow_opens_as_a_list_and_becomes_a_segment_or_a_file(
    four: list[Profile], marina: Employee, oleg: Employee, client: Client
) -> None:
    login(client, marina)
    asked = {"from": str(day_of(ago_60()))}
    page = client.get(reverse("segments:rfm_moves"), asked)
    assert page.context["moved"] == 2 and "Stale" in page.content.decode()
    flow = asked | {"of": "fresh", "into": "stale"}
    assert len(client.get(reverse("segments:rfm_movers"), flow).context["rows"]) == 1
    client.post(reverse("segments:rfm_movers_segment"), flow)
    made = Segment.objects.get(folder="RFM")
    assert (made.kind, queries.member_ids(made.pk)) == ("static", [four[2].pk])
    figures: Any = client.get(reverse("segments:rfm_moves"), asked | {"file": "csv"})
    assert "Fresh;Stale;1" in b"".join(figures.streaming_content).decode()
    people: Any = client.get(reverse("segments:rfm_movers"), flow | {"file": "csv"})
    assert str(four[2].public_id) in b"".join(people.streaming_content).decode()
    assert client.get(reverse("segments:rfm_moves"), asked | {"file": "exe"}).status_code == 404
    assert (
        client.get(reverse("segments:rfm_moves"), {"from": "yesterday", "to": "2026-99-99"}).status_code
        == 200
    )

    login(client, oleg)  # sees, but may take nobody out and make nothing
    assert client.get(reverse("segments:rfm_movers"), flow | {"file": "csv"}).status_code == 403
    assert client.post(reverse("segments:rfm_movers_segment"), flow).status_code == 403


def test_the_card_tells_the_groups_before(four: list[Profile], marina: Employee, client: Client) -> None:
    login(client, marina)
    page = client.get(reverse("segments:panel", args=[four[2].public_id])).content.decode()
    assert "Groups before" in page and "Fresh" in page and "Stale" in page
    stays = asking.history_of(four[2].pk, schemes.main())
    assert [(stay.key, stay.until is None) for stay in stays] == [("stale", True), ("fresh", False)]
    assert stays[1].until == stays[0].since


def test_a_clock_put_back_leaves_no_stay_in_the_future(four: list[Profile]) -> None:
    now = clock.now()
    actions.reckon_rfm(by=SYSTEM, at=now + timedelta(days=90))
    assert moved()  # everybody is stale there
    actions.reckon_rfm(by=SYSTEM, at=now)
    assert not RfmPast.objects.filter(until__gt=now).exists()
    assert sum(moved().values()) == 4


def test_whoever_sees_one_shop_sees_the_moves_of_its_people(four: list[Profile], marina: Employee) -> None:
    assert sum(moved(actor(marina)).values()) == 4


def test_a_new_scheme_recalls_how_everybody_stood_at_the_ends_of_months(
    facts: None, shop_on_lenina: Shop
) -> None:
    now, main = clock.now(), schemes.main()
    schemes.change(scheme_id=main.pk, name="", told=LATELY, by=SYSTEM, at=now)
    old = customers.register(NewCustomer(external_id="old"), by=SYSTEM, at=now - timedelta(days=300))
    customers.register(NewCustomer(external_id="new"), by=SYSTEM, at=now)
    for ago in (130, 2):
        sell(old, shop_on_lenina, days_ago=ago)
    journal.deliver()
    actions.keep_rfm()

    assert [stay.key for stay in asking.history_of(old.pk, main)] == ["fresh", "stale", "fresh"]
    days = asking.between(main, day_of(now) - timedelta(days=900), None, at=now)
    told = {(one.came_from, one.into) for one in asking.flows(SYSTEM, main, days)}
    assert told == {("fresh", "fresh"), ("", "never")}  # who was not in the base then came from nowhere
    actions.keep_rfm()
    assert RfmRun.objects.count() == RfmRun.objects.filter(day__lt=day_of(now)).count() + 1


def test_what_a_file_brings_to_an_empty_base_is_recalled_once_it_has_come_to_rest(
    facts: None, shop_on_lenina: Shop
) -> None:
    now, main = clock.now(), schemes.main()
    schemes.change(scheme_id=main.pk, name="", told=LATELY, by=SYSTEM, at=now)
    actions.keep_rfm()  # the first days of an installation
    old = customers.register(NewCustomer(external_id="old"), by=SYSTEM, at=now - timedelta(days=300))
    for ago in (130, 2):
        sell(old, shop_on_lenina, days_ago=ago)
    journal.deliver()
    actions.keep_rfm()
    assert len(asking.history_of(old.pk, main)) == 1  # more of the file may come

    actions.keep_rfm()
    assert [stay.key for stay in asking.history_of(old.pk, main)] == ["fresh", "stale", "fresh"]
    runs = RfmRun.objects.count()
    actions.keep_rfm()
    assert RfmRun.objects.count() == runs


def test_what_a_file_loads_of_earlier_days_moves_nobody(four: list[Profile], shop_on_lenina: Shop) -> None:
    """A base that is half loaded is reckoned: the rest of the file changes groups, and is nobody's move."""
    for ago in (20, 25, 35):
        sell(four[3], shop_on_lenina, days_ago=ago)
    journal.deliver()
    run = actions.reckon_rfm(by=SYSTEM, at=clock.now())
    journal.deliver()
    assert (run.filled, run.changed > 0, run.moved) == (True, True, 0)
    assert column_store.value("SELECT count() FROM rfm_moves") == 2
    assert asking.between(schemes.main(), None, None, at=clock.now()).filled == (run.day,)

    sell(four[2], shop_on_lenina, days_ago=0)
    journal.deliver()
    run = actions.reckon_rfm(by=SYSTEM, at=clock.now())
    assert (run.filled, run.moved) == (False, 1)
