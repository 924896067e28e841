"""A draft as the template draws it: rows of words, choices and fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from prilavok.company import queries as company
from prilavok.facts.schema import Fact, Filter, Measure, Picker, Trait, registry
from prilavok.kernel import money
from prilavok.kernel.actors import Actor
from prilavok.segments import vocabulary
from prilavok.segments.conditions import OPERATORS
from prilavok.segments.models import Segment
from prilavok.segments.web.drafts import Draft, as_value, steps

Words = str | Promise
Choices = list[tuple[str, Words]]
SHORT = 12  # a picker with fewer values is a plain choice
_OPS: dict[str, Words] = {
    ">=": gettext_lazy("at least"),
    "<=": gettext_lazy("at most"),
    "=": gettext_lazy("exactly"),
    "!=": gettext_lazy("not equal to"),
    ">": gettext_lazy("more than"),
    "<": gettext_lazy("less than"),
    "between": gettext_lazy("between"),
    "in": gettext_lazy("one of"),
    "not_in": gettext_lazy("none of"),
    "empty": gettext_lazy("not known"),
    "filled": gettext_lazy("known"),
    "contains": gettext_lazy("contains"),
    "last_days": gettext_lazy("in the last … days"),
    "older_days": gettext_lazy("more than … days ago"),
    "next_anniversary": gettext_lazy("anniversary within … days"),
}
_DATE_OPS: dict[str, Words] = {
    "<": pgettext_lazy("day", "before"),
    ">=": pgettext_lazy("day", "from … on"),
    "between": pgettext_lazy("day", "between"),
}
WINDOWS: Choices = [
    ("ever", gettext_lazy("at any time")),
    ("last_days", gettext_lazy("in the last … days")),
    ("older_days", gettext_lazy("more than … days ago")),
    ("between", gettext_lazy("between days")),
]
GROUPS: Choices = [
    ("all", gettext_lazy("all of these hold")),
    ("any", gettext_lazy("at least one of these holds")),
    ("none", gettext_lazy("none of these holds")),
]


@dataclass(frozen=True)
class Chip:
    value: Any
    label: str


@dataclass(frozen=True)
class Choice:
    """A place to pick values: those chosen, and either a short list or a search."""

    key: str
    label: Words
    name: str
    chips: list[Chip]
    options: Choices
    searched: bool


class Narrowed:
    """What a fact may be narrowed by: filters in which something is chosen stand before the others."""

    choices: list[Choice]

    @property
    def picked(self) -> list[Choice]:
        return [one for one in self.choices if one.chips]

    @property
    def unpicked(self) -> list[Choice]:
        return [one for one in self.choices if not one.chips]


@dataclass(frozen=True)
class Step(Narrowed):
    """One side of a sequence: which fact, narrowed how."""

    side: str
    key: str
    verbs: Choices
    choices: list[Choice]


@dataclass
class Row(Narrowed):
    """One line of the editor, or a group of them."""

    place: str
    type: str
    key: str = ""
    label: Words = ""
    group: str = "all"
    items: list[Row] = field(default_factory=list)
    flags: Choices = field(default_factory=list)
    on: bool = True
    ops: Choices = field(default_factory=list)
    op: str = ""
    input: str = ""
    value: str = ""
    value2: str = ""
    unit: Words = ""
    measures: Choices = field(default_factory=list)
    measure: str = ""
    choices: list[Choice] = field(default_factory=list)
    values: list[Choice] = field(default_factory=list)
    window: str = ""
    days: str = "60"
    start: str = ""
    end: str = ""
    segment: str = ""
    percent: str = ""
    salt: str = ""
    steps: list[Step] = field(default_factory=list)
    dated: bool = True
    within: str = "30"
    trouble: str = ""

    @property
    def two(self) -> bool:
        return self.op == "between"

    @property
    def measured(self) -> str:
        """What a picker of the measure's values is asked by."""
        return f"measure.{self.measure}"

    @property
    def bare(self) -> bool:
        return self.op in ("empty", "filled")


def shown(draft: Draft, by: Actor, place: str = "c", troubles: dict[str, str] | None = None) -> Row:
    """The row at a place with all below it. `troubles`: what the parser refused, by place in the tree."""
    row = _shown(draft, by, place, troubles or {})
    row.trouble = (troubles or {}).get(place, "")
    return row


