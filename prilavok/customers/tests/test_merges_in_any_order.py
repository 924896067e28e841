"""Whatever is merged, corrected and undone, in whatever order: everybody ends as if only what holds had ever been."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prilavok.customers import actions, queries, rules
from prilavok.customers.models import Kin, Person, Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON

PEOPLE = 5
FIELDS = {
    "first_name": ("Анна", "Аня", ""),
    "sex": ("f", ""),
    "birth_date": (date(1990, 5, 1), date(1991, 5, 1), None),
}

merges = st.tuples(
    st.just("merge"),
    st.integers(0, PEOPLE - 1),
    st.integers(0, PEOPLE - 1),
    st.dictionaries(st.sampled_from(sorted(FIELDS)), st.sampled_from(rules.MODES), max_size=2),
)
changes = st.tuples(
    st.just("change"),
    st.integers(0, PEOPLE - 1),
    st.sampled_from([(name, value) for name, values in FIELDS.items() for value in values]),
)
undos = st.tuples(st.just("undo"), st.integers(0, 30))


@dataclass
class Model:
    """The same in plain words: who was merged into whom, and what was said of whom when."""

    told: list[dict[str, object]]
    told_at: list[dict[str, int]]
    into: dict[int, tuple[int, dict[str, str], int]] = field(
        default_factory=dict
    )  # loser: winner, modes, when

    def root(self, one: int) -> int:
        return self.root(self.into[one][0]) if one in self.into else one

    def family(self, root: int) -> set[int]:
        return {one for one in range(len(self.told)) if self.root(one) == root}

    def shown(self, one: int) -> dict[str, object]:
        values, at = dict(self.told[one]), dict(self.told_at[one])
        joined = sorted(
            (when, loser, modes) for loser, (winner, modes, when) in self.into.items() if winner == one
        )
        for when, loser, modes in joined:
            theirs = self.shown(loser)
            for name in values:
                if self.told_at[one].get(name, -1) > when:
                    continue
                mine, other, mode = values[name], theirs[name], modes.get(name, "fill")
                later = self.told_at[loser].get(name, -1) > at.get(name, -1)
                longer = len(str(other or "")) > len(str(mine or ""))
                wanted = {"take": True, "keep": False, "fill": False, "longest": longer, "latest": later}[
                    mode
                ]
                if other and mode != "keep" and (not mine or wanted):
                    values[name], at[name] = other, self.told_at[loser].get(name, -1)
        return values


@pytest.fixture
def people(the_company: None) -> list[Profile]:
    return [
        actions.register(
            NewCustomer(external_id=f"p{n}", last_name=f"Я{n}", email=f"p{n}@example.org"), by=SYSTEM, at=NOON
        )
        for n in range(PEOPLE)
    ]


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # each walk is rolled back
@given(steps=st.lists(st.one_of(merges, changes, undos), max_size=14))
def test_any_sequence_ends_where_it_should(people: list[Profile], steps: list[tuple]) -> None:
    with transaction.atomic():
        _walk(people, steps)
        transaction.set_rollback(True)


def _walk(people: list[Profile], steps: list[tuple]) -> None:
    model = Model(
        told=[{"first_name": "", "sex": "", "birth_date": None} for _ in people], told_at=[{} for _ in people]
    )
    made: list[tuple[int, int]] = []  # id of the merge, loser
    before = _rows()
    for when, step in enumerate(steps, start=1):
        at = NOON + timedelta(minutes=when)
        if step[0] == "merge":
            _merge(step, people, model, made, when, at)
        elif step[0] == "change":
            _change(step, people, model, when, at)
        elif made:
            number, loser = made[step[1] % len(made)]
            if loser in model.into:
                actions.undo_merge(merge_id=number, by=SYSTEM, at=at)
                del model.into[loser]
                made.remove((number, loser))
        _compare(people, model)
    assert _rows() == before


def _merge(step, people, model, made, when, at) -> None:
    _name, into, other, modes = step
    winner, loser = model.root(into), model.root(other)
    if winner == loser:
        with pytest.raises(actions.AlreadyOne):
            actions.merge(profile_id=people[into].pk, other_id=people[other].pk, by=SYSTEM, at=at)
        return
    merge = actions.merge(
        profile_id=people[into].pk, other_id=people[other].pk, modes=modes, by=SYSTEM, at=at
    )
    model.into[loser] = (winner, modes, when)
    made.append((merge.pk, loser))


def _change(step, people, model, when, at) -> None:
    _name, who, (name, value) = step
    root = model.root(who)
    if model.shown(root)[name] != value:
        actions.change_person(profile_id=people[who].pk, by=SYSTEM, at=at, **{name: value})
        model.told[root][name], model.told_at[root][name] = value, when


def _compare(people: list[Profile], model: Model) -> None:
    heads = queries.heads_of([one.pk for one in people])
    for number, profile in enumerate(people):
        root = model.root(number)
        assert heads[profile.pk] == people[root].pk
        assert set(queries.kin(profile.pk)) == {people[one].pk for one in model.family(root)}
        person = queries.get(profile.public_id, SYSTEM).person
        shown = {name: getattr(person, name) for name in FIELDS}
        assert shown == model.shown(root)
    assert set(Kin.objects.values_list("profile", flat=True)) == {
        people[one].pk for one in range(PEOPLE) if len(model.family(model.root(one))) > 1
    }
    assert Person.objects.filter(merged_into=None).count() == len({model.root(one) for one in range(PEOPLE)})


def _rows() -> list[object]:
    """Who owns which contact, identifier and profile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'c', profile_id, value FROM customers_contact UNION ALL"
            " SELECT 'i', profile_id, value FROM customers_identifier UNION ALL"
            " SELECT 'p', id, person_id::text FROM customers_profile ORDER BY 1, 2, 3"
        )
        return list(cursor.fetchall())
