"""Trees that cannot mean what was meant are told so, with the place."""

from datetime import date
from typing import Any

import pytest

from prilavok.facts.schema import declared
from prilavok.segments import conditions, sense

TODAY = date(2026, 11, 22)
MAIL = {"trait": "email_ok", "is": True}
NO_MAIL = {"trait": "email_ok", "is": False}


def age(op: str, value: Any) -> dict[str, Any]:
    return {"trait": "age", "op": op, "value": value}


def bought(op: str, value: int, window: dict[str, Any] | None = None, **where: list[int]) -> dict[str, Any]:
    told = {"fact": "purchases", "measure": "receipts", "op": op, "value": value}
    return {**told, "window": window or {}, "where": where}


def since(op: str, value: int, days: int) -> dict[str, Any]:
    told = {"fact": "purchases", "measure": "days_since", "op": op, "value": value}
    return {**told, "window": {"last_days": days}}


WEEK, MONTH = {"last_days": 7}, {"last_days": 30}


@pytest.mark.parametrize(
    ("tree", "places"),
    [
        ({"all": [MAIL, NO_MAIL]}, ("0", "1")),
        ({"all": [age(">=", 30), age("<", 30)]}, ("0", "1")),
        ({"all": [age("between", [20, 30]), age("=", 31)]}, ("0", "1")),
        ({"all": [age("empty", None), age(">", 5)]}, ("0", "1")),
        (
            {
                "all": [
                    {"trait": "sex", "op": "in", "value": ["m"]},
                    {"trait": "sex", "op": "in", "value": ["f"]},
                ]
            },
            ("0", "1"),
        ),
        ({"all": [MAIL, {"any": [{"all": [bought("=", 0), bought(">=", 2, MONTH)]}]}]}, ("1.0.0", "1.0.1")),
        ({"all": [bought(">=", 1, WEEK), bought("=", 0, MONTH)]}, ("0", "1")),
        ({"all": [bought("=", 0, MONTH), bought(">=", 1, MONTH, category=[12])]}, ("0", "1")),
        ({"all": [bought(">=", 3), bought("<=", 1)]}, ("0", "1")),
        ({"all": [bought("=", 0, {"older_days": 60}), bought(">=", 1, {"older_days": 90})]}, ("0", "1")),
        (bought(">=", 1, {"from": "2027-01-01"}), ("",)),
        ({"all": [since(">=", 30, 30)]}, ("0",)),
        ({"any": [MAIL, NO_MAIL]}, ("0", "1")),
    ],
)
def test_what_cannot_be_is_told_with_its_place(tree: dict[str, Any], places: tuple[str, ...]) -> None:
    known = declared()
    (remark,) = sense.remarks(conditions.parse(tree, known), known, TODAY)
    assert remark.places == places


@pytest.mark.parametrize(
    "tree",
    [
        {"all": [MAIL, bought(">=", 1, MONTH), bought("=", 0, WEEK)]},
        {"all": [age(">=", 30), age("<=", 30)]},
        {"all": [bought("=", 0, MONTH, category=[12]), bought(">=", 1, MONTH)]},
        {"all": [bought("=", 0, {"older_days": 90}), bought(">=", 1, {"older_days": 60})]},
        {"any": [bought(">=", 1, WEEK), bought("=", 0, MONTH)]},
        {"all": [{"trait": "tag", "op": "in", "value": [1]}, {"trait": "tag", "op": "in", "value": [2]}]},
        {"all": [since("<", 30, 30)]},
        {"all": []},
    ],
)
def test_what_can_be_is_not_spoken_of(tree: dict[str, Any]) -> None:
    known = declared()
    assert sense.remarks(conditions.parse(tree, known), known, TODAY) == []
