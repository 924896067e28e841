"""Likely duplicates are found for the reason that makes them likely; people of one household stay apart."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest

from prilavok.customers.matching import THRESHOLD, Key, Pair, Record, Truth, clusters, curve, find
from prilavok.customers.matching.comparisons import COMPARISONS
from prilavok.customers.matching.quality import of_clusters
from prilavok.customers.matching.wording import REASONS
from prilavok.customers.tests.misspelt import base

ANNA = Record(
    "anna",
    last="Ковалёва",
    first="Анна",
    middle="Сергеевна",
    sex="f",
    birth=date(1987, 3, 9),
    phones=("+7 916 123-45-67",),
    emails=("anna.kovaleva@example.org",),
    street="ул. Ленина",
    house="5-12",
    city="Тула",
    postcode="300012",
)
AGAIN = {
    "in Latin letters": (
        replace(ANNA, last="Kovalyova", first="Anna", middle="", phones=()),
        {"last_translit", "first_translit"},
    ),
    "a diminutive": (replace(ANNA, first="Аня", street="", house=""), {"first_diminutive", "phone_same"}),
    "swapped": (replace(ANNA, last="Анна", first="Ковалева", phones=()), {"name_swapped"}),
    "patronymic first": (replace(ANNA, last="Сергеевна", middle="Ковалева", emails=()), {"last_same", "middle_same"}),
    "a slip in the surname": (replace(ANNA, last="Кавалева", phones=()), {"last_typo"}),
    "day for month": (replace(ANNA, birth="03.09.1987", phones=()), {"birth_swapped"}),
    "a digit of the birthday": (replace(ANNA, birth="09.03.1981", phones=()), {"birth_typo"}),
    "no birthday, other phone": (replace(ANNA, birth="01.01.1900", phones=("89990001122",)), {"phone_differs"}),
    "a digit of the phone": (replace(ANNA, phones=("89161234568",), emails=()), {"phone_typo"}),
    "mail elsewhere": (replace(ANNA, emails=("anna.kovaleva@mail.example",), phones=()), {"email_local_same"}),
    "address in words": (replace(ANNA, street="Ленина улица, дом 5, кв. 12", house="", phones=()), {"address_same"}),
    "in capitals": (replace(ANNA, last="КОВАЛЕВА", first="АННА", middle="", emails=()), {"last_same", "first_same"}),
}  # fmt: skip
HOUSEHOLD = {
    "husband": replace(
        ANNA, last="Ковалёв", first="Пётр", middle="Олегович", sex="m", birth="11.10.1984", emails=()
    ),
    "daughter": replace(ANNA, first="Ольга", middle="Петровна", birth="05.06.2010", emails=()),
    "mother in law": replace(ANNA, first="Нина", middle="Ивановна", birth="12.12.1955", emails=(), phones=()),
}
NAMESAKE = Record(
    "namesake", last="Ковалёва", first="Анна", birth="21.11.1962", city="Омск", phones=("89990001133",)
)
SHARED_PHONE = "+7 800 000-11-22"


@pytest.fixture(scope="module")
def records() -> list[Record]:
    others, _ = base(250, seed=5)
    strangers = [
        replace(one, key=f"shared {one.key}", phones=(SHARED_PHONE,), emails=("info@example.org",))
        for one in others[:30]
    ]
    return [
        ANNA,
        NAMESAKE,
        *(replace(one, key=name) for name, (one, _) in AGAIN.items()),
        *(replace(one, key=name) for name, one in HOUSEHOLD.items()),
        *others[30:],
        *strangers,
    ]


@pytest.fixture(scope="module")
def found(records: list[Record]) -> list[Pair]:
    return find(records, threshold=0.01)


def _judged(records: list[Record], person_of: dict[int | str, int]) -> Iterator[tuple[Key, Key, bool]]:
    known = [record.key for record in records if record.key in person_of]
    for one, other in combinations(known, 2):
        yield one, other, person_of[one] == person_of[other]


def _of(pairs: list[Pair], one: str, other: str) -> Pair:
    both = {one, other}
    return next((pair for pair in pairs if {pair.left, pair.right} == both), Pair(one, other, 0.0))


@pytest.mark.parametrize("name", AGAIN)
def test_anna_is_found_again(found: list[Pair], name: str) -> None:
    pair = _of(found, "anna", name)

    assert pair.score >= THRESHOLD
    assert {reason.code for reason in pair.reasons} >= AGAIN[name][1]


@pytest.mark.parametrize("name", [*HOUSEHOLD, "namesake"])
def test_her_household_and_a_namesake_are_not_she(found: list[Pair], name: str) -> None:
    assert _of(found, "anna", name).score < 0.5


def test_a_phone_of_too_many_joins_nobody(found: list[Pair]) -> None:
    assert all(
        reason.code != "phone_same"
        or not str(pair.left).startswith("shared")
        or not str(pair.right).startswith("shared")
        for pair in found
        for reason in pair.reasons
    )


def test_the_surest_pair_and_the_strongest_reason_stand_first(found: list[Pair]) -> None:
    assert [pair.score for pair in found] == sorted((pair.score for pair in found), reverse=True)
    for pair in found:
        weights = [abs(reason.bits) for reason in pair.reasons]
        assert weights == sorted(weights, reverse=True)


def test_most_are_found_and_nearly_all_are_right(records: list[Record], found: list[Pair]) -> None:
    _, person_of = base(250, seed=5)
    figures = curve(found, Truth.of_labels(_judged(records, person_of))).at(THRESHOLD)

    assert figures.precision >= 0.97
    assert figures.recall >= 0.7


def test_the_same_records_give_the_same_pairs(records: list[Record], found: list[Pair]) -> None:
    assert find(records, threshold=0.01) == found


@pytest.mark.parametrize(
    "records",
    [
        [],
        [ANNA],
        [Record(1), Record(2)],
        [Record(1, last="\u200b", phones=("",)), Record(2, last=" ", emails=("@",))],
        [Record(1, last="Абрамов"), Record(2, last="Яковлев")],
    ],
    ids=["none", "one", "empty", "invisible", "nothing in common"],
)
def test_where_nothing_can_be_alike_nothing_is_found(records: list[Record]) -> None:
    assert find(records) == []


def test_two_records_are_judged_by_belief() -> None:
    (pair,) = find([ANNA, replace(ANNA, key=2, first="Аня", emails=())])
    assert pair.score > THRESHOLD


def test_the_engine_is_loaded_only_by_those_who_look_for_duplicates() -> None:
    heavy = "{'splink', 'duckdb', 'sqlglot', 'pyarrow', 'pandas', 'anyascii'}"
    said = f"import sys, prilavok.customers.matching as m; print(sorted({heavy} & {{*sys.modules}}), m.THRESHOLD)"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("[] ")


def test_every_reason_has_its_words() -> None:
    codes = {level.code for one in COMPARISONS for level in one.levels}
    exact = {"last_translit", "last_gender", "first_translit", "middle_translit", "middle_form"}
    assert codes | exact == set(REASONS)


def test_pairs_come_together_in_clusters(found: list[Pair]) -> None:
    (annas,) = [group for group in clusters(found, THRESHOLD) if "anna" in group]
    assert annas >= {*AGAIN}
    assert not annas & {*HOUSEHOLD, "namesake"}


def test_figures_of_a_curve() -> None:
    truth = Truth.of_clusters({1: "a", 2: "a", 3: "a", 4: "b", 5: "b", 6: ""})
    pairs = [Pair(1, 2, 0.9), Pair(4, 6, 0.8), Pair(5, 4, 0.7), Pair(2, 3, 0.7), Pair(3, 6, 0.1)]
    found = curve(pairs, truth)

    assert (found.chosen.threshold, found.chosen.precision, found.chosen.recall) == (0.7, 0.75, 0.75)
    assert (found.at(0.95).found, found.at(0.95).recall) == (0, 0)
    assert (found.at(0.85).precision, found.at(0.85).recall) == (1.0, 0.25)
    whole = of_clusters(clusters(pairs, 0.7), truth)
    assert (whole.found, whole.right) == (6, 4)  # 1 2 3 · 4 5 6


def test_only_judged_pairs_count() -> None:
    truth = Truth.of_labels([(1, 2, True), (3, 4, False)])
    found = curve([Pair(2, 1, 0.9), Pair(8, 9, 0.9), Pair(3, 4, 0.5)], truth)

    assert (found.at(0.9).found, found.at(0.9).precision) == (1, 1.0)
    assert found.at(0.5).precision == 0.5
