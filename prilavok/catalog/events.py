"""What the catalog tells."""

from dataclasses import dataclass
from datetime import date

from prilavok.kernel.event import Event


@dataclass(frozen=True, kw_only=True)
class ProductAdded(Event):
    """`placeholder` when a receipt named a product that the catalog did not have."""

    product_id: int
    placeholder: bool = False


@dataclass(frozen=True, kw_only=True)
class ProductChanged(Event):
    product_id: int
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProductCostChanged(Event):
    """From this day on a product costs the shop something else than was known."""

    product_id: int
    since: date


@dataclass(frozen=True, kw_only=True)
class CategoryAdded(Event):
    category_id: int


@dataclass(frozen=True, kw_only=True)
class CategoryChanged(Event):
    category_id: int
    fields: tuple[str, ...] = ()
