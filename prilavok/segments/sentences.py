"""Conditions in plain words, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as Several
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from prilavok.company import queries as company
from prilavok.facts.schema import Fact, Filter, Measure, Trait, registry
from prilavok.kernel import money
from prilavok.segments.conditions import (
    FactIs,
    Group,
    InSegment,
    Leaf,
    Node,
    Not,
    Sample,
    Sequence,
    Step,
    TraitIs,
    Window,
    leaves,
)
from prilavok.segments.models import Segment
from prilavok.ui import formats

WORDS: Mapping[str, str | Promise] = {
    "=": gettext_lazy("exactly %(value)s"),
    "!=": gettext_lazy("not %(value)s"),
    "<": gettext_lazy("less than %(value)s"),
    "<=": gettext_lazy("at most %(value)s"),
    ">": gettext_lazy("more than %(value)s"),
    ">=": gettext_lazy("at least %(value)s"),
    "between": gettext_lazy("from %(low)s to %(high)s"),
}
DATE_WORDS: Mapping[str, str | Promise] = {
    "<": gettext_lazy("before %(value)s"),
    ">=": gettext_lazy("from %(value)s on"),
    "between": gettext_lazy("from %(low)s to %(high)s"),
}


A_LIST = gettext_lazy("customers named one by one")


def told(node: Node) -> str:
    """The whole tree as one sentence.

    «покупали: Мясо, не менее 2 раз; не покупали последние 60 дней; можно писать на почту»
    """
    return _told(node, segment_names(node), 0)


def segment_names(node: Node) -> dict[UUID, str]:
    """Names of the segments that a tree refers to."""
    keys = [leaf.segment for leaf in leaves(node) if isinstance(leaf, InSegment)]
    return dict(Segment.objects.filter(public_id__in=keys).values_list("public_id", "name")) if keys else {}


def _told(node: Node, names: Mapping[UUID, str], depth: int) -> str:
    if isinstance(node, Group):
        joiner = "; " if node.kind == "all" and depth == 0 else f" {_and(node.kind)} "
        nothing = _("all customers") if node.kind == "all" else _("nobody")
        saying = [item for item in node.items if item != Group(node.kind, ())]
        text = joiner.join(_told(item, names, depth + 1) for item in saying) or nothing
        return f"({text})" if depth and len(node.items) > 1 else text
    if isinstance(node, Not):
        return _not(node.item, names, depth)
    return leaf_told(node, names)


def _and(kind: str) -> str:
    return pgettext("joins conditions", "and") if kind == "all" else pgettext("joins conditions", "or")


def _not(node: Node, names: Mapping[UUID, str], depth: int) -> str:
    if isinstance(node, TraitIs):
        trait = registry().traits[node.key]
        if trait.kind == "flag" and trait.sentence_not:
            return str(trait.sentence_not)
        if node.op == "empty":
            return _("%(name)s: known") % {"name": trait.label}
        if node.op in ("in", "="):
            return _("%(name)s: not %(value)s") % {"name": trait.label, "value": _chosen(trait, node)}
    if isinstance(node, InSegment):
        return _("not in segment “%(name)s”") % {"name": names.get(node.segment, "?")}
    return _("not: %(condition)s") % {"condition": _told(node, names, depth + 1)}


def leaf_told(leaf: Leaf, names: Mapping[UUID, str]) -> str:
    """One condition in words."""
    if isinstance(leaf, TraitIs):
        return _trait(leaf)
    if isinstance(leaf, FactIs):
        return _fact(leaf)
    if isinstance(leaf, Sequence):
        return _sequence(leaf)
    if isinstance(leaf, InSegment):
        return _("in segment “%(name)s”") % {"name": names.get(leaf.segment, "?")}
    share = number(leaf.share * 100) if isinstance(leaf, Sample) else ""
    return _("a random %(share)s %% of customers") % {"share": share}


def _sequence(leaf: Sequence) -> str:
    """«покупали «Кофе» за последние 90 дней, а затем не покупали «Фильтры» в течение 30 дней»"""
    term = ngettext("within %(count)s day", "within %(count)s days", leaf.within) % {
        "count": number(leaf.within)
    }
    given = {
        "first": " ".join(part for part in (_step(leaf.first), window_told(leaf.window)) if part),
        "then": _step(leaf.then, did=leaf.happened),
        "term": term,
    }
    return (
        _("%(first)s, then %(then)s %(term)s") % given
        if leaf.happened
        else _("%(first)s, but then %(then)s %(term)s") % given
    )


def _step(step: Step, *, did: bool = True) -> str:
    fact = registry().facts[step.key]
    verb = str((fact.verb if did else fact.verb_not) or fact.label)
    return " ".join(part for part in (verb, _what(fact, step)) if part)


def _trait(leaf: TraitIs) -> str:
    trait = registry().traits[leaf.key]
    if trait.kind == "flag":
        return str(trait.sentence or trait.label)
    if leaf.op == "empty":
        return _("%(name)s: not known") % {"name": trait.label}
    if leaf.op in ("in",) or trait.kind in ("choice", "many", "text"):
        return f"{trait.label}: {_chosen(trait, leaf)}"
    return f"{trait.label}: {_compared(trait.kind, leaf.op, leaf.value, trait.unit)}"


def _chosen(trait: Trait, leaf: TraitIs) -> str:
    values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    return _names_of(trait, values)


def _names_of(source: Trait | Filter | Measure, values: Several[Any]) -> str:
    picker = source.picker
    known = picker.names(values) if picker and picker.names else {}
    shown = [str(known.get(value, value)) for value in values]
    if len(shown) > 4:
        return _("%(some)s and %(count)d more") % {"some": ", ".join(shown[:3]), "count": len(shown) - 3}
    return ", ".join(shown)


def _fact(leaf: FactIs) -> str:
    fact = registry().facts[leaf.key]
    measure = next(one for one in fact.measures if one.key == leaf.measure)
    what = _what(fact, leaf)
    window = window_told(leaf.window)
    if measure.times:
        return _times(fact, leaf, what, window)
    subject = _subject(measure, what)
    if measure.kind == "choice":
        return " ".join(part for part in (f"{subject}:", _names_of(measure, leaf.value), window) if part)
    return " ".join(
        part
        for part in (f"{subject}:", _compared(measure.kind, leaf.op, leaf.value, measure.unit), window)
        if part
    )


def _subject(measure: Measure, what: str) -> str:
    return f"{measure.label} ({what})" if what else str(measure.label)


def _times(fact: Fact, leaf: FactIs, what: str, window: str) -> str:
    none = (
        (leaf.op == "=" and leaf.value == 0)
        or (leaf.op == "<" and leaf.value == 1)
        or (leaf.op == "<=" and leaf.value == 0)
    )
    some = (leaf.op == ">=" and leaf.value == 1) or (leaf.op == ">" and leaf.value == 0)
    verb = str((fact.verb_not if none else fact.verb) or fact.label)
    often = "" if none or some else _often(leaf.op, leaf.value)
    return " ".join(part for part in (verb, what, often, window) if part)


def _often(op: str, value: Any) -> str:
    if op == "between":
        low, high = (number(one) for one in value)
        return _("from %(low)s to %(high)s times") % {"low": low, "high": high}
    times = ngettext("%(count)s time", "%(count)s times", int(value)) % {"count": number(value)}
    genitive = {
        ">=": ngettext("at least %(count)s time", "at least %(count)s times", int(value)),
        "<=": ngettext("at most %(count)s time", "at most %(count)s times", int(value)),
        ">": ngettext("more than %(count)s time", "more than %(count)s times", int(value)),
        "<": ngettext("fewer than %(count)s time", "fewer than %(count)s times", int(value)),
        "!=": ngettext("not %(count)s time", "not %(count)s times", int(value)),
    }
    return genitive[op] % {"count": number(value)} if op in genitive else times


def _what(fact: Fact, leaf: FactIs | Step) -> str:
    filters = {one.key: one for one in fact.filters}
    parts = [_("“%(name)s”") % {"name": _names_of(filters[key], values)} for key, values in leaf.where]
    return ", ".join(parts)


def figure_told(leaf: FactIs | TraitIs) -> str:
    """What is measured, in words: «sum of purchases (“Wine”) in the last 90 days»."""
    if isinstance(leaf, TraitIs):
        return str(registry().traits[leaf.key].label)
    fact = registry().facts[leaf.key]
    measure = next(one for one in fact.measures if one.key == leaf.measure)
    subject = _subject(measure, _what(fact, leaf))
    return " ".join(part for part in (subject, window_told(leaf.window)) if part)


def window_told(window: Window) -> str:
    """The window in words; nothing for ever."""
    if window.last_days:
        days = window.last_days
        return ngettext("in the last %(count)s day", "in the last %(count)s days", days) % {
            "count": number(days)
        }
    if window.older_days:
        days = window.older_days
        return ngettext("more than %(count)s day ago", "more than %(count)s days ago", days) % {
            "count": number(days)
        }
    if window.start and window.end:
        return _("from %(low)s to %(high)s") % {"low": day(window.start), "high": day(window.end)}
    if window.start:
        return _("since %(day)s") % {"day": day(window.start)}
    return _("until %(day)s") % {"day": day(window.end)} if window.end else ""


def _compared(kind: str, op: str, value: Any, unit: Any = "") -> str:
    if op in ("last_days", "older_days"):
        window = Window(last_days=value) if op == "last_days" else Window(older_days=value)
        return window_told(window)
    if op == "next_anniversary":
        return ngettext(
            "the day comes within %(count)s day", "the day comes within %(count)s days", value
        ) % {"count": value}
    words = DATE_WORDS if kind == "date" else WORDS
    if op == "between":
        low, high = (_shown(kind, one) for one in value)
        text = str(words[op]) % {"low": low, "high": high}
    else:
        text = str(words[op]) % {"value": _shown(kind, value)}
    return f"{text} {unit}".strip()


def _shown(kind: str, value: Any) -> str:
    if kind == "money":
        return money.show(value, company.currency(), get_language() or "ru")
    return day(value) if isinstance(value, date) else number(value)


def number(value: Any) -> str:
    """A number as the reader writes it."""
    return formats.number(Decimal(value), language=get_language() or "ru")


def day(value: date | None) -> str:
    """A day as the reader writes it."""
    return formats.day(value, get_language() or "ru")
