"""The demo's programme of points and its promotions: made by Marina, approved by Olga, as anybody would."""

from datetime import datetime
from typing import Any

from demo import cast
from prilavok.company import queries as company
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty import queries as loyalty_queries

CODE = "points"
PROMOTIONS: tuple[dict[str, Any], ...] = (
    {"name": "Три балла за доллар", "give": {"earn_each": {"points": 3, "each": 1}}},
    {
        "name": "Мясо по субботам — вдвое больше баллов",
        "give": {"multiply": {"factor": 2, "of": {"categories": ["MEAT"]}}},
        "when": {"weekdays": ["sat"]},
        "control": {"percent": 20, "days": 28},
    },
    {
        "name": "В день рождения — 500 баллов, раз в день",
        "give": {"earn_each": {"points": 500}},
        "who": {"birthday": {"before": 3, "after": 3}},
        "limits": {"today": 1},
    },
)
"""They give points and take nothing off: the year's sums stay those of the data. Every fifth who buys meat on a
Saturday is in the control group of the second: what it brought stands on its page when time has passed."""


def begin(at: datetime) -> None:
    """A point is a cent; what was begun before is left as it is."""
    if loyalty_queries.programmes(SYSTEM).filter(code=CODE).exists():
        return
    loyalty.make_programme(
        code=CODE, name="Прилавок-баллы", policies={"point_value": "0.01"}, by=SYSTEM, at=at
    )
    marina, olga = _actor("marina"), _actor("olga")
    for definition in PROMOTIONS:
        promotion = loyalty.create_promotion(definition, by=marina, at=at)
        loyalty.ask_approval(promotion.pk, by=marina, at=at)
        loyalty.approve_promotion(promotion.pk, by=olga, at=at)


def _actor(login: str) -> Actor:
    email = next(one.email for one in cast.CAST if one.login == login)
    return company.actor_of(company.employees(SYSTEM).get(email=email))
