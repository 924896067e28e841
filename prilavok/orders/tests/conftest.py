"""What Anna buys: milk and bread at the shop on Lenina street."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest

from prilavok.catalog import actions as catalog
from prilavok.catalog.ports import NewCategory, NewProduct, ProductRef
from prilavok.catalog.queries import products_by_code
from prilavok.company.models import Shop
from prilavok.customers.models import Profile
from prilavok.kernel.actors import SYSTEM
from prilavok.orders import actions as orders
from prilavok.orders.models import Receipt
from prilavok.orders.ports import NewLine, NewReceipt
from tests.cast import NOON

D = Decimal
Line = Callable[..., NewLine]
Basket = Callable[..., NewReceipt]


@pytest.fixture
def goods(db: None) -> dict[str, ProductRef]:
    catalog.load_categories(
        [
            NewCategory(code="food", name="Food", name_ru="Еда"),
            NewCategory(code="dairy", name="Dairy", name_ru="Молочное", parent_code="food"),
        ],
        by=SYSTEM,
        at=NOON,
    )
    catalog.load_products(
        [
            NewProduct(code="milk", name="Milk 1 l", category_code="dairy"),
            NewProduct(code="bread", name="Rye bread", category_code="food"),
        ],
        by=SYSTEM,
        at=NOON,
    )
    return products_by_code(["milk", "bread"])


@pytest.fixture
def line(goods: dict[str, ProductRef]) -> Line:
    """A line of a basket: `line("milk", "2", "180.00")` is two for 180 altogether."""

    def make(
        code: str, quantity: str, paid: str, gross: str | None = None, *, unit: str = "pcs", **more: object
    ) -> NewLine:
        ref = goods[code]
        return NewLine(
            product_id=ref.id,
            category_id=ref.category_id,
            department_id=ref.department_id,
            quantity=D(quantity),
            unit=unit,
            gross=D(gross or paid),
            paid=D(paid),
            **more,  # type: ignore[arg-type]
        )

    return make


@pytest.fixture
def basket(shop_on_lenina: Shop) -> Basket:
    """A receipt as a till tells of it."""

    def make(number: str, *lines: NewLine, paid_at: datetime = NOON, **more: object) -> NewReceipt:
        return NewReceipt(
            number=number,
            shop_id=shop_on_lenina.pk,
            paid_at=paid_at,
            currency="RUB",
            lines=list(lines),
            till_code="1",
            **more,  # type: ignore[arg-type]
        )

    return make


@pytest.fixture
def annas_receipt(anna: Profile, basket: Basket, line: Line) -> Receipt:
    """Two milks for 180 (200 on the shelf) and a bread for 50."""
    new = basket(
        "A-1", line("milk", "2", "180.00", "200.00"), line("bread", "1", "50.00"), profile_id=anna.pk
    )
    return orders.record_receipt(new, by=SYSTEM, at=NOON)
