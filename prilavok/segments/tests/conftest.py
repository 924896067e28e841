"""A small base whose rows stand both in the facts and in DuckDB, so that two engines answer the same questions."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow
import pytest

from prilavok.customers.rules.nearest import nearest
from prilavok.facts import client
from prilavok.facts.schema import Column, registry, tab_separated
from prilavok.kernel.ids import uuid7
from prilavok.kernel.places import point

TODAY = date(2026, 11, 22)
PEOPLE = 60
CATEGORIES = (11, 12, 13)
SHOPS = (1, 2, 3)
PLACES = {1: ("55.7558", "37.6173"), 2: ("59.9343", "30.3351"), 3: ("56.8587", "35.9176")}
"""Of the shops: Moscow, Saint Petersburg, Tver."""
COSTS = {product: (product - 99) * 50_000 for product in range(100, 105)}
"""Of a unit, in ten-thousandths."""


@dataclass
class TwoBases:
    """The rows by table, and DuckDB with the same rows."""

    rows: dict[str, list[dict[str, Any]]]
    oracle: duckdb.DuckDBPyConnection

    def people(self, condition: str) -> list[int]:
        """Whom DuckDB finds by a condition over p (a profile)."""
        found = self.oracle.execute(
            f"SELECT profile_id FROM profiles p WHERE status <> 'erased' AND ({condition}) ORDER BY 1"
        )
        return [row[0] for row in found.fetchall()]


def some_rows(seed: int = 7) -> dict[str, list[dict[str, Any]]]:
    """People with 0 to 12 receipts over two years, some returned; some people have no sex, no birth date."""
    dice = random.Random(seed)
    people: list[dict[str, Any]] = []
    receipts: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    scores: list[dict[str, Any]] = []
    for person in range(1, PEOPLE + 1):
        people.append(_person(dice, person))
        scores.append(
            {"profile_id": person, "r": dice.randint(1, 5), "f": dice.randint(1, 5), "m": 3, "cell": "loyal"}
        )
        for _ in range(dice.choice((0, 0, 1, 2, 3, 8, 12))):
            receipt, own = _receipt(dice, len(receipts) + 1, person)
            receipts.append(receipt)
            lines += own
    for _ in range(20):  # nobody's receipts are nobody's
        receipt, own = _receipt(dice, len(receipts) + 1, 0)
        receipts.append(receipt)
        lines += own
    homes = _dwellings(people)
    return {
        "profiles": people,
        "receipts": receipts,
        "receipt_lines": lines,
        "rfm": scores[: PEOPLE // 2],
        "messages": [row for person in range(1, PEOPLE + 1) for row in _letters(dice, person)],
        "coupon_redemptions": [row for number in range(1, 80) for row in _redemption(dice, number)],
        "ties": [_ties(dice, person) for person in range(1, PEOPLE + 1)],
        "homes": homes,
        "experiment_arms": [
            {"profile_id": person, "arms": [dice.choice((7, 8))]} for person in range(1, PEOPLE + 1, 2)
        ],
    }


def _letters(dice: random.Random, person: int) -> Iterator[dict[str, Any]]:
    """What became of a few letters: some were opened or clicked by machines, which was told at once or later."""
    for letter in range(dice.choice((0, 1, 2, 5))):
        told = ["delivered" if dice.random() < 0.9 else "refused"]
        told += dice.sample(["opened", "clicked", "unsubscribed"], dice.randint(0, 3))
        for number, event in enumerate(told):
            day = TODAY - timedelta(days=dice.randint(0, 120))
            row: dict[str, Any] = {
                "message_id": person * 100 + letter,
                "profile_id": person,
                "mailing_id": dice.choice((1, 2)),
                "owner": "campaign:1",
                "channel": dice.choice(("email", "email", "sms")),
                "event": event,
                "happened_at": f"{day} 1{number}:00:00",
                "local_date": day,
                "machine": int(event in ("opened", "clicked") and dice.random() < 0.3),
                "link": str(dice.randint(0, 2)) if event == "clicked" else "",
            }
            yield row
            if event in ("opened", "clicked") and not row["machine"] and dice.random() < 0.3:
                yield {**row, "event": f"not_{event}"}


def _redemption(dice: random.Random, number: int) -> Iterator[dict[str, Any]]:
    """A use of a coupon; every sixth was undone some days later."""
    day = TODAY - timedelta(days=dice.randint(0, 120))
    row = {
        "redemption_id": number,
        "profile_id": dice.randint(1, PEOPLE),
        "series_id": dice.choice((1, 2, 3)),
        "coupon_id": number,
        "receipt_id": dice.randint(1, 40),
        "happened_at": f"{day} 13:00:00",
        "local_date": day,
        "brand_id": 1,
        "shop_id": dice.choice(SHOPS),
        "revenue_units": 5_000_000,
        "amount_units": dice.randint(1, 50) * 10_000,
        "freed": 0,
    }
    yield row
    if number % 6 == 0:
        later = min(day + timedelta(days=dice.randint(0, 20)), TODAY)
        undone = {"happened_at": f"{later} 14:00:00", "local_date": later, "freed": 1}
        yield row | undone | {"revenue_units": 0, "amount_units": 0}


def _ties(dice: random.Random, person: int) -> dict[str, Any]:
    return {
        "profile_id": person,
        "household": dice.choice((0, 0, 2, 4)),
        "head": dice.randint(0, 1),
        "married": dice.randint(0, 1),
        "children": dice.choice((0, 0, 1, 3)),
        "employers": dice.sample([901, 902], dice.randint(0, 2)),
        "parts": dice.sample(["parent.first", "parent.second", "spouse.first"], dice.randint(0, 3)),
        "companies": dice.sample([901, 902], dice.randint(0, 1)),
    }


def _person(dice: random.Random, person: int) -> dict[str, Any]:
    own = random.Random(person)
    born = date(1940, 1, 1) + timedelta(days=dice.randint(0, 27000))
    return {
        "profile_id": person,
        "person_id": person,
        "sex": dice.choice(("m", "f", "")),
        "birth_date": dice.choice((born, born, None)),
        "registered_at": f"{date(2024, 1, 1) + timedelta(days=dice.randint(0, 1000))} 09:00:00",
        "registered_shop_id": dice.choice((*SHOPS, 0)),
        "status": dice.choice(("active", "active", "active", "blocked", "erased")),
        "has_email": dice.randint(0, 1),
        "has_phone": dice.randint(0, 1),
        "consent_email": dice.randint(0, 1),
        "consent_sms": 0,
        "email_ok": dice.randint(0, 1),
        "sms_ok": 0,
        "tags": dice.sample([1, 2, 3], dice.randint(0, 2)),
        "kind": dice.choice(("person", "person", "legal", "sole")),
        "refused_topics": own.sample([1, 2, 3], own.choice((0, 0, 1, 2))),
        "frequency": own.choice(("", "any", "week", "month")),
        "nearest_shop_id": 0,
        "nearest_shop_m": None,
    }


def _dwellings(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where two thirds of the people live; what is nearest to them stands in their rows."""
    dice = random.Random(3)
    shops = [(shop, point(*map(Decimal, place))) for shop, place in PLACES.items()]
    homes = []
    for one in people:
        if dice.random() < 0.67:
            home = point(Decimal(dice.uniform(54, 61)), Decimal(dice.uniform(29, 39)))
            latitude, longitude = map(float, home)
            homes.append({"profile_id": one["profile_id"], "latitude": latitude, "longitude": longitude})
            [(shop, metres)] = nearest([home], shops)
            one |= {"nearest_shop_id": shop, "nearest_shop_m": metres}
    return homes


