"""Margins of what was sold already, when what the goods cost then is said later."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from prilavok.facts import actions as facts_actions
from prilavok.facts import client
from prilavok.kernel import clock, jobs, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.orders.events import MarginsReckoned

MOST = 5_000  # goods asked about at once


def cost_changed(changed: Iterable[tuple[int, date]]) -> None:
    """Products and the days from which they cost something else: margins since then are reckoned in the background."""
    first: dict[int, date] = {}
    for product, since in changed:
        first[product] = min(since, first.get(product, since))
    told = [[product, since.isoformat()] for product, since in sorted(first.items())]
    for start in range(0, len(told), MOST):
        jobs.later(reckon_margins, lock="orders.margins", changed=told[start : start + MOST])


@jobs.job
def reckon_margins(*, changed: list[tuple[int, str]]) -> None:
    """Write the days anew on which these goods were sold since their costs changed. Raises FactsDown."""
    days = days_sold([(product, date.fromisoformat(since)) for product, since in changed])
    facts_actions.write_again(("receipts", "receipt_lines"), days, by=SYSTEM)
    if days:
        _tell(days)


@transaction.atomic
def _tell(days: list[date]) -> None:
    told = journal.Entry(MarginsReckoned(days=tuple(days)), at=clock.now())
    journal.record_many([told], by=SYSTEM, live=False)


def days_sold(changed: Iterable[tuple[int, date]]) -> list[date]:
    """Days with sales of a product since a day, for any of them. Raises FactsDown."""
    since_by_product = dict(changed)
    rows = client.rows(
        "SELECT DISTINCT product_id, local_date FROM receipt_lines "
        f"WHERE product_id IN ({client.ids(since_by_product)}) AND local_date >= {{since:Date}}",
        {"since": min(since_by_product.values())},
        lane="heavy",
    )
    return sorted({day for product, day in rows if day >= since_by_product[product]})
