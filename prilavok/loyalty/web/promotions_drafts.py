"""A promotion while somebody edits it: what stands in the form, complete or not yet.

A draft is the definition with all figures as they are typed; each part of what it gives is one flat row with its
kind. Every field of the form is named by its place: `give.0.of.products`, `limits.today`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import BadRequest
from django.http import QueryDict

from prilavok.loyalty.definitions import WEEKDAYS

Draft = dict[str, Any]
GOODS = {
    "products": "product",
    "categories": "category",
    "brands": "brand",
    "without_products": "product",
    "without_categories": "category",
}
WHERE = {"shops": "shop", "tills": "till"}
WHO = {
    "segments": "segment",
    "without_segments": "segment",
    "tiers": "tier",
    "card_kinds": "card_kind",
    "card_statuses": "card_status",
}
TYPED = ("channels", "payments")  # lists of words, by commas
# Of one customer, then of everybody together.
_TIMES = ("today", "own_week", "own_month", "own", "day", "week", "month", "all")
LIMITS = ("receipt", *_TIMES, *(f"{one}_money" for one in _TIMES))
CONTROL = ("percent", "days")
FIGURES: Mapping[str, tuple[str, ...]] = {
    "percent_off": ("percent",),
    "amount_off": ("amount",),
    "fixed_price": ("price",),
    "tiers": (),
    "multiple": ("take", "pay"),
    "pair": ("percent",),
    "bundle": ("price",),
    "gift": ("quantity",),
    "earn": ("percent",),
    "earn_each": ("points", "each"),
    "multiply": ("factor",),
}
OF_NO_GOODS = {"bundle", "gift"}  # kinds of effects that name their goods otherwise


# ── Definition to draft and back ─────────────────────────────────────────────────────────────────────────


def blank() -> Draft:
    return from_definition({"name": "", "give": []})


def from_definition(definition: Mapping[str, Any]) -> Draft:
    """What is written, as the form shows it; every place is there."""
    when, who = definition.get("when") or {}, definition.get("who") or {}
    where, limits = definition.get("where") or {}, definition.get("limits") or {}
    hours, birthday = when.get("hours") or {}, who.get("birthday") or {}
    return {
        "name": definition.get("name", ""),
        "give": [_effect(one) for one in definition.get("give", ())],
        "needs": [
            {
                "of": _goods(one.get("of")),
                "quantity": _text(one.get("quantity")),
                "amount": _text(one.get("amount")),
            }
            for one in definition.get("needs") or ()
        ],
        "when": {
            "since": _moment(when.get("since")),
            "until": _moment(when.get("until")),
            "weekdays": list(when.get("weekdays") or ()),
            "hours": {name: _text(hours.get(name))[:5] for name in ("since", "until")},
        },
        "where": {name: _texts(where.get(name)) for name in (*WHERE, *TYPED)},
        "who": {
            **{name: _texts(who.get(name)) for name in WHO},
            "birthday": {name: _text(birthday.get(name)) for name in ("before", "after")},
            "known": bool(who.get("known")),
            "first": bool(who.get("first")),
        },
        "coupon": _texts([definition["coupon"]] if definition.get("coupon") is not None else None),
        "stacking": definition.get("stacking") or "cascade",
        "group": definition.get("group") or "",
        "priority": _text(definition.get("priority")),
        "limits": {name: _text(limits.get(name)) for name in LIMITS},
        "control": {name: _text((definition.get("control") or {}).get(name)) for name in CONTROL},
    }


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _moment(value: Any) -> str:
    """A moment of the shop as a field of a browser takes it; one of a zone stays as it is written."""
    text = _text(value)
    return text[:16] if len(text) == 19 else text


def _texts(values: Any) -> list[str]:
    return [str(one) for one in values or ()]


def _goods(of: Mapping[str, Any] | None) -> Draft:
    return {
        **{name: _texts((of or {}).get(name)) for name in GOODS},
        "delivery": bool((of or {}).get("delivery")),
    }


def _effect(give: Mapping[str, Any]) -> Draft:
    kind, told = next(iter(give.items()))
    row = new_effect(kind) | {name: _text(told.get(name)) for name in FIGURES[kind]}
    row["of"] = _goods(told.get("of"))
    row["products"] = _texts(told.get("products"))
    row["by"] = told.get("by") or "quantity"
    row["steps"] = [[str(start), str(percent)] for start, percent in (told.get("steps") or {}).items()]
    row["by_tier"] = {str(tier): str(percent) for tier, percent in (told.get("by_tier") or {}).items()}
    row["items"] = [
        {"of": _goods(item.get("of")), "pieces": _text(item.get("pieces"))}
        for item in told.get("items") or ()
    ]
    return row


def new_effect(kind: str = "percent_off") -> Draft:
    row: Draft = {name: "" for names in FIGURES.values() for name in names}
    row |= {"kind": kind, "of": _goods(None), "products": [], "by": "quantity", "by_tier": {}}
    return row | {"steps": [["", ""]], "items": [new_item(), new_item()]}


def new_item() -> Draft:
    return {"of": _goods(None), "pieces": ""}


def new_need() -> Draft:
    return {"of": _goods(None), "quantity": "", "amount": ""}


def to_definition(draft: Draft) -> dict[str, Any]:
    """The draft as it is written down: what is empty is left out, the rest is as typed."""
    when, who = dict(draft["when"]), dict(draft["who"])
    if any(who["birthday"].values()):
        who["birthday"] = {name: value or "0" for name, value in who["birthday"].items()}
    definition = {
        "name": draft["name"],
        "give": [{row["kind"]: _told(row)} for row in draft["give"]],
        "needs": [_filled(need) for need in draft["needs"]],
        "when": _filled(when),
        "where": _filled(draft["where"]),
        "who": _filled(who),
        "coupon": next(iter(draft["coupon"]), None),
        "stacking": draft["stacking"],
        "group": draft["group"],
        "priority": draft["priority"],
        "limits": _filled(draft["limits"]),
        "control": _control(draft["control"]),
    }
    kept = {"name", "give"}
    usual = {"stacking": "cascade"}
    return {
        key: value
        for key, value in definition.items()
        if key in kept or (value not in ("", None, [], {}) and value != usual.get(key))
    }


def _control(control: Draft) -> Draft:
    """No share, or a share of nothing, is no control group."""
    return _filled(control) if control["percent"].strip("0.") else {}


def _filled(value: Any) -> Any:
    """Without what is empty, however deep."""
    if isinstance(value, list):
        return [_filled(one) for one in value]
    if not isinstance(value, dict):
        return value
    inner = {key: _filled(part) for key, part in value.items()}
    return {key: part for key, part in inner.items() if part not in ("", None, [], {}, False)}


def _told(row: Draft) -> dict[str, Any]:
    kind = row["kind"]
    told: dict[str, Any] = {name: row[name] for name in FIGURES[kind] if row[name] != ""}
    if kind not in OF_NO_GOODS:
        told["of"] = _filled(row["of"])
    if kind == "tiers":
        told["steps"] = {start: percent for start, percent in row["steps"] if start or percent}
        told["by"] = "" if row["by"] == "quantity" else row["by"]
    if kind == "earn":
        told["by_tier"] = _filled(row["by_tier"])
    if kind == "gift":
        told["products"] = row["products"]
    if kind == "bundle":
        told["items"] = [{"of": {}, **_filled(item)} for item in row["items"]]
    return {key: part for key, part in told.items() if part not in ("", {}, None) or key == "steps"}


def place_of(fault: str) -> str:
    """The form's name for a place in the definition: `give.0.percent_off.percent` is `give.0.percent`."""
    first, _dot, rest = fault.partition(".")
    if first != "give" or not rest:
        return fault
    number, _dot, inner = rest.partition(".")
    kind, _dot, inner = inner.partition(".")
    if kind not in FIGURES:
        return fault
    return f"give.{number}.steps" if inner.startswith("steps") else f"give.{number}.{inner or 'kind'}"


