"""Purchases by the card's parameters: when it was issued, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.facts import client
from prilavok.kernel import money
from prilavok.kernel.actors import SYSTEM, Actor

PARAMETERS = ("month", "region", "shop")


@dataclass(frozen=True, slots=True)
class CardSales:
    """Purchases by cards with something in common. `key`: a month (2026-03), a region, a shop's code; empty: no card.

    `receipts` are sales; returns are taken off the `revenue`. `customers` are people, each once.
    """

    key: str
    name: str
    receipts: int
    customers: int
    revenue: Decimal

    @property
    def average(self) -> Decimal | None:
        return self.revenue / self.receipts if self.receipts else None


# A receipt belongs to the card that the customer was given last before it. One pass over the receipts of the period;
# the cards of a customer are one small row beside them.
_SALES = """
    SELECT {part} AS part, countIf(kind = 'sale') AS receipts, uniqExactIf(head, kind = 'sale') AS people,
           sum(revenue_units) AS units
    FROM (
        SELECT r.kind AS kind, r.head AS head, r.revenue_units AS revenue_units, c.issued AS issued, c.shops AS shops,
               arrayLastIndex(one -> one <= toUnixTimestamp(r.happened_at), c.issued) AS place
        FROM (
            SELECT kind, happened_at, revenue_units, {whose} AS head FROM receipts
            WHERE profile_id != 0 AND local_date BETWEEN {{since:Date}} AND {{until:Date}} {scope}
        ) AS r LEFT JOIN (SELECT profile_id AS owner, issued, shops FROM loyalty_cards FINAL) AS c ON r.head = c.owner
    ) GROUP BY part ORDER BY part"""
_PARTS = {
    "month": "if(place = 0, '', formatDateTime(toDateTime(issued[place], {zone:String}), '%Y-%m'))",
    "shop": "if(place = 0, '', toString(shops[place]))",
    "region": (
        "if(place = 0, '', transform(shops[place], {shops:Array(Int64)}, {regions:Array(String)}, {unknown:String}))"
    ),
}
UNKNOWN = "?"  # issued where nobody knows, or in a shop without a region


def card_sales(by: Actor, parameter: str, *, since: date, until: date) -> list[CardSales]:
    """Purchases of known customers over the shops' days, both included, by a parameter of PARAMETERS.

    Months grow; regions and shops stand with the largest revenue first; those without a card come last. Raises
    Refused, FactsDown.
    """
    by.must("loyalty.response")
    shops = {shop.pk: shop for shop in company.shops(SYSTEM)}
    scope = "" if by.shops is None else f"AND shop_id IN ({client.ids(by.shops)})"
    asked = {
        "since": since,
        "until": until,
        "zone": str(company.zone()),
        "shops": list(shops) or [0],
        "regions": [shop.region or UNKNOWN for shop in shops.values()] or [UNKNOWN],
        "unknown": UNKNOWN,
    }
    used = {
        name: value for name, value in asked.items() if f"{{{name}:" in _PARTS[parameter] or name in _ALWAYS
    }
    sql = _SALES.format(part=_PARTS[parameter], whose=customers.whose_sql(), scope=scope)
    names = {str(number): shop.name for number, shop in shops.items()} if parameter == "shop" else {}
    codes = {str(number): shop.code for number, shop in shops.items()} if parameter == "shop" else {}
    found = [
        CardSales(
            _key(part, codes), names.get(part, _key(part, codes)), receipts, people, money.from_units(units)
        )
        for part, receipts, people, units in client.rows(sql, used, lane="heavy")
    ]
    return _ordered(found, parameter)


_ALWAYS = ("since", "until")


def _key(part: str, codes: Mapping[str, str]) -> str:
    return codes.get(part, UNKNOWN if part == "0" else part)


def _ordered(found: Sequence[CardSales], parameter: str) -> list[CardSales]:
    if parameter == "month":
        return sorted(found, key=lambda one: (not one.key, one.key))
    return sorted(found, key=lambda one: (not one.key, -one.revenue, one.name))
