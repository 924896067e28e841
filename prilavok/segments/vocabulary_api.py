"""What the public API tells of conditions: all that may be asked, and the values that there are."""

from typing import Any

from ninja import Field, Router, Schema
from ninja.params.functions import Query

from prilavok.facts.schema import Fact, Filter, Measure, Trait
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request
from prilavok.segments import vocabulary
from prilavok.segments.conditions import OPERATORS

router = Router(tags=["segments"])


class AskedOut(Schema):
    key: str
    label: str
    kind: str = Field(description="flag, number, money, date, choice, many or text.")
    operators: list[str] = Field(description="What `op` may be; a flag has `is` instead.")
    unit: str
    has_values: bool = Field(description="Whether `GET /conditions/values` tells what may be chosen.")


class TraitOut(AskedOut):
    group: str


class FilterOut(Schema):
    key: str
    label: str


class FactOut(Schema):
    key: str
    label: str
    group: str
    measures: list[AskedOut]
    filters: list[FilterOut] = Field(
        description="What `where` may narrow it by; values by `GET /conditions/values`."
    )
    windows: bool = Field(description="Whether it takes a `window`; otherwise it is how things stand now.")
    in_sequences: bool = Field(description="Whether it may be a step of a `sequence`.")


class VocabularyOut(Schema):
    traits: list[TraitOut]
    facts: list[FactOut]


class ValueOut(Schema):
    value: int | str
    label: str


class ValueList(Schema):
    items: list[ValueOut]
    next: str | None = Field(description="Send it as `after` to get the next page; null at the end.")


class NothingAsked(Problem):
    code = "no_such_condition"
    status = 404


@router.get("/conditions", response=VocabularyOut)
def list_conditions(request: Request) -> dict[str, Any]:
    """All that conditions may ask, by groups and in the words of the editor: what domains declare and own fields."""
    by = request.actor
    return {
        "traits": [_asked(one) | {"group": str(one.group)} for one in vocabulary.traits(by)],
        "facts": [_fact(one, by) for one in vocabulary.facts(by)],
    }


@router.get("/conditions/values", response=ValueList)
def list_values(
    request: Request,
    trait: str = Query("", description="Values of a trait…"),
    fact: str = Query("", description="…or of a fact:"),
    part: str = Query("", description="the key of its filter, or of its measure if that is a choice."),
    q: str = Query("", max_length=200, description="Letters that they contain."),
    after: str | None = None,
) -> dict[str, Any]:
    """What may be chosen in a condition, twenty at once: goods, categories, shops, campaigns, links…"""
    request.actor.must("segments.see")
    try:
        picker = (
            vocabulary.trait_picker(trait, request.actor) if trait else vocabulary.fact_picker(fact, part)
        )
    except KeyError as unknown:
        raise NothingAsked from unknown
    page = vocabulary.found(picker, request.actor, q, after)
    items = [{"value": value, "label": str(label).strip()} for value, label in page.items]
    return {"items": items, "next": page.next}


def _asked(one: Trait | Measure) -> dict[str, Any]:
    told = {"key": one.key, "label": str(one.label), "kind": one.kind, "unit": str(one.unit)}
    return told | {"operators": list(OPERATORS[one.kind]), "has_values": one.picker is not None}


def _fact(one: Fact, by: Actor) -> dict[str, Any]:
    told = {"key": one.key, "label": str(one.label), "group": str(one.group)}
    measures = [_asked(measure) for measure in one.measures if vocabulary.may_ask(measure, by)]
    filters = [_filter(each) for each in one.filters]
    return told | {
        "measures": measures,
        "filters": filters,
        "windows": bool(one.date),
        "in_sequences": bool(one.present),
    }


def _filter(one: Filter) -> dict[str, str]:
    return {"key": one.key, "label": str(one.label)}