# ── Form to draft ────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def of_our_form() -> Iterator[None]:
    """What no page of ours can have sent is refused as that (400), not taken for a fault of ours."""
    try:
        yield
    except (LookupError, ValueError, TypeError) as odd:
        raise BadRequest("not a form of the editor of promotions") from odd


@of_our_form()
def from_post(data: QueryDict) -> Draft:
    """What stands in the form now. Raises BadRequest."""
    return {
        "name": data.get("name", "").strip(),
        "give": [_posted_effect(data, f"give.{number}") for number in _numbers(data, "give")],
        "needs": [
            {
                "of": _posted_goods(data, f"needs.{number}.of"),
                "quantity": figure(data, f"needs.{number}.quantity"),
                "amount": figure(data, f"needs.{number}.amount"),
            }
            for number in _numbers(data, "needs")
        ],
        "when": {
            "since": data.get("when.since", "").strip(),
            "until": data.get("when.until", "").strip(),
            "weekdays": [day for day in WEEKDAYS if day in data.getlist("when.weekdays")],
            "hours": {name: data.get(f"when.hours.{name}", "").strip() for name in ("since", "until")},
        },
        "where": {
            **{name: data.getlist(f"where.{name}") for name in WHERE},
            **{name: _words(data.get(f"where.{name}", "")) for name in TYPED},
        },
        "who": {
            **{name: data.getlist(f"who.{name}") for name in WHO},
            "birthday": {name: figure(data, f"who.birthday.{name}") for name in ("before", "after")},
            "known": "who.known" in data,
            "first": "who.first" in data,
        },
        "coupon": data.getlist("coupon")[:1],
        "stacking": data.get("stacking", "cascade"),
        "group": data.get("group", "").strip(),
        "priority": figure(data, "priority"),
        "limits": {name: figure(data, f"limits.{name}") for name in LIMITS},
        "control": {name: figure(data, f"control.{name}") for name in CONTROL},
    }


