"""What conditions may be made of, as it is offered to a person: by whom it may be asked, and what values there are."""

from __future__ import annotations

from collections.abc import Iterator

from prilavok.facts.found import Found, listed
from prilavok.facts.schema import Fact, Measure, Picker, Trait, registry
from prilavok.kernel.actors import Actor


def may_ask(one: Trait | Measure, by: Actor) -> bool:
    return not one.permission or by.may(one.permission)


def traits(by: Actor) -> Iterator[Trait]:
    """Those that `by` is offered, in the order of the editor. Raises Refused."""
    by.must("segments.see")
    known = (one for one in registry().traits.values() if one.offered and may_ask(one, by))
    return iter(sorted(known, key=lambda one: one.position))


def facts(by: Actor) -> Iterator[Fact]:
    """All that may be counted, in the order of the editor. Raises Refused."""
    by.must("segments.see")
    return iter(sorted(registry().facts.values(), key=lambda one: one.position))


def trait_picker(key: str, by: Actor) -> Picker | None:
    """How values of a trait are chosen. Raises KeyError for what is not offered."""
    trait = registry().traits[key]
    if not may_ask(trait, by):
        raise KeyError(key)
    return trait.picker


def fact_picker(key: str, part: str) -> Picker | None:
    """How values of a fact's filter are chosen, or of its measure whose value is one. Raises KeyError."""
    fact = registry().facts[key]
    pickers = {one.key: one.picker for one in fact.measures} | {one.key: one.picker for one in fact.filters}
    return pickers[part]


def found(picker: Picker | None, by: Actor, text: str, after: str | None = None) -> Found:
    """What a picker offers for the letters typed, after what it has offered. Raises BadCursor."""
    text = text.strip()
    if picker and picker.search:
        return picker.search(by, text, after)
    options = picker.options(by) if picker and picker.options else ()
    key = text.lower().replace("ё", "е")
    fitting = [one for one in options if key in str(one[1]).lower().replace("ё", "е")]
    fitting.sort(key=lambda one: not str(one[1]).strip().lower().startswith(key))
    return listed(fitting, after)
