"""What a receipt names can't be deleted, not even by somebody who doesn't see the receipt yet."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, connections, transaction

from prilavok.catalog import actions as catalog
from prilavok.catalog.models import Product
from prilavok.kernel.actors import SYSTEM
from prilavok.orders import actions as orders
from prilavok.orders.models import Receipt
from prilavok.orders.tests.conftest import Basket, Line
from tests.cast import NOON

pytestmark = pytest.mark.django_db(transaction=True)

DELETE = "DELETE FROM {table} WHERE id = %s"


def delete(table: str, row: int) -> None:
    """As somebody at the database's own prompt does it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(DELETE.format(table=table), [row])
    finally:
        connections.close_all()


def somebody_waits_for(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = %s::regclass", [table])
        return cursor.fetchone() is not None


def test_goods_of_a_receipt_that_is_being_written(basket: Basket, line: Line) -> None:
    milk = Product.objects.get(code="milk")
    with ThreadPoolExecutor(1) as others:
        with transaction.atomic():
            orders.record_receipt(basket("N-1", line("milk", "1", "90")), by=SYSTEM, at=NOON)
            deleting = others.submit(delete, "catalog_product", milk.pk)
            until = time.monotonic() + 60
            while not (somebody_waits_for("orders_receiptline") or deleting.done()):
                assert time.monotonic() < until
                time.sleep(0.01)
        with pytest.raises(IntegrityError, match="still named by orders_receiptline"):
            deleting.result()

    assert Product.objects.filter(pk=milk.pk).exists()


def test_a_receipt_that_has_lines(annas_receipt: Receipt) -> None:
    with pytest.raises(IntegrityError, match="still named by orders_receiptline"):
        delete("orders_receipt", annas_receipt.pk)


def test_goods_that_nothing_names_can_be_deleted(annas_receipt: Receipt) -> None:
    unnamed = catalog.add_placeholders(["unnamed"], by=SYSTEM, at=NOON)["unnamed"]

    delete("catalog_product", unnamed.id)

    assert not Product.objects.filter(pk=unnamed.id).exists()
