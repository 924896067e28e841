"""Time passes: the held-back receipts come in at the till's door while the demo's clock moves on.

Each basket is reckoned and committed, with points and coupons, idempotently, over several connections. Into them a
known effect may be planted: some of the mailed buy more. Planted receipts say so in their number and till.
"""

import csv
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx

from demo.journey import ZONE
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.orders import queries as orders

CONNECTIONS = 4
STEP, LONG_STEP = timedelta(hours=1), timedelta(hours=6)
"""Of the demo's time: receipts of one step are sent side by side; longer when nobody watches."""
UNNOTICED = timedelta(hours=12)
"""How far time may move before all processes are given a moment to notice: receipts of tomorrow are refused."""
SIMULATED = "SIM-"
LATE = timedelta(hours=23)
"""What was paid longer ago is sent as paid: a till reckons only what lies on the counter."""
SPENDERS, MOST_POINTS = "7", "200"
"""Whose cards end so spend their points, at most two dollars' worth on a receipt; the others save."""

RIGHTS = ["loyalty.redeem", "orders.record", "customers.identify"]
"""What a till's token may do."""

Payload = dict[str, Any]


class Rejected(Exception):
    """The API refused a receipt, or did not answer in the end."""


class ReckonAgain(Exception):
    """What a reckoning stood on is gone meanwhile."""


@dataclass(frozen=True)
class Passed:
    """What came in."""

    receipts: int
    again: int
    """Receipts that were there already: sent before by a run that was stopped."""
    revenue: Decimal
    seconds: float


@dataclass(frozen=True)
class Moment:
    """How far time has moved, for whoever watches."""

    at: datetime
    sent: int
    total: int


def held_back(path: Path) -> list[Payload]:
    """The receipts of the file as the API takes them, in the order of time."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        _payload(list(lines)) for _key, lines in groupby(rows, key=lambda row: (row["receipt"], row["shop"]))
    ]


def _payload(rows: list[dict[str, str]]) -> Payload:
    first = rows[0]
    paid_at = datetime.fromisoformat(first["paid_at"]).replace(tzinfo=ZONE)
    return {
        "shop": first["shop"],
        "till": first["till"],
        "number": first["receipt"],
        "paid_at": paid_at.isoformat(),
        "card": first["card"],
        "lines": [_line(row) for row in rows],
        "coupons": first["coupons"].split(),
        "points": MOST_POINTS if first["card"].endswith(SPENDERS) else None,
    }


def _line(row: dict[str, str]) -> Payload:
    revenue, reimbursed = Decimal(row["revenue"] or 0), Decimal(row["manufacturer_coupon"] or 0)
    discounts = [
        {"kind": kind, "amount": row[column], "funded_by": funded_by}
        for column, kind, funded_by in (
            ("card_discount", "card", "shop"),
            ("shop_coupon", "coupon", "shop"),
            ("manufacturer_coupon", "manufacturer_coupon", "manufacturer"),
        )
        if row[column]
    ]
    return {
        "product": row["product"],
        "quantity": row["quantity"],
        "unit": row["unit"],
        "amount": str(revenue - reimbursed),
        "gross": str(revenue - reimbursed + sum(Decimal(one["amount"]) for one in discounts)),
        "reimbursed": str(reimbursed),
        "discounts": discounts,
    }


def revenue_of(payload: Payload) -> Decimal:
    """What the shop receives for a receipt before points are spent on it."""
    return sum(
        (Decimal(line["amount"]) + Decimal(line["reimbursed"]) for line in payload["lines"]), Decimal(0)
    )


def pass_time(
    payloads: list[Payload],
    *,
    url: str,
    token: str,
    until: datetime,
    minutes: float = 0,
    connections: int = CONNECTIONS,
    tell: Callable[[Moment], None] = lambda moment: None,
) -> Passed:
    """Send the receipts in the order of time and move the clock along to `until`. Raises Rejected.

    `minutes` is how long all of it should take; 0 means as fast as the API takes them.
    """
    started = monotonic()
    payloads = sorted(payloads, key=lambda payload: str(payload["paid_at"]))
    there = _known({payload["number"] for payload in payloads})
    fresh = [payload for payload in payloads if payload["number"] not in there]
    pace = _Pace(fresh, until, minutes)
    revenue, sent = Decimal(0), 0
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    headers = {"Authorization": f"Bearer {token}"}
    with (
        httpx.Client(base_url=url, headers=headers, timeout=60, limits=limits) as client,
        ThreadPoolExecutor(connections) as pool,
    ):
        for at, some in _steps(fresh, STEP if minutes else LONG_STEP):
            pace.wait(at)
            for payload in pool.map(lambda payload: _send(client, payload), some):
                revenue += revenue_of(payload)
            sent += len(some)
            tell(Moment(at, sent, len(fresh)))
    pace.wait(until)
    return Passed(sent, len(there), revenue, monotonic() - started)


class _Pace:
    """Moves the demo's clock forward, never back, at the speed that was asked for."""

    def __init__(self, payloads: list[Payload], until: datetime, minutes: float) -> None:
        self._began = monotonic()
        self._first = datetime.fromisoformat(payloads[0]["paid_at"]) if payloads else until
        span = (until - self._first).total_seconds()
        self._speed = span / (minutes * 60) if minutes else 0
        self._noticed = clock.now()

    def wait(self, at: datetime) -> None:
        """Return when the demo's clock stands at `at`."""
        if self._speed:
            due = (at - self._first).total_seconds() / self._speed
            sleep(max(0.0, due - (monotonic() - self._began)))
        if at > clock.now():
            clock.set_demo(at - clock.real())
            if at - self._noticed > UNNOTICED:
                sleep(clock.CACHE_SECONDS)
                self._noticed = at