def _receipt(dice: random.Random, number: int, person: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    day = TODAY - timedelta(days=dice.choice((0, 1, 6, 7, 29, 30, 59, 60, 61, 200, dice.randint(0, 700))))
    kind = dice.choice(("sale",) * 6 + ("return",))
    sign = 1 if kind == "sale" else -1
    head: dict[str, Any] = {
        "receipt_id": number,
        "profile_id": person,
        "kind": kind,
        "happened_at": f"{day} 12:00:00",
        "local_date": day,
        "local_hour": 12,
        "brand_id": 1,
        "shop_id": dice.choice(SHOPS),
    }
    lines: list[dict[str, Any]] = [
        {
            **head,
            "line": line,
            "product_id": dice.randint(100, 105),
            "category_id": dice.choice(CATEGORIES),
            "department_id": 1,
            "quantity": sign * dice.choice((1, 2)),
            "revenue_units": sign * dice.randint(1, 90) * 10_000 // dice.choice((1, 4)),
            "paid_units": 0,
            "discount_units": sign * dice.choice((0, 20_000)),
        }
        for line in range(1, dice.randint(1, 3) + 1)
    ]
    for line in lines:  # nobody has said what the last product costs
        cost = COSTS.get(line["product_id"])
        line["margin_units"] = None if cost is None else line["revenue_units"] - cost * line["quantity"]
    margins = [line["margin_units"] for line in lines if line["margin_units"] is not None]
    sums = {
        "till_id": head["shop_id"] * 10 + dice.randint(0, 1),
        "currency": "RUB",
        "revenue_units": sum(line["revenue_units"] for line in lines),
        "paid_units": 0,
        "discount_units": sum(line["discount_units"] for line in lines),
        "lines": len(lines),
        "items": sum(line["quantity"] for line in lines),
        "coupons": dice.choice((0, 0, 1)),
        "margin_units": sum(margins) if margins else None,
    }
    return {**head, **sums}, lines


@pytest.fixture
def two_bases(facts: None, request: pytest.FixtureRequest) -> Iterator[TwoBases]:
    """The base of a seed; in that of 21 somebody registered on 29 February."""
    yield from both(some_rows(getattr(request, "param", 7)))


def both(rows: dict[str, list[dict[str, Any]]]) -> Iterator[TwoBases]:
    """The rows put into the facts and into a DuckDB of their own."""
    for table, own in rows.items():
        put(table, own if table != "homes" else [_in_millionths(one) for one in own])
    put(
        "shop_places",
        [
            _in_millionths({"shop_id": shop, "latitude": float(place[0]), "longitude": float(place[1])})
            for shop, place in PLACES.items()
        ],
    )
    base = _duckdb(rows)
    yield TwoBases(rows, base)
    base.close()


def _in_millionths(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: round(row[name] * 1_000_000) for name in ("latitude", "longitude")}


def put(table: str, rows: list[dict[str, Any]]) -> None:
    """Rows straight into a table of the facts, as a load would write them."""
    declared = registry().tables.get(table) or registry().states[table]
    extra = {"version": 1} if table in registry().states else {"batch": 1}
    columns = [column for column in declared.columns if column.name in rows[0]]
    columns += [Column(name, "UInt64") for name in extra]
    body = tab_separated(columns, ({**row, **extra} for row in rows))
    client.insert(table, [column.name for column in columns], body, token=uuid7().hex)


def _duckdb(rows: dict[str, list[dict[str, Any]]]) -> duckdb.DuckDBPyConnection:
    base = duckdb.connect(":memory:")
    for table, own in rows.items():
        columns = ", ".join(f"{name} {_type(name, own)}" for name in own[0])
        base.execute(f"CREATE TABLE {table} ({columns})")
        base.register("rows", pyarrow.Table.from_pylist(own))
        base.execute(f"INSERT INTO {table} SELECT {', '.join(own[0])} FROM rows")
    return base


def _type(name: str, rows: list[dict[str, Any]]) -> str:
    if name in ("latitude", "longitude"):
        return "DOUBLE"
    if name in ("local_date", "birth_date"):
        return "DATE"
    if name in ("happened_at", "registered_at"):
        return "TIMESTAMP"
    if isinstance(rows[0][name], list):
        return "VARCHAR[]" if name == "parts" else "BIGINT[]"
    return "VARCHAR" if isinstance(rows[0][name], str) else "BIGINT"
