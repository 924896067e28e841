"""The tree while somebody edits it: groups of rows as the form shows them, complete or not yet.

A draft is {"group": "all" | "any" | "none", "items": […]} with leaves as the API speaks them. Every field of the form
is named by its row's place: `c_0_1.op` is the operator of the second row of the first group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core import signing
from django.core.exceptions import BadRequest
from django.http import QueryDict

from prilavok.facts.schema import Fact, Measure, Trait, registry
from prilavok.kernel import clock
from prilavok.segments.conditions import OPERATORS

Draft = dict[str, Any]
NEGATIVE = {"=": "!=", "in": "not_in", "empty": "filled"}


def as_value(text: str) -> int | str:
    """A chosen value as a picker gave it: a number where nothing else is meant, so not «007».

    >>> as_value("7"), as_value("007"), as_value("²")
    (7, '007', '²')
    """
    return int(text) if text.isdecimal() and text == str(int(text)) else text


def blank() -> Draft:
    return {"group": "all", "items": []}


# ── Tree to draft and back ───────────────────────────────────────────────────────────────────────────────


def from_tree(tree: Mapping[str, Any]) -> Draft:
    """A saved tree as the form shows it; its top is always a group."""
    draft = _from_node(tree)
    return draft if "group" in draft else {"group": "all", "items": [draft]}


def _from_node(tree: Mapping[str, Any]) -> Draft:
    for kind in ("all", "any"):
        if kind in tree:
            return {"group": kind, "items": [_from_node(item) for item in tree[kind]]}
    if "not" not in tree:
        return dict(tree)
    inner = _from_node(tree["not"])
    if inner.get("group") == "any":
        return {**inner, "group": "none"}
    if "segment" in inner or ("trait" in inner and "is" in inner):
        return {**inner, "is": not inner.get("is", True)}
    if "trait" in inner and inner.get("op") in NEGATIVE:
        return {**inner, "op": NEGATIVE[inner["op"]]}
    return {"group": "none", "items": [inner]}


def to_tree(draft: Draft) -> dict[str, Any]:
    """The draft as the API speaks it; half-filled rows stay as they are and are refused by the parser."""
    if "group" in draft:
        items = [_in_group(item, draft["group"]) for item in draft["items"]]
        if not items:
            return {"all": []}
        return {"not": {"any": items}} if draft["group"] == "none" else {draft["group"]: items}
    if "segment" in draft:
        leaf = {"segment": draft["segment"]}
        return leaf if draft.get("is", True) else {"not": leaf}
    return {key: value for key, value in draft.items() if value not in ("", [], {}) or key in ("value",)}


def _in_group(draft: Draft, group: str) -> dict[str, Any]:
    """A row of a group; a group in which nothing stands yet changes nothing there, and keeps its place."""
    if draft.get("items") == []:
        return {"all": []} if group == "all" else {"any": []}
    return to_tree(draft)


# ── Form to draft ────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def of_our_form() -> Iterator[None]:
    """What no page of ours can have sent is refused as that (400), not taken for a fault of ours."""
    try:
        yield
    except (LookupError, ValueError, TypeError, RecursionError, signing.BadSignature) as exc:
        raise BadRequest("not a form of the segment editor") from exc


@of_our_form()
def from_post(data: QueryDict) -> Draft:
    """What stands in the form now. Raises BadRequest."""
    return _from_post(data, "c")


def _from_post(data: QueryDict, place: str) -> Draft:
    if data.get(f"{place}.type") == "group":
        count = int(data.get(f"{place}.count") or 0)
        items = [_from_post(data, f"{place}_{number}") for number in range(count)]
        return {"group": data.get(f"{place}.group", "all"), "items": items}
    return _READERS[data.get(f"{place}.type", "trait")](data, place)


def _trait(data: QueryDict, place: str) -> Draft:
    trait = registry().traits[data.get(f"{place}.key", "")]
    if trait.kind == "flag":
        return {"trait": trait.key, "is": data.get(f"{place}.is") != "no"}
    op = data.get(f"{place}.op", OPERATORS[trait.kind][0])
    return {"trait": trait.key, "op": op, **_value(data, place, op)}


def _fact(data: QueryDict, place: str) -> Draft:
    fact = registry().facts[data.get(f"{place}.key", "")]
    op = data.get(f"{place}.op", ">=")
    chosen = {one.key: data.getlist(f"{place}.where.{one.key}") for one in fact.filters}
    measure = data.get(f"{place}.measure", fact.measures[0].key)
    kind = next(one.kind for one in fact.measures if one.key == measure)
    if op not in OPERATORS[kind]:
        op = {"date": "last_days", "choice": "in"}.get(kind, ">=")
    return {
        "fact": fact.key,
        "measure": measure,
        "op": op,
        **_value(data, place, op),
        "where": {key: values for key, values in chosen.items() if values},
        "window": _window(data, place),
    }


def _value(data: QueryDict, place: str, op: str) -> dict[str, Any]:
    if op in ("empty", "filled"):
        return {}
    if op in ("in", "not_in"):
        return {"value": [as_value(one) for one in data.getlist(f"{place}.values")]}
    value = data.get(f"{place}.value", "").strip()
    return (
        {"value": [value, data.get(f"{place}.value2", "").strip()]} if op == "between" else {"value": value}
    )


def _window(data: QueryDict, place: str) -> dict[str, Any]:
    kind = data.get(f"{place}.window", "ever")
    days = data.get(f"{place}.days") or "60"
    if kind in ("last_days", "older_days"):
        return {kind: days}
    if kind == "between":
        return {"from": data.get(f"{place}.from", ""), "to": data.get(f"{place}.to", "")}
    return {}


def _sequence(data: QueryDict, place: str) -> Draft:
    told = {
        "first": _step(data, f"{place}.first"),
        "then": _step(data, f"{place}.then"),
        "happened": data.get(f"{place}.happened") != "no",
        "within": data.get(f"{place}.within", "30"),
        "window": _window(data, place),
    }
    return {"sequence": told}


def _step(data: QueryDict, place: str) -> Draft:
    fact = registry().facts[data.get(f"{place}.key", "")]
    chosen = {one.key: data.getlist(f"{place}.where.{one.key}") for one in fact.filters}
    return {"fact": fact.key, "where": {key: values for key, values in chosen.items() if values}}


def _indicator(data: QueryDict, place: str) -> Draft:
    return {"indicator": data.get(f"{place}.key", "")}


def _segment(data: QueryDict, place: str) -> Draft:
    return {"segment": data.get(f"{place}.segment", ""), "is": data.get(f"{place}.is") != "no"}


def _sample(data: QueryDict, place: str) -> Draft:
    percent = data.get(f"{place}.percent", "10").replace(",", ".")
    try:
        share = str(float(percent) / 100)
    except ValueError:
        share = ""
    return {"sample": {"share": share, "salt": data.get(f"{place}.salt", "")}}


_READERS = {
    "trait": _trait,
    "fact": _fact,
    "sequence": _sequence,
    "indicator": _indicator,
    "segment": _segment,
    "sample": _sample,
}


# ── What a click asks for ────────────────────────────────────────────────────────────────────────────────


@of_our_form()
def changed(draft: Draft, data: QueryDict) -> Draft:
    """The draft after the click or choice that sent the form. Raises BadRequest."""
    for name in data:
        what = data.get(name, "") if name.endswith(".add") else ""
        if what:
            _at(draft, name.removesuffix(".add"))["items"].append(new_row(what))
    verb, _sep, rest = data.get("do", "").partition(":")
    if verb:
        _DOES[verb](draft, *rest.split(":", 2))
    return draft


def new_row(what: str) -> Draft:
    """A fresh row with the most usual question."""
    kind, _sep, key = what.partition(":")
    if kind == "group":
        return {"group": key or "any", "items": []}
    if kind == "indicator":
        return {"indicator": key}
    if kind == "segment":
        return {"segment": key, "is": True}
    if kind == "sample":
        return {"sample": {"share": "0.1", "salt": f"{clock.now():%Y%m%d%H%M%S}"}}
    if kind == "sequence":
        step: Draft = {"fact": key or steps()[0].key, "where": {}}
        told = {"first": step, "then": {**step, "where": {}}, "happened": False, "within": "30", "window": {}}
        return {"sequence": told}
    if kind == "trait":
        return _new_trait(registry().traits[key])
    name, _dot, part = key.partition(".")
    return _new_fact(registry().facts[name], none=kind == "none", measured=part if kind == "measure" else "")


def steps() -> list[Fact]:
    """Facts that may be steps of a sequence, the most usual first."""
    return sorted((one for one in registry().facts.values() if one.present), key=lambda one: one.position)


def _new_trait(trait: Trait) -> Draft:
    if trait.kind == "flag":
        return {"trait": trait.key, "is": True}
    op = {"number": ">=", "money": ">=", "date": "last_days", "choice": "in", "many": "in", "text": "="}[
        trait.kind
    ]
    value: Any = {"in": [], "last_days": "30"}.get(op, "")
    return {"trait": trait.key, "op": op, "value": value}


def _new_fact(fact: Fact, *, none: bool, measured: str = "") -> Draft:
    counted = next((one for one in fact.measures if one.times), fact.measures[0])
    measure = next(one for one in fact.measures if one.key == measured) if measured else counted
    return {"fact": fact.key, "measure": measure.key, "where": {}, **_usual(measure, none=none)}


def _usual(measure: Measure, *, none: bool) -> Draft:
    if none:
        return {"op": "=", "value": "0", "window": {"last_days": "60"}}
    if measure.kind == "choice":
        return {"op": "in", "value": [], "window": {}}
    op, value = ("last_days", "30") if measure.kind == "date" else measure.usual
    return {"op": op, "value": value, "window": {}}


def _add(draft: Draft, place: str, *what: str) -> None:
    _at(draft, place)["items"].append(new_row(":".join(what)))


def _remove(draft: Draft, place: str) -> None:
    above, _sep, number = place.rpartition("_")
    del _at(draft, above)["items"][int(number)]


@of_our_form()
def removed(draft: Draft, data: QueryDict) -> tuple[str, Draft] | None:
    """The row that the click takes away, with its place, so that it can be taken back. Raises BadRequest."""
    verb, _sep, place = data.get("do", "").partition(":")
    return (place, _at(draft, place)) if verb == "remove" else None


def sealed(taken: tuple[str, Draft]) -> str:
    """What the button «take back» sends: nobody else can write it."""
    return signing.dumps(taken, salt="segments.removed", compress=True)


def _restore(draft: Draft, *seal: str) -> None:
    place, row = signing.loads(":".join(seal), salt="segments.removed")
    above, _sep, number = place.rpartition("_")
    _at(draft, above)["items"].insert(int(number), row)


def _pick(draft: Draft, place: str, key: str, value: str) -> None:
    chosen = _chosen(draft, place, key)
    if value not in [str(one) for one in chosen]:
        chosen.append(as_value(value))


def _unpick(draft: Draft, place: str, key: str, value: str) -> None:
    chosen = _chosen(draft, place, key)
    chosen[:] = [one for one in chosen if str(one) != value]


def _chosen(draft: Draft, place: str, key: str) -> list[Any]:
    row = _at(draft, place)
    if key == "values":
        chosen: list[Any] = row.setdefault("value", [])
        return chosen
    side, _dot, filter_key = key.rpartition(".")
    row = row["sequence"][side] if side else row
    found: list[Any] = row.setdefault("where", {}).setdefault(filter_key, [])
    return found


def _at(draft: Draft, place: str) -> Draft:
    for number in place.split("_")[1:]:
        draft = draft["items"][int(number)]
    return draft


_DOES: dict[str, Callable[..., None]] = {
    "add": _add,
    "remove": _remove,
    "restore": _restore,
    "pick": _pick,
    "unpick": _unpick,
}