def _steps(payloads: list[Payload], step: timedelta) -> Iterator[tuple[datetime, list[Payload]]]:
    """Receipts by steps of the demo's time, with the moment at which the step is over."""
    begin: datetime | None = None
    some: list[Payload] = []
    for payload in payloads:
        at = datetime.fromisoformat(payload["paid_at"])
        if begin is not None and at >= begin + step:
            yield begin + step, some
            some, begin = [], None
        begin = begin or at
        some.append(payload)
    if begin is not None:
        yield begin + step, some


def _known(numbers: set[str]) -> set[str]:
    """Which of these receipts the base has."""
    return set(orders.receipts(SYSTEM).filter(number__in=numbers).values_list("number", flat=True))


def _send(client: httpx.Client, payload: Payload) -> Payload:
    if datetime.fromisoformat(payload["paid_at"]) < clock.now() - LATE:
        _ask(client, "receipts", _late(payload), payload)
        return payload
    number = payload["number"]
    basket = {name: payload[name] for name in ("shop", "till", "lines", "coupons", "points")}
    basket |= {"at": payload["paid_at"], "identifiers": [{"kind": "card", "value": payload["card"]}]}
    told = _ask(client, "till/calculate", basket, payload)
    try:
        _ask(client, "till/commit", {"calculation": told["calculation"], "number": number}, payload)
    except ReckonAgain:  # the points were spent on another receipt of the same hour
        told = _ask(client, "till/calculate", basket | {"points": None}, payload)
        _ask(client, "till/commit", {"calculation": told["calculation"], "number": number}, payload)
    return payload


def _late(payload: Payload) -> Payload:
    """A receipt that the till sends days later, as after a lost network: paid already, nothing is reckoned."""
    lines = [
        {name: line[name] for name in ("product", "quantity", "unit", "gross", "reimbursed", "discounts")}
        | {"paid": line["amount"]}
        for line in payload["lines"]
    ]
    sold = {name: payload[name] for name in ("shop", "till", "number", "paid_at", "coupons")}
    return sold | {"customer": {"card": payload["card"]}, "lines": lines}


def _ask(client: httpx.Client, path: str, body: Payload, payload: Payload) -> Any:
    """The till's answer, asked for until there is one. Raises Rejected, ReckonAgain."""
    number = payload["number"]
    key = f"demo-{payload['shop']}-{number}-{body.get('calculation', '')}"
    for attempt in range(8):
        try:
            answer = client.post(f"/api/v1/{path}", json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            status = 503
        else:
            status = answer.status_code
        if status < 300:
            return answer.json()
        told = answer.json() if status != 503 and "json" in answer.headers["content-type"] else {}
        if told.get("code") == "reckon_again":
            raise ReckonAgain
        if status not in (429, 502, 503, 504):
            raise Rejected(f"чек {number} от {payload['paid_at']}: {status} {told.get('title', '')}")
        sleep(0.2 * 2**attempt)
    raise Rejected(f"чек {number} никто не принял; что случилось, стоит в log/web.log")
