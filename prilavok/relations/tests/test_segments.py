"""What segments ask of relations: the household, marriage, children, the employer; through merges."""

from django.utils.translation import override

from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.facts import client
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.relations import actions
from prilavok.relations.facts import TRAITS
from prilavok.relations.tests.conftest import Named, related
from tests.cast import NOON


def rows() -> dict[int, tuple[object, ...]]:
    told = client.rows("SELECT profile_id, household, head, married, children, employers FROM ties FINAL")
    return {profile: tuple(more) for profile, *more in told}


def test_relations_become_traits_and_follow_merges(
    facts: None, anna: Profile, person: Named, firm: Named
) -> None:
    ivan, petya, anya, daisy = person("Иван"), person("Петя"), person("Аня"), firm("Ромашка")
    related("spouse", ivan, anna)
    related("parent", anna, petya)
    work = related("employee", anya, daisy)
    home = actions.make_household(head_id=anna.pk, members=[(petya.pk, "child")], by=SYSTEM, at=NOON)
    customers.merge(profile_id=anna.pk, other_id=anya.pk, by=SYSTEM, at=NOON)
    journal.deliver()

    told = rows()
    assert told[anna.pk] == (2, 1, 1, 1, [daisy.pk])
    assert told[petya.pk] == (2, 0, 0, 0, [])
    assert told[ivan.pk] == (0, 0, 1, 0, [])
    assert anya.pk not in told
    parts = dict(client.rows("SELECT profile_id, parts FROM ties FINAL"))
    assert parts[anna.pk] == ["employee.first", "parent.first", "spouse.first"]
    assert (parts[ivan.pk], parts[petya.pk]) == (["spouse.first"], ["parent.second"])
    companies = dict(client.rows("SELECT profile_id, companies FROM ties FINAL"))
    assert (companies[anna.pk], companies[ivan.pk]) == ([daisy.pk], [])

    actions.change_relation(work.pk, until=NOON.date(), by=SYSTEM, at=NOON)
    actions.leave_household(household_id=home.pk, profile_id=petya.pk, by=SYSTEM, at=NOON)
    journal.deliver()
    assert rows()[anna.pk] == (1, 1, 1, 1, [])


def test_employers_are_chosen_by_name_and_told_back(firm: Named, anna: Profile) -> None:
    daisy = firm("Ромашка")
    picker = next(trait.picker for trait in TRAITS if trait.key == "employer")
    assert picker and picker.search and picker.names

    assert picker.search(SYSTEM, "ромаш", None).items == [(daisy.pk, "Ромашка")]
    assert picker.names([daisy.pk]) == {daisy.pk: "Ромашка"}


def test_every_part_in_a_relation_has_its_name(db: None) -> None:
    picker = next(trait.picker for trait in TRAITS if trait.key == "relation")
    assert picker and picker.options and picker.names

    with override("en"):
        offered = {key: str(name) for key, name in picker.options(SYSTEM)}
        assert picker.names(["parent.second"]) == {"parent.second": "Child"}
    assert (offered["parent.first"], offered["parent.second"]) == ("Parent", "Child")
    assert "spouse.second" not in offered
