"""What cannot be, is gone or is too much is said with its place; what was known stays."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers.models import OwnField, Profile
from prilavok.customers.queries import forget_own_fields
from prilavok.facts import client as engine
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.segments import actions, queries
from prilavok.segments.models import Segment
from prilavok.segments.problems import BadCondition, RefersToItself, TooHeavyCondition
from prilavok.segments.tests.test_pages import click, fields
from tests.cast import NOON, login

REACHABLE = {"all": [{"trait": "email_ok", "is": True}]}
BOUGHT = {"fact": "purchases", "measure": "receipts", "op": ">=", "value": 2}


def segment(name: str, tree: dict[str, Any]) -> Segment:
    return actions.create(name=name, tree=tree, kind="dynamic", by=SYSTEM, at=clock.now())


def test_a_circle_is_told_by_the_names_along_it(facts: None, anna: Profile) -> None:
    first = segment("First", REACHABLE)
    second = segment("Second", {"segment": str(first.public_id)})
    third = segment("Third", {"not": {"segment": str(second.public_id)}})
    with pytest.raises(RefersToItself, match="First → Third → Second → First"):
        tree = {"any": [REACHABLE, {"segment": str(third.public_id)}]}
        actions.change(segment_id=first.pk, name="First", tree=tree, by=SYSTEM, at=clock.now())


def test_other_conditions_of_a_segment_are_brought_to_those_that_refer_to_it(
    facts: None, anna: Profile
) -> None:
    journal.deliver()
    inner = segment("Inner", REACHABLE)
    outer = segment("Outer", {"segment": str(inner.public_id)})
    assert queries.member_ids(outer.pk) == [anna.pk]
    nobody = {"all": [{"trait": "sex", "op": "in", "value": ["m"]}]}
    actions.change(segment_id=inner.pk, name="Inner", tree=nobody, by=SYSTEM, at=clock.now())
    outer.refresh_from_db()
    assert outer.stale_since
    actions.keep_up()
    assert queries.member_ids(outer.pk) == []


def test_a_field_that_is_gone_is_told_and_the_last_truth_stays(
    facts: None, anna: Profile, olga: Employee, client: Client
) -> None:
    customers.add_own_field(name="Размер", code="size", kind="number", filtered=True, by=SYSTEM)
    customers.change_own(profile_id=anna.pk, values={"size": "38"}, by=SYSTEM, at=NOON)
    journal.deliver()
    sized = segment("Sized", {"all": [{"trait": "own.size", "op": "=", "value": 38}]})
    assert queries.member_ids(sized.pk) == [anna.pk]

    login(client, olga)
    told = client.post(reverse("customers:own_archive", args=["size", "archive"]), follow=True)
    assert "Still asked by it: Sized" in told.content.decode()

    OwnField.objects.all().delete()
    forget_own_fields()
    with pytest.raises(BadCondition):
        actions.refresh(segment_id=sized.pk, by=SYSTEM, at=clock.now())
    actions.keep_up()
    sized.refresh_from_db()
    assert "own.size" in sized.trouble
    assert queries.member_ids(sized.pk) == [anna.pk]
    page = client.get(reverse("segments:segment", args=[sized.public_id])).content.decode()
    assert "own.size" in page and "The people below are the last that are known" in page


def test_what_is_too_heavy_is_refused_with_what_would_be_lighter(
    facts: None, anna: Profile, marina: Employee, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_asked: object, **_more: object) -> None:
        raise engine.TooHeavy

    monkeypatch.setattr(engine, "query", stopped)
    with pytest.raises(TooHeavyCondition, match="2"):
        segment("Heavy", {"all": [BOUGHT, REACHABLE]})
    assert not Segment.objects.exists()

    login(client, marina)
    form = click(
        client, fields(client.get(reverse("segments:editor")).content.decode()) | {"c.add": "fact:purchases"}
    )
    told = client.post(reverse("segments:editor_count"), form).content.decode()
    assert "too heavy" in told and "the last 365 days" in told and "bought" in told


def test_conditions_that_shut_each_other_out_are_shown_with_their_rows(
    facts: None, anna: Profile, marina: Employee, client: Client
) -> None:
    journal.deliver()
    login(client, marina)
    form = fields(client.get(reverse("segments:editor")).content.decode())
    for added in ("trait:email_ok", "fact:purchases", "none:purchases"):
        form = click(client, form | {"c.add": added})
    form |= {"c_1.window": "last_days", "c_1.days": "7"}
    told = client.post(reverse("segments:editor_count"), form).content.decode()
    assert "shut each other out" in told
    assert 'href="#row-c_1"' in told and 'href="#row-c_2"' in told

    tree = {"any": [REACHABLE["all"][0], {"trait": "email_ok", "is": False}]}
    answer = client.post(
        "/api/v1/segments/count",
        {"conditions": tree},
        content_type="application/json",
        headers={"Idempotency-Key": "all"},
    ).json()
    assert answer["remarks"][0]["places"] == ["0", "1"]


def test_while_facts_are_down_pages_say_so_and_people_stay(
    facts: None, anna: Profile, marina: Employee, client: Client, settings: Any
) -> None:
    journal.deliver()
    reachable = segment("Reachable", REACHABLE)
    settings.FACTS_URL = "http://127.0.0.1:9"
    login(client, marina)
    page = client.get(reverse("segments:segment", args=[reachable.public_id])).content.decode()
    assert "Ковалёва" in page
    assert (
        "not answering"
        in client.get(reverse("segments:portrait", args=[reachable.public_id])).content.decode()
    )
    made = actions.create(name="Later", tree=REACHABLE, kind="dynamic", by=SYSTEM, at=clock.now())
    assert made.stale_since and made.trouble


BUYS: dict[str, Any] = {"fact": "purchases"}


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_condition_that_is_misspelt_is_refused_and_asks_nobody_else(
    facts: None, olga: Employee, client: Client, language: str
) -> None:
    """Whatever rubbish comes: an answer that names the place, never a fault of ours, never other people."""
    login(client, olga)
    infinite = float("inf")
    rubbish: Any
    for rubbish in (
        BOUGHT | {"windows": {"last_days": 7}},
        BOUGHT | {"window": {"last_day": 7}},
        BOUGHT | {"window": {"last_days": 7, "from": "2026-01-01"}},
        BOUGHT | {"window": [1]},
        BOUGHT | {"window": {"last_days": infinite}},
        BOUGHT | {"where": [1]},
        BOUGHT | {"where": {"shop": [infinite]}},
        BOUGHT | {"where": {"shop": [2**70]}},
        BOUGHT | {"where": {"shop": [1.5]}},
        {**BUYS, "measure": "home_shop", "op": "in", "value": ["Lenina"]},
        {"trait": "tag", "op": "in", "value": ["vip"]},
        {"trait": "tag", "op": "in", "value": [1, True]},
        {"trait": "registered_shop", "op": "in", "value": [2**70]},
        {"trait": "age", "op": ">=", "value": 18, "window": {"last_days": 7}},
        {"trait": "email_ok", "op": "=", "value": False},
        {"trait": "email_ok", "is": "false"},
        {"sequence": [1]},
        {"sequence": {"first": 1, "then": 2, "within": 3}},
        {"sequence": {"first": BUYS, "then": BUYS, "within": infinite}},
        {"sequence": {"first": BUYS, "then": BUYS, "within": 3, "hapened": False}},
        {"sample": {"share": 0.5, "size": 10}},
        {"all": [], "any": []},
        {"not": REACHABLE, "all": []},
    ):
        answer = client.post(
            "/api/v1/segments/count",
            json.dumps({"conditions": {"all": [REACHABLE, rubbish]}}),
            content_type="application/json",
            headers={"Idempotency-Key": f"{rubbish}", "Accept-Language": language},
        )
        told = answer.json()
        assert (answer.status_code, told["code"], told["field"]) == (422, "bad_condition", "1"), rubbish
