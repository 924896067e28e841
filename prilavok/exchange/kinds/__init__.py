"""What can be brought: one module per kind, each with its columns and the way its rows are loaded."""

from prilavok.exchange.kinds import (
    campaigns,
    catalog,
    companies,
    coupons,
    customers,
    printed,
    receipts,
    shops,
    suppressions,
)
from prilavok.exchange.kinds.base import Column, Kind

KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        suppressions.SUPPRESSIONS,
        shops.SHOPS,
        catalog.CATEGORIES,
        catalog.PRODUCTS,
        customers.CUSTOMERS,
        companies.COMPANIES,
        receipts.RECEIPTS,
        campaigns.CAMPAIGNS,
        campaigns.TARGETS,
        coupons.COUPONS,
        coupons.REDEMPTIONS,
        printed.CARDS,
        printed.CODES,
    )
}

__all__ = ["KINDS", "Column", "Kind"]
