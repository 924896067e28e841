"""Companies that belong to one another: a tree without circles, also when merges would bend it."""

import pytest
from django.test import Client

from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.kernel.actors import SYSTEM
from prilavok.relations import queries, rules
from prilavok.relations.problems import OtherParent, TooDeep
from prilavok.relations.tests.conftest import Named, related, send
from tests.cast import NOON, login


def under(child: Profile, parent: Profile) -> None:
    related("subsidiary", child, parent)


@pytest.fixture
def tree(firm: Named) -> dict[str, Profile]:
    """Garden holds Daisy and Rose; Rose holds Bud."""
    made = {name: firm(name) for name in ("Garden", "Daisy", "Rose", "Bud")}
    under(made["Daisy"], made["Garden"])
    under(made["Rose"], made["Garden"])
    under(made["Bud"], made["Rose"])
    return made


def test_a_holding_is_seen_whole_from_any_of_its_companies(
    tree: dict[str, Profile], client: Client, oleg: Employee
) -> None:
    login(client, oleg)
    for company in tree.values():
        told = client.get(f"/api/v1/customers/{company.public_id}/holding").json()
        assert (told["companies"], told["levels"], told["root"]["company"]["name"]) == (4, 3, "Garden")
    assert [one["company"]["name"] for one in told["root"]["below"]] == ["Daisy", "Rose"]
    assert told["root"]["below"][1]["below"][0]["company"]["name"] == "Bud"


@pytest.mark.parametrize(("child", "parent"), [("Garden", "Bud"), ("Garden", "Daisy")])
def test_a_circle_is_refused(
    tree: dict[str, Profile], client: Client, oleg: Employee, child: str, parent: str
) -> None:
    login(client, oleg)
    sides = {"first": str(tree[child].public_id), "second": str(tree[parent].public_id)}
    answer = send(client, "post", "/relations", {"kind": "subsidiary", **sides})

    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (409, "circle", "second")


def test_a_company_belongs_to_one_only_until_that_ends(tree: dict[str, Profile]) -> None:
    with pytest.raises(OtherParent):
        under(tree["Bud"], tree["Daisy"])


def test_a_holding_is_only_so_deep(firm: Named) -> None:
    above = firm("0")
    for number in range(1, rules.DEEPEST):
        below = firm(str(number))
        under(below, above)
        above = below
    with pytest.raises(TooDeep):
        under(firm("one more"), above)


def test_a_merge_that_makes_a_circle_leaves_a_tree_to_read(tree: dict[str, Profile]) -> None:
    merge = customers.merge(profile_id=tree["Bud"].pk, other_id=tree["Garden"].pk, by=SYSTEM, at=NOON)

    found = queries.holding(tree["Rose"].pk, SYSTEM)
    assert sorted(found.members) == sorted(tree[name].pk for name in ("Bud", "Rose", "Daisy"))
    with pytest.raises(OtherParent):
        under(tree["Rose"], tree["Daisy"])
    customers.undo_merge(merge_id=merge.pk, by=SYSTEM, at=NOON)
    assert len(queries.holding(tree["Bud"].pk, SYSTEM).members) == 4


def test_a_company_that_merged_with_its_own_subsidiary_stands_alone(firm: Named) -> None:
    one, other = firm("One"), firm("Other")
    under(one, other)
    customers.merge(profile_id=one.pk, other_id=other.pk, by=SYSTEM, at=NOON)

    assert queries.holding(other.pk, SYSTEM).members == [one.pk]
