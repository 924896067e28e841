"""Several operators merge the same people at the same moment: whoever comes second finds it done."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from prilavok.customers import actions, queries
from prilavok.customers.actions import AlreadyOne
from prilavok.customers.models import Kin, Merge, Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON

LATER = NOON + timedelta(hours=1)
pytestmark = pytest.mark.django_db(transaction=True)


def known(name: str) -> Profile:
    return actions.register(NewCustomer(external_id=name, first_name=name), by=SYSTEM, at=NOON)


def merging(into: Profile, other: Profile) -> Callable[[], Merge]:
    return lambda: actions.merge(profile_id=into.pk, other_id=other.pk, by=SYSTEM, at=LATER)


def all_at_once(acts: Sequence[Callable[[], Merge]]) -> list[Merge | Exception]:
    start = Barrier(len(acts))

    def do(act: Callable[[], Merge]) -> Merge | Exception:
        start.wait()
        try:
            return act()
        except AlreadyOne as trouble:
            return trouble
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as hands:
        return list(hands.map(do, acts))


def test_two_operators_merge_the_same_two_either_way_round(the_company: None) -> None:
    anna, anya = known("Анна"), known("Аня")

    done = all_at_once([merging(anna, anya), merging(anya, anna)] * 3)

    assert sum(isinstance(one, Merge) for one in done) == Merge.objects.count() == 1
    assert set(Kin.objects.values_list("profile", flat=True)) == {anna.pk, anya.pk}
    assert len(set(Kin.objects.values_list("head", flat=True))) == 1


def test_a_chain_merged_from_all_ends_is_one_person(the_company: None) -> None:
    people = [known(f"Анна {number}") for number in range(5)]
    pairs = [(one, people[(place + 1) % 5]) for place, one in enumerate(people)]

    done = all_at_once([merging(one, other) for one, other in pairs])

    assert sum(isinstance(one, AlreadyOne) for one in done) == 1  # a ring of five has one link too many
    assert Merge.objects.count() == 4
    assert {queries.get(one.public_id, SYSTEM).pk for one in people} == {
        queries.get(people[0].public_id, SYSTEM).pk
    }


def test_a_merge_and_its_undo_leave_no_half(the_company: None) -> None:
    anna, anya, vera = known("Анна"), known("Аня"), known("Вера")
    first = merging(anna, anya)()

    def undo() -> Merge:
        return actions.undo_merge(merge_id=first.pk, by=SYSTEM, at=LATER)

    all_at_once([undo, merging(vera, anna)])

    assert queries.get(anya.public_id, SYSTEM) == anya
    assert queries.get(anna.public_id, SYSTEM) == vera
