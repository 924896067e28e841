"""What a formula is made of: measures of facts in a window, traits of a person, other indicators; each has a letter.

{"fact": "purchases", "measure": "revenue", "where": {"category": [12]}, "window": {"last_days": 90}}
{"trait": "age"} · {"indicator": "average_basket"}
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from string import ascii_lowercase
from typing import Any

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.facts.schema import Fact, Measure, Registry, Trait
from prilavok.kernel import money
from prilavok.segments import conditions, sentences
from prilavok.segments.conditions import FactIs, TraitIs
from prilavok.segments.problems import BadCondition

MOST = 12
KINDS = ("number", "money", "date", "flag")
"""Of traits and measures: kinds that can be reckoned with."""
_ANY: Mapping[str, Any] = {"date": {"op": "last_days", "value": 1}}


@dataclass(frozen=True)
class Input:
    """One letter of a formula. `leaf`: what is asked of the facts; or `indicator`: the code of another one."""

    name: str
    kind: str
    leaf: FactIs | TraitIs | None = None
    indicator: str = ""
    empty: str = "none"  # what stands for no rows: zero or none


def names(count: int) -> Sequence[str]:
    return ascii_lowercase[:count]


def read(told: Any, kinds: Mapping[str, str], registry: Registry) -> list[Input]:
    """Checked inputs. `kinds`: of the other indicators by code. Raises BadCondition (`inputs.N`)."""
    if not isinstance(told, list) or not 1 <= len(told) <= MOST:
        raise BadCondition(_("A formula is made of one to %(most)d figures."), field="inputs", most=MOST)
    found = []
    for place, one in enumerate(told):
        try:
            found.append(_read(one, ascii_lowercase[place], kinds, registry))
        except BadCondition as problem:
            raise BadCondition(problem.text, field=f"inputs.{place}", **problem.params) from problem
    return found


def _read(told: Any, name: str, kinds: Mapping[str, str], registry: Registry) -> Input:
    if not isinstance(told, Mapping):
        raise BadCondition
    if "indicator" in told:
        code = str(told["indicator"])
        if code not in kinds:
            raise BadCondition(_("There is no “%(name)s” to ask about."), name=code)
        return Input(name, kinds[code], indicator=code)
    if "trait" in told:
        return _trait(registry.traits.get(str(told["trait"])), told, name)
    fact = registry.facts.get(str(told.get("fact")))
    if fact is None:
        raise BadCondition(_("There is no “%(name)s” to ask about."), name=told.get("fact", ""))
    measure = next((one for one in fact.measures if one.key == told.get("measure")), None)
    if measure is None or measure.kind not in KINDS:
        raise BadCondition(_("“%(name)s” cannot be measured so."), name=fact.label)
    if measure.permission:
        raise _guarded(measure)
    return _fact(fact, measure, told, name, registry)


def _trait(trait: Trait | None, told: Mapping[str, Any], name: str) -> Input:
    if trait is None or trait.kind not in KINDS:
        raise BadCondition(_("There is no “%(name)s” to ask about."), name=told["trait"])
    if trait.permission:
        raise _guarded(trait)
    empty = "zero" if trait.kind == "flag" else "none"
    return Input(name, trait.kind, TraitIs(trait.key, "filled", None), empty=empty)


def _guarded(one: Trait | Measure) -> BadCondition:
    words = _("“%(name)s” is seen by a right of its own: an indicator, which many see, cannot be made of it.")
    return BadCondition(words, name=one.label)


def _fact(fact: Fact, measure: Measure, told: Mapping[str, Any], name: str, registry: Registry) -> Input:
    asked = {key: told[key] for key in ("fact", "measure", "where", "window") if key in told}
    compared = _ANY.get(measure.kind, {"op": ">=", "value": 0})
    leaf = conditions.parse({**asked, **compared}, registry)
    assert isinstance(leaf, FactIs)
    empty = "none" if measure.kind == "date" else measure.empty
    return Input(name, measure.kind, replace(leaf, op="", value=None), empty=empty)


def to_json(inputs: Iterable[Input]) -> list[dict[str, Any]]:
    """As they are kept and as the API speaks them."""
    return [_plain(one) for one in inputs]


def _plain(one: Input) -> dict[str, Any]:
    if one.indicator:
        return {"indicator": one.indicator}
    assert one.leaf is not None
    told = conditions.to_json(one.leaf)
    return {key: value for key, value in told.items() if key not in ("op", "value", "is")}


def moves(inputs: Iterable[Input], registry: Registry) -> bool:
    """Whether their values change by the passing of days alone."""
    return any(one.leaf is not None and conditions.moves_with_time(one.leaf, registry) for one in inputs)


def value_in_words(kind: str, value: Any) -> str:
    """A value as the reader writes it."""
    if value is None:
        return "—"
    if kind == "flag":
        return gettext("yes") if value else gettext("no")
    if kind == "money":
        return money.show(value, company.currency(), get_language() or "ru")
    return sentences.day(value) if isinstance(value, date) else sentences.number(value)


def in_words(one: Input, indicators: Mapping[str, str]) -> str:
    """What a letter stands for. `indicators`: names by code."""
    return (
        indicators.get(one.indicator, one.indicator) if one.leaf is None else sentences.figure_told(one.leaf)
    )