def _numbers(data: QueryDict, place: str) -> range:
    return range(min(int(data.get(f"{place}.count") or 0), 100))


def figure(data: QueryDict, name: str) -> str:
    """A figure as people type it: with a comma, with spaces between thousands."""
    return "".join(data.get(name, "").split()).replace(",", ".")


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _posted_goods(data: QueryDict, place: str) -> Draft:
    chosen = {name: data.getlist(f"{place}.{name}") for name in GOODS}
    return {**chosen, "delivery": f"{place}.delivery" in data}


def _posted_effect(data: QueryDict, place: str) -> Draft:
    kind = data.get(f"{place}.kind", "percent_off")
    row = new_effect(kind) | {name: figure(data, f"{place}.{name}") for name in FIGURES[kind]}
    row["of"] = _posted_goods(data, f"{place}.of")
    row["products"] = data.getlist(f"{place}.products")
    row["by"] = data.get(f"{place}.by", "quantity")
    tiers = f"{place}.by_tier."
    row["by_tier"] = {name.removeprefix(tiers): figure(data, name) for name in data if name.startswith(tiers)}
    if f"{place}.steps.count" in data:
        row["steps"] = [
            [figure(data, f"{place}.steps.{number}.start"), figure(data, f"{place}.steps.{number}.percent")]
            for number in _numbers(data, f"{place}.steps")
        ]
    if f"{place}.items.count" in data:
        row["items"] = [
            {
                "of": _posted_goods(data, f"{place}.items.{number}.of"),
                "pieces": figure(data, f"{place}.items.{number}.pieces"),
            }
            for number in _numbers(data, f"{place}.items")
        ]
    return row


# ── What a click asks for ────────────────────────────────────────────────────────────────────────────────


@of_our_form()
def changed(draft: Draft, do: str) -> Draft:
    """The draft after a click: add:give, remove:give.1, pick:PLACE:VALUE, unpick:PLACE:VALUE. Raises BadRequest."""
    verb, _colon, rest = do.partition(":")
    place, _colon, value = rest.partition(":")
    if verb == "add":
        _list(draft, place).append(_NEW[place.rpartition(".")[2]]())
    elif verb == "remove":
        above, _dot, number = place.rpartition(".")
        del _list(draft, above)[int(number)]
    elif verb == "pick":
        chosen = _list(draft, place)
        chosen[:] = [value] if place == "coupon" else [*(one for one in chosen if one != value), value]
    elif verb == "unpick":
        chosen = _list(draft, place)
        chosen[:] = [one for one in chosen if one != value]
    return draft


_NEW: Mapping[str, Callable[[], Any]] = {
    "give": new_effect,
    "needs": new_need,
    "items": new_item,
    "steps": lambda: ["", ""],
}


def _list(draft: Draft, place: str) -> list[Any]:
    found: Any = draft
    for part in place.split("."):
        found = found[int(part)] if isinstance(found, list) else found[part]
    if not isinstance(found, list):
        raise TypeError(place)
    return found
