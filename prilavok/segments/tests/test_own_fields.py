"""An own field is a condition at once, whatever its kind, also by values that were there before."""

from typing import Any

import pytest
from django.test import Client

from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers.actions.own_fields import make_askable
from prilavok.customers.actions.tags import reload_tagged
from prilavok.customers.models import Profile
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.segments import actions, queries
from prilavok.segments.problems import BadCondition
from tests.cast import NOON, actor, login

KINDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "text": ("Аня", {"op": "contains", "value": "ан"}),
    "number": ("168.5", {"op": ">", "value": 168}),
    "money": ("99.90", {"op": "=", "value": "99.90"}),
    "date": ("2010-06-01", {"op": "<", "value": "2010-06-02"}),
    "choice": ("38", {"op": "in", "value": [38]}),
    "many": (["38", "39"], {"op": "in", "value": [39]}),
    "flag": (True, {"is": True}),
    "reference": ("lenina", {"op": "in", "value": ["lenina"]}),
}


def count(condition: dict[str, Any], by: Any = SYSTEM) -> int:
    return queries.count({"all": [condition]}, by, at=clock.now()).people


def test_every_kind_is_a_condition(facts: None, anna: Profile, marina: Employee, client: Client) -> None:
    customers.change_person(profile_id=anna.pk, first_name="Анна", by=SYSTEM, at=NOON)
    for kind in KINDS:
        customers.add_own_field(
            name=f"Поле {kind}",
            code=f"f_{kind}",
            kind=kind,
            options=["38", "39", "40"] if kind in ("choice", "many") else [],
            target="shop" if kind == "reference" else "",
            filtered=kind != "money",
            by=SYSTEM,
        )
    values = {f"f_{kind}": value for kind, (value, _condition) in KINDS.items()}
    customers.change_own(profile_id=anna.pk, values=values, by=SYSTEM, at=NOON)
    journal.deliver()
    customers.change_own_field(code="f_money", filtered=True, by=SYSTEM)
    make_askable(code="f_money")
    for kind, (_value, condition) in KINDS.items():
        asked = {"trait": f"own.f_{kind}", **condition}
        assert count(asked) == 1, kind
        assert count({"not": asked}) == 0, kind
        if kind != "flag":
            assert count({"trait": f"own.f_{kind}", "op": "empty"}) == 0, kind
            assert count({"trait": f"own.f_{kind}", "op": "filled"}) == 1, kind
    assert count({"trait": "own.f_many", "op": "in", "value": ["40"]}) == 0
    page = login(client, marina).get("/segments/new/").content.decode()
    assert "Поле many" in page

    customers.archive_own_field(code="f_many", by=SYSTEM, at=NOON)
    assert "Поле many" not in client.get("/segments/new/").content.decode()
    assert count({"trait": "own.f_many", "op": "in", "value": ["39"]}) == 1  # segments that ask it live on


def test_a_tag_is_a_condition_also_once_it_was_merged(facts: None, anna: Profile) -> None:
    (vip,) = customers.tag(profile_id=anna.pk, names=["VIP"], by=SYSTEM, at=NOON)
    journal.deliver()
    assert count({"trait": "tag", "op": "in", "value": [vip.pk]}) == 1
    assert count({"trait": "tag", "op": "not_in", "value": [vip.pk]}) == 0
    (best,) = customers.tag(profile_id=anna.pk, names=["Лучшие"], by=SYSTEM, at=NOON)
    customers.untag(profile_id=anna.pk, tag_id=best.pk, by=SYSTEM, at=NOON)
    customers.merge_tags(tag_id=vip.pk, into_id=best.pk, by=SYSTEM)
    reload_tagged(tag_id=vip.pk)
    assert count({"trait": "tag", "op": "in", "value": [best.pk]}) == 1


@pytest.mark.django_db
def test_who_may_not_see_a_field_may_not_ask_by_it(marina: Employee) -> None:
    customers.add_own_field(name="Доход", code="income", kind="money", guard="see", filtered=True, by=SYSTEM)
    tree = {"all": [{"trait": "own.income", "op": ">", "value": 1}]}
    with pytest.raises(Refused):
        actions.create(name="Rich", tree=tree, kind="dynamic", by=actor(marina), at=NOON)
    with pytest.raises(BadCondition):
        queries.count({"all": [{"trait": "own.nothing", "op": "filled"}]}, SYSTEM, at=NOON)