def _shown(draft: Draft, by: Actor, place: str, troubles: dict[str, str]) -> Row:
    if "group" in draft:
        items = [shown(item, by, f"{place}_{number}", troubles) for number, item in enumerate(draft["items"])]
        return Row(place, "group", group=draft["group"], items=items)
    if "trait" in draft:
        return _trait(draft, by, place)
    if "fact" in draft:
        return _fact(draft, by, place)
    if "indicator" in draft:
        return Row(place, "indicator", draft["indicator"])
    if "sequence" in draft:
        return _sequence(draft["sequence"], by, place)
    if "segment" in draft:
        return Row(place, "segment", segment=str(draft["segment"]), on=draft.get("is", True), choices=[])
    return _sample(draft, place)


def _trait(draft: Draft, by: Actor, place: str) -> Row:
    trait = registry().traits[draft["trait"]]
    row = Row(place, "trait", trait.key, trait.label, unit=_unit(trait))
    if trait.kind == "flag":
        row.on = bool(draft.get("is", True))
        row.flags = [("yes", trait.sentence or trait.label), ("no", trait.sentence_not or _("no"))]
        return row
    row.op, row.ops = draft["op"], _ops(trait.kind)
    _fill_value(row, trait.kind, draft.get("value"))
    if row.op in ("in", "not_in"):
        row.choices = [
            _choice(trait, trait.picker, "values", f"{place}.values", draft.get("value") or [], by)
        ]
    return row


def _fact(draft: Draft, by: Actor, place: str) -> Row:
    fact = registry().facts[draft["fact"]]
    measure = next(one for one in fact.measures if one.key == draft["measure"])
    row = Row(place, "fact", fact.key, fact.label, unit=_unit(measure), measure=measure.key)
    row.measures = [
        (one.key, one.label) for one in fact.measures if vocabulary.may_ask(one, by) or one.key == measure.key
    ]
    row.op, row.ops = (
        draft["op"],
        [one for one in _ops(measure.kind) if one[0] not in ("empty", "filled", "next_anniversary")],
    )
    _fill_value(row, measure.kind, draft.get("value"))
    if measure.kind == "choice":
        values = draft.get("value")
        chosen = values if isinstance(values, list) else []
        row.values = [_choice(measure, measure.picker, "values", f"{place}.values", chosen, by)]
    where = draft.get("where") or {}
    row.choices = [
        _choice(one, one.picker, one.key, f"{place}.where.{one.key}", where.get(one.key, []), by)
        for one in fact.filters
    ]
    row.dated = bool(fact.date)
    _fill_window(row, draft.get("window") or {})
    return row


def _unit(one: Trait | Measure) -> Words:
    if one.kind == "money" and not one.unit:
        return money.sign(company.currency(), get_language() or "ru")
    return one.unit


def _sequence(told: dict[str, Any], by: Actor, place: str) -> Row:
    row = Row(place, "sequence", on=bool(told["happened"]), within=str(told["within"]))
    row.steps = [_step(told[side], by, place, side, did) for side, did in (("first", True), ("then", row.on))]
    _fill_window(row, told.get("window") or {})
    return row


def _step(told: Draft, by: Actor, place: str, side: str, did: bool) -> Step:
    fact = registry().facts[told["fact"]]
    where = told.get("where") or {}
    choices = [
        _choice(
            one,
            one.picker,
            f"{side}.{one.key}",
            f"{place}.{side}.where.{one.key}",
            where.get(one.key, []),
            by,
        )
        for one in fact.filters
    ]
    verbs: Choices = [(one.key, (one.verb if did else one.verb_not) or one.label) for one in steps()]
    return Step(side, fact.key, verbs, choices)


def _sample(draft: Draft, place: str) -> Row:
    try:
        percent = f"{(Decimal(str(draft['sample']['share'])) * 100).normalize():f}"
    except InvalidOperation:
        percent = ""
    return Row(place, "sample", percent=percent, salt=draft["sample"].get("salt", ""))


def _ops(kind: str) -> Choices:
    words = {**_OPS, **_DATE_OPS} if kind == "date" else _OPS
    return [(op, words[op]) for op in sorted(OPERATORS[kind], key=list(_OPS).index)]


