"""The parts of the first page, each only for those who may see it; a store that is away takes only its part along."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from prilavok.campaigns import queries as campaigns
from prilavok.company import queries as company
from prilavok.facts.client import FactsBusy, FactsDown, TooHeavy
from prilavok.kernel.actors import Actor
from prilavok.orders import queries as orders
from prilavok.reports import queries, rules
from prilavok.reports.queries import Sentence
from prilavok.segments import queries as segments
from prilavok.ui import charts, formats

T = TypeVar("T")


class Parts:
    """Collects the parts; `away` says that the column store did not answer one of them."""

    def __init__(self, by: Actor) -> None:
        self._by = by
        self.away = False

    def part(self, permission: str, ask: Callable[[], T]) -> T | None:
        """The part, or None where it may not be seen or cannot be had now."""
        if not self._by.may(permission):
            return None
        try:
            return ask()
        except (FactsDown, FactsBusy, TooHeavy):
            self.away = True
            return None


def home(by: Actor, at: datetime) -> dict[str, Any]:
    """Everything on the first page."""
    parts = Parts(by)
    began = orders.has_receipts()
    told = sentences(parts, by, at) if began else []
    context = {
        "began": began,
        "at": at,
        "sentences": told,
        "told_at": min((one.at for one in told if one.at), default=at),
        "base": parts.part("customers.see", lambda: queries.base(by, at)) if began else None,
        "recognised": parts.part("orders.see", lambda: queries.recognised(by, at)) if began else None,
        "active": parts.part("campaigns.see", lambda: list(campaigns.active(by)[:5])),
        "waiting": queries.waiting(by, at),
        "picture": parts.part("orders.see", lambda: revenue(by, at)) if began else None,
        **today(parts, by, at),
    }
    return context | {"away": parts.away, "empty_handed": not any(by.may(right) for right in RIGHTS)}


RIGHTS = ("orders.see", "customers.see", "campaigns.see", "experiments.see")


def today(parts: Parts, by: Actor, at: datetime) -> dict[str, Any]:
    """The part that changes with every receipt."""
    found = parts.part("orders.see", lambda: queries.today(by, at))
    return {"today": found, "currency": company.currency(), "at": at}


def sentences(parts: Parts, by: Actor, at: datetime) -> list[Sentence]:
    """The two sentences, those of them that `by` may read."""
    day = at.astimezone(company.zone()).date()
    brought = parts.part("experiments.see", lambda: queries.brought(queries.communications(by, at)))
    worth = parts.part("segments.see", lambda: most_worth(by, day))
    return [one for one in (brought, worth) if one is not None]


def most_worth(by: Actor, day: date) -> Sentence:
    """The sentence about the group most worth writing to."""
    if segments.last_rfm() is None:
        return queries.not_reckoned()
    best = rules.most_worth(queries.groups(by, day))
    name = queries.names(by).get(best.key, best.key) if best else ""
    return queries.worth(best, name, company.currency())


def revenue(by: Actor, at: datetime) -> charts.Chart:
    """Revenue by day: four whole weeks, and today so far."""
    days = queries.last_days(by, at, 29)
    language = get_language() or "ru"
    weeks = [sum(float(day.revenue) for day in days[start : start + 7]) for start in range(0, 28, 7)]
    grown = rules.change(weeks[-1], weeks[0])
    title = _("Revenue of the last four weeks")
    if grown is not None:
        change = formats.percent(grown, 0, language)
        title = _("The last week's revenue is %(change)s against the first of these four") % {
            "change": f"+{change}" if grown > 0 else change
        }
    return charts.bars(
        title,
        [formats.day(day.date, language) for day in days],
        charts.Series(_("Revenue"), [float(day.revenue) for day in days]),
        unit="money",
        currency=company.currency(),
        x_title=_("Day"),
    )
