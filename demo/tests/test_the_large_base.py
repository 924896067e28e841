"""A large base, small here: both stores hold the same, the same seed makes the same, a living shop is left alone."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo
from pytest_django.plugin import DjangoDbBlocker

from demo.large import making
from demo.large.making import Made
from demo.large.recipe import Recipe
from prilavok.cli.trouble import Trouble
from prilavok.cli.up import _leave_the_living_alone
from prilavok.facts import client, mending, queries
from prilavok.facts.schema import registry
from prilavok.kernel import journal
from prilavok.kernel.models import StoredEvent
from prilavok.orders.models import Receipt, ReceiptLine

pytestmark = pytest.mark.chaos  # a base of its own, which takes seconds
RECIPE = Recipe(customers=300, events=3_000, until=date(2026, 11, 20), seed=7)


@pytest.fixture(scope="module")
def base(standing_facts: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Made]:
    with django_db_blocker.unblock():
        yield making.make(RECIPE)


def test_postgresql_and_facts_hold_the_same(base: Made, db: None) -> None:
    differences = [found for found in queries.compare() if not found.equal]

    assert differences == []
    assert 0.8 * RECIPE.events < sum(base.rows.values()) - RECIPE.customers < 1.2 * RECIPE.events


def test_it_is_the_same_base_every_time(base: Made, db: None) -> None:
    assert base.rows == {"profiles": 300, "receipts": 584, "receipt_lines": 1851, "messages": 379}
    assert base.revenue_units == 2_436_819_800


def test_the_journal_tells_the_rows_that_stand_in_facts(base: Made, db: None) -> None:
    """Made anew from the journal they would be the same: what was written past the loader is what it would write."""
    declared = registry()
    for name in ("receipts", "receipt_lines", "messages"):
        table = declared.tables[name]
        stored = StoredEvent.objects.filter(type__in=[kind.type_name() for kind in table.filled_by])
        told = list(table.rows_of(event for one in stored if (event := journal.revive(one)) is not None))
        columns = [column.name for column in table.columns]
        there = [tuple(map(_plain, row)) for row in client.rows(f"SELECT {', '.join(columns)} FROM {name}")]
        assert sorted(tuple(_plain(row[column]) for column in columns) for row in told) == sorted(there)


def _plain(value: object) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def test_nothing_of_it_needs_mending(base: Made, db: None) -> None:
    assert mending.damages() == []


def test_buyers_and_goods_are_skewed(base: Made, db: None) -> None:
    buyers = client.column(
        "SELECT count() AS n FROM receipts WHERE profile_id > 0 GROUP BY profile_id ORDER BY n DESC"
    )

    assert sum(buyers[:30]) > 0.25 * sum(buyers)
    assert len(buyers) < 0.95 * RECIPE.customers
    assert Receipt.objects.filter(kind="return", returns__isnull=False).exists()
    assert not ReceiptLine.objects.filter(receipt__kind="return", returned__isnull=True).exists()


def test_a_base_that_holds_something_is_left_alone(base: Made, db: None) -> None:
    with pytest.raises(making.NotEmpty):
        making.make(RECIPE)


def test_nothing_is_generated_beside_the_living(base: Made, db: None) -> None:
    settings = connection.settings_dict
    url = make_conninfo(
        host=settings["HOST"], port=settings["PORT"], user=settings["USER"], password=settings["PASSWORD"],
        dbname=settings["NAME"],
    )  # fmt: skip
    with pytest.raises(Trouble) as there:
        _leave_the_living_alone(url, anew=False)
    assert "--anew" in there.value.remedy
    _leave_the_living_alone(url, anew=True)

    with psycopg.connect(url, autocommit=True) as other:
        other.execute("UPDATE customers_person SET invented = false WHERE id = 5")
        try:
            with pytest.raises(Trouble) as living:
                _leave_the_living_alone(url, anew=True)
        finally:
            other.execute("UPDATE customers_person SET invented = true WHERE id = 5")
    assert "PRILAVOK_HOME" in living.value.remedy
