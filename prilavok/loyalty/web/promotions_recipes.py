"""Ready beginnings of promotions, each filled with figures to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True)
class Recipe:
    """`told`: the definition, as far as it is filled; its name is the recipe's label."""

    key: str
    label: Words
    note: Words
    told: Mapping[str, Any]


RECIPES = (
    Recipe(
        "percent",
        _("Per cent off a category"),
        _("Ten per cent off all that you choose"),
        {"give": [{"percent_off": {"percent": "10"}}]},
    ),
    Recipe(
        "multiple",
        _("N for the price of M"),
        _("Three for the price of two: the cheapest costs nothing"),
        {"give": [{"multiple": {"take": "3", "pay": "2"}}]},
    ),
    Recipe(
        "second",
        _("The second piece for half"),
        _("Of each two the cheaper one costs half"),
        {"give": [{"pair": {"percent": "50"}}]},
    ),
    Recipe(
        "gift",
        _("A gift from a sum"),
        _("A product for nothing with a basket from 3000"),
        {"give": [{"gift": {"quantity": "1"}}], "needs": [{"amount": "3000"}], "limits": {"receipt": "1"}},
    ),
    Recipe(
        "points",
        _("Points × 2 on a weekday"),
        _("Other promotions' points doubled on Tuesdays"),
        {"give": [{"multiply": {"factor": "2"}}], "when": {"weekdays": ["tue"]}},
    ),
    Recipe(
        "cashback",
        _("Cashback in points"),
        _("Five per cent of what is paid comes back as points"),
        {"give": [{"earn": {"percent": "5"}}]},
    ),
    Recipe(
        "birthday",
        _("Birthday"),
        _("15 per cent for three days before and after, once a year"),
        {
            "give": [{"percent_off": {"percent": "15"}}],
            "who": {"birthday": {"before": 3, "after": 3}},
            "limits": {"own": "1"},
        },
    ),
    Recipe(
        "first",
        _("First purchase"),
        _("300 off the first basket from 1000"),
        {"give": [{"amount_off": {"amount": "300"}}], "needs": [{"amount": "1000"}], "who": {"first": True}},
    ),
    Recipe(
        "hours",
        _("Happy hours"),
        _("Ten per cent on weekdays from 10 till 13"),
        {
            "give": [{"percent_off": {"percent": "10"}}],
            "when": {
                "weekdays": ["mon", "tue", "wed", "thu", "fri"],
                "hours": {"since": "10:00", "until": "13:00"},
            },
        },
    ),
    Recipe(
        "tiers",
        _("The more, the cheaper"),
        _("From 3 pieces five per cent, from 6 pieces ten"),
        {"give": [{"tiers": {"steps": {"3": "5", "6": "10"}}}]},
    ),
    Recipe(
        "threshold",
        _("A discount by the sum"),
        _("From 2000 five per cent, from 5000 ten"),
        {"give": [{"tiers": {"steps": {"2000": "5", "5000": "10"}, "by": "amount"}}]},
    ),
    Recipe(
        "bundle",
        _("A set for a price"),
        _("Two or more things together for one price"),
        {"give": [{"bundle": {"items": [{"of": {}}, {"of": {}}]}}]},
    ),
    Recipe(
        "price",
        _("A fixed price"),
        _("A piece costs so much, unless it costs less already"),
        {"give": [{"fixed_price": {}}]},
    ),
    Recipe(
        "coupon",
        _("By a coupon"),
        _("Ten per cent for who shows a code of a series"),
        {"give": [{"percent_off": {"percent": "10"}}]},
    ),
    Recipe(
        "delivery",
        _("Free delivery"),
        _("The delivery costs nothing from a basket of 2000"),
        {
            "give": [{"percent_off": {"percent": "100", "of": {"delivery": True}}}],
            "needs": [{"amount": "2000"}],
        },
    ),
    Recipe(
        "free",
        _("From nothing"),
        _("All parts of a promotion, empty"),
        {"give": [{"percent_off": {}}]},
    ),
)


def recipe(key: str) -> Recipe | None:
    return next((one for one in RECIPES if one.key == key), None)
