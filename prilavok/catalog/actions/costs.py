"""What goods cost the shop itself, from a day on."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from prilavok.catalog import queries
from prilavok.catalog.actions.problems import UnknownProduct
from prilavok.catalog.events import ProductCostChanged
from prilavok.catalog.models import ProductCost
from prilavok.catalog.ports import NewCost
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor


@transaction.atomic
def load_costs(rows: Sequence[NewCost], *, by: Actor, at: datetime, live: bool = False) -> int:
    """Say what goods cost from a day on; how many costs are new or others now. Of one day the last row holds.

    A cost that is in force on that day already is not written again. Raises Refused, UnknownProduct.
    """
    by.must("catalog.cost")
    refs = queries.products_by_code({row.code for row in rows})
    told: dict[tuple[int, date], NewCost] = {}
    for row in rows:
        if row.code not in refs:
            raise UnknownProduct(field="code", product=row.code)
        told[refs[row.code].id, row.since] = row
    book = queries.cost_book({product for product, _since in told})
    fresh = []
    for (product, since), row in sorted(told.items(), key=lambda one: one[0]):
        if book.on(product, since) != row.cost:
            fresh.append(ProductCost(product_id=product, since=since, cost=row.cost))
            book.say(product, since, row.cost)
    ProductCost.objects.bulk_create(
        fresh,
        batch_size=2_000,
        update_conflicts=True,
        unique_fields=["product", "since"],
        update_fields=["cost"],
    )
    _tell([(one.product_id, one.since) for one in fresh], by, at, live=live)
    return len(fresh)


@transaction.atomic
def drop_cost(*, product_id: int, since: date, by: Actor, at: datetime) -> None:
    """Take out the cost that was said from this day on; the one before it holds again.

    Raises Refused, ProductCost.DoesNotExist.
    """
    by.must("catalog.cost")
    ProductCost.objects.get(product=product_id, since=since).delete()
    _tell([(product_id, since)], by, at, live=True)


def _tell(changed: Sequence[tuple[int, date]], by: Actor, at: datetime, *, live: bool) -> None:
    told = [ProductCostChanged(product_id=product, since=since) for product, since in changed]
    journal.record_many([journal.Entry(one, at=at) for one in told], by=by, live=live)
