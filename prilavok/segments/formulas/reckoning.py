"""Values of formulas: their inputs by one question to the facts for all customers asked, then plain arithmetic."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from prilavok.customers import queries as customers
from prilavok.facts import client
from prilavok.facts.schema import registry
from prilavok.kernel import money
from prilavok.segments.compiler import Compiler
from prilavok.segments.conditions import FactIs, TraitIs
from prilavok.segments.formulas.expression import Expression, Value
from prilavok.segments.formulas.inputs import Input
from prilavok.segments.reckoning import day_of

AT_ONCE = 20_000  # profiles in one question

Families = Mapping[int, Sequence[int]]
"""Customers, each with all profiles of the person."""


@dataclass(frozen=True)
class Formula:
    """An indicator ready to be reckoned."""

    code: str
    kind: str
    inputs: tuple[Input, ...]
    expression: Expression


@dataclass(frozen=True, slots=True)
class Figure:
    """What a formula comes to for one customer, and the values of its letters."""

    value: Value
    inputs: Mapping[str, Value]


def figures(
    formulas: Sequence[Formula], families: Families, *, at: datetime, lane: client.Lane = "interactive"
) -> dict[int, dict[str, Figure]]:
    """Figures of customers by code. `formulas` stand in an order in which each follows those that it names.

    Raises FactsDown, FactsBusy, TooHeavy.
    """
    leaves = list(dict.fromkeys(one.leaf for formula in formulas for one in formula.inputs if one.leaf))
    found: dict[int, dict[str, Figure]] = {}
    for part in _parts(families):
        known = _asked(leaves, part, at, lane)
        for who in part:
            found[who] = _reckoned(formulas, known.get(who, {}), day_of(at))
    return found


def _parts(families: Families) -> Iterable[dict[int, Sequence[int]]]:
    whole = list(families.items())
    for start in range(0, len(whole), AT_ONCE):
        yield dict(whole[start : start + AT_ONCE])


def _reckoned(
    formulas: Sequence[Formula], known: Mapping[FactIs | TraitIs, str], today: date
) -> dict[str, Figure]:
    done: dict[str, Figure] = {}
    for formula in formulas:
        values = {one.name: _value(one, known, done) for one in formula.inputs}
        done[formula.code] = Figure(_shaped(formula, formula.expression.value(values, today)), values)
    return done


def _value(one: Input, known: Mapping[FactIs | TraitIs, str], done: Mapping[str, Figure]) -> Value:
    if one.leaf is None:
        return done[one.indicator].value if one.indicator in done else None
    text = known.get(one.leaf)
    if text is None:
        return Decimal(0) if one.empty == "zero" else None
    return _plain(one.kind, text)


def _plain(kind: str, text: str) -> Value:
    """
    >>> _plain("money", "12345"), _plain("date", "2026-03-01"), _plain("number", "nan")
    (Decimal('1.2345'), datetime.date(2026, 3, 1), None)
    """
    if kind == "date":
        return date.fromisoformat(text[:10])
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite():
        return None
    return money.from_units(int(number)) if kind == "money" else number


def _shaped(formula: Formula, value: Value) -> Value:
    """The value as its kind wants it: a day for days, a number for everything else."""
    if formula.kind == "date":
        return value if isinstance(value, date) else None
    if isinstance(value, bool):
        return Decimal(value)
    return value if isinstance(value, Decimal) and abs(value) < Decimal("1e13") else None


# ── The question ─────────────────────────────────────────────────────────────────────────────────────────


def _asked(
    leaves: Sequence[FactIs | TraitIs], families: Families, at: datetime, lane: client.Lane
) -> dict[int, dict[FactIs | TraitIs, str]]:
    """Values as the facts tell them, by customer; unknown ones are missing."""
    if not leaves or not families:
        return {}
    whose, profiles = _whose(families)
    compiler = Compiler(registry(), day_of(at), {}, whose)
    found: dict[int, dict[FactIs | TraitIs, str]] = {}
    for number, person, told in client.rows(compiler.figures(leaves, profiles), lane=lane):
        if told is not None:
            found.setdefault(person, {}).setdefault(leaves[number], told)
    return found


def _whose(families: Families) -> tuple[str, Collection[int]]:
    """The SQL of the customer to whom a row's profile belongs, and all profiles."""
    whose = {profile: who for who, family in families.items() for profile in family}
    if all(profile == who for profile, who in whose.items()):
        return "profile_id", list(whose)
    others = {profile: who for profile, who in whose.items() if profile != who}
    return (
        f"transform(profile_id, [{client.ids(others)}], [{client.ids(others.values())}], profile_id)",
        list(whose),
    )


def everybody(profile_ids: Collection[int]) -> dict[int, list[int]]:
    """The families of those that stand for their persons, the erased left out."""
    heads = sorted(set(customers.heads_of(profile_ids).values()))
    living = {one for one, traits in customers.traits_of(heads).items() if traits.status != "erased"}
    return {who: family for who, family in customers.families(living).items()}


_PLACES = {"percent": Decimal("0.000001")}


def kept(value: Value, kind: str) -> Any:
    """A value as the facts keep it: money in units, numbers to four places, shares to six.

    >>> kept(Decimal("1.23456"), "money"), kept(Decimal("0.12345678"), "percent"), kept(None, "days")
    (12346, Decimal('0.123457'), None)
    """
    if not isinstance(value, Decimal):
        return value
    rounded = value.quantize(_PLACES.get(kind, Decimal("0.0001")))
    return money.to_units(rounded) if kind == "money" else rounded
