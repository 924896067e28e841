"""Everything that can be done with goods; one transaction each."""

from prilavok.catalog.actions.costs import drop_cost, load_costs
from prilavok.catalog.actions.goods import (
    CatalogLoaded,
    Reject,
    add_placeholders,
    load_categories,
    load_products,
)
from prilavok.catalog.actions.problems import CategoryCircle, UnknownCategory, UnknownProduct

__all__ = [
    "CatalogLoaded",
    "CategoryCircle",
    "Reject",
    "UnknownCategory",
    "UnknownProduct",
    "add_placeholders",
    "drop_cost",
    "load_categories",
    "load_costs",
    "load_products",
]