def _fill_value(row: Row, kind: str, value: Any) -> None:
    days = row.op in ("last_days", "older_days", "next_anniversary")
    row.input = "number" if days or kind in ("number", "money") else "date" if kind == "date" else "text"
    if isinstance(value, list | tuple) and row.op == "between":
        row.value, row.value2 = (str(one) for one in [*value, "", ""][:2])
    elif not isinstance(value, list | tuple):
        row.value = "" if value is None else str(value)
    if days and not row.value.isdecimal():
        row.value = "30"
    if days:
        row.unit = _("days")


def _fill_window(row: Row, window: dict[str, Any]) -> None:
    row.window = next(
        (key for key in ("last_days", "older_days") if key in window), "between" if window else "ever"
    )
    row.days = str(window.get(row.window, "60"))
    row.start, row.end = window.get("from", ""), window.get("to", "")


def _choice(
    source: Trait | Filter | Measure,
    picker: Picker | None,
    key: str,
    name: str,
    values: Sequence[Any],
    by: Actor,
) -> Choice:
    values = [as_value(str(one)) for one in values]
    names = picker.names(values) if picker and picker.names and values else {}
    chips = [Chip(value, str(names.get(value, value))) for value in values]
    options: Choices = []
    if picker and picker.options and not picker.search:
        options = [(str(value), label) for value, label in picker.options(by)]
    short = len(options) <= SHORT
    left = [one for one in options if one[0] not in {str(value) for value in values}]
    return Choice(key, source.label, name, chips, left if short else [], searched=not short or not options)


def picker_of(what: str, key: str, filter_key: str, by: Actor) -> Picker | None:
    """The picker of a trait, of a fact's filter, or of its measure. Raises KeyError."""
    if what == "trait":
        return vocabulary.trait_picker(key, by)
    measure = what.removeprefix("measure.") if what.startswith("measure.") else ""
    return vocabulary.fact_picker(key, measure or filter_key.rpartition(".")[2])


@dataclass(frozen=True)
class Offer:
    """A group of what may be added, for the choice «add a condition»."""

    label: Words
    items: Choices


def offers(by: Actor) -> Iterator[Offer]:
    """Everything that domains declare and `by` may ask, by groups; then what segments add themselves."""
    groups: dict[str, list[tuple[int, str, Words]]] = {}
    for fact in vocabulary.facts(by):
        items = groups.setdefault(str(fact.group), [])
        items.append((fact.position, f"fact:{fact.key}", _begun(fact)))
        if fact.date:
            none = fact.verb_not or _("No: %(name)s") % {"name": fact.label}
            items.append((fact.position, f"none:{fact.key}", none))
    for trait in vocabulary.traits(by):
        groups.setdefault(str(trait.group), []).append((trait.position, f"trait:{trait.key}", trait.label))
    for label, items in sorted(groups.items(), key=lambda group: min(item[0] for item in group[1])):
        yield Offer(
            label, [(key, words) for _position, key, words in sorted(items, key=lambda item: item[0])]
        )
    yield Offer(
        _("Groups"),
        [
            ("sequence:", _("First one thing, then another")),
            ("segment:", _("In a segment")),
            ("sample:", _("Random sample")),
            ("group:any", _("Group of conditions: at least one holds")),
            ("group:none", _("Group of conditions: none holds")),
        ],
    )


def conditions_found(by: Actor, text: str) -> Choices:
    """What may be added that has all the words typed in its own, its group's, its measures' or its filters' names."""
    words = _plain(text).split()
    offered = list(offers(by))
    named = [(what, str(label), f"{one.label} {label}") for one in offered for what, label in one.items]
    for fact in vocabulary.facts(by):
        apart = fact.measures if len(fact.measures) > 1 else ()
        for measure in (one for one in apart if not one.times and vocabulary.may_ask(one, by)):
            label = f"{fact.label}: {measure.label}"
            named.append((f"measure:{fact.key}.{measure.key}", label, f"{fact.group} {label}"))
        for one in fact.filters:
            label = f"{_begun(fact)}: {one.label}"
            named.append((f"filter:{fact.key}.{one.key}", label, f"{fact.group} {label}"))
    return [(what, label) for what, label, known in named if all(word in _plain(known) for word in words)]


def _plain(text: str) -> str:
    return text.lower().replace("ё", "е")


def _begun(fact: Fact) -> Words:
    return fact.verb or fact.label


def other_segments(by: Actor, itself: int | None) -> Choices:
    """Segments that a row may refer to."""
    found = Segment.objects.live().exclude(pk=itself or 0).order_by("name").values_list("public_id", "name")
    return [(str(key), name) for key, name in found]
