"""A shop of one till: events, a fact table and a state table of their own, not the domains' declarations."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from prilavok.facts import actions, loading, mending, queries
from prilavok.facts.schema import Check, Column, FactTable, Registry, StateTable
from prilavok.kernel.event import Event
from prilavok.kernel.models import StoredEvent
from prilavok.kernel.money import to_units


@dataclass(frozen=True, kw_only=True)
class Sold(Event):
    amount: Decimal
    day: date


def rows_of_sale(event: Sold) -> list[dict[str, object]]:
    return [
        {"profile_id": event.customer or 0, "local_date": event.day, "revenue_units": to_units(event.amount)}
    ]


MOODS: dict[int, str] = {}

SALES = FactTable(
    name="test_sales",
    columns=[Column("profile_id", "Int64"), Column("local_date", "Date"), Column("revenue_units", "Int64")],
    order_by=("profile_id", "local_date"),
    filled_by={Sold: rows_of_sale},
)
PEOPLE = StateTable(
    name="test_people",
    key="profile_id",
    columns=[Column("profile_id", "Int64"), Column("mood", "String")],
    on=(Sold,),
    load=lambda ids: [{"profile_id": one, "mood": MOODS[one]} for one in ids if one in MOODS],
)


def declare_only(monkeypatch: pytest.MonkeyPatch, declared: Registry) -> None:
    """No other tables than these are declared while the test runs."""
    for module in (actions, loading, mending, queries):
        monkeypatch.setattr(module, "registry", lambda: declared)


@pytest.fixture
def small_shop(monkeypatch: pytest.MonkeyPatch, facts_process: object) -> Iterator[None]:
    """Only these tables are declared; goes before the fixture `facts`."""
    declare_only(
        monkeypatch, Registry({"test_sales": SALES}, {"test_people": PEOPLE}, {}, {}, {"sales": SALES_CHECK})
    )
    MOODS.clear()
    yield


def _sold() -> list[dict[str, Any]]:
    """What the shop's own tables would say; here it is the journal."""
    bodies = StoredEvent.objects.filter(type=Sold.type_name()).values_list("body", flat=True)
    return [
        {"day": date.fromisoformat(one["day"]), "units": to_units(Decimal(one["amount"]))} for one in bodies
    ]


def _booked(sales: Iterable[dict[str, Any]]) -> dict[str, int]:
    units = [one["units"] for one in sales]
    return {"rows": len(units), "revenue_units": sum(units)}


SALES_CHECK = Check(
    key="sales",
    label="Sales",
    table="test_sales",
    figures="count() AS rows, sum(revenue_units) AS revenue_units",
    truth=lambda: _booked(_sold()),
    days=lambda: {
        day: _booked(one for one in _sold() if one["day"] == day) for day in {one["day"] for one in _sold()}
    },
)
