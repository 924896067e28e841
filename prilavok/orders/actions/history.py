"""Receipts of the past come in by thousands; they move no points, journeys or letters."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from prilavok.company import actions as company_actions
from prilavok.company import queries as company
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import Actor
from prilavok.orders import rules
from prilavok.orders.actions import telling, writing
from prilavok.orders.actions.returns import take_back
from prilavok.orders.models import Receipt
from prilavok.orders.ports import ZERO, LoadResult, NewReceipt
from prilavok.orders.problems import ReceiptWrong


@dataclass
class _Batch:
    tills: dict[tuple[int, str], int]
    rows: list[writing.Row] = field(default_factory=list)
    unchanged: int = 0
    conflicts: list[tuple[int, str]] = field(default_factory=list)


def weigh_receipts(receipts: Iterable[NewReceipt]) -> list[rules.Weighed | rules.Wrong]:
    """The part of loading that asks no database: a loader does it while the batch before is being written."""
    return list(map(_weighed, receipts))


def weigh_lines(new: NewReceipt, lines: rules.Lines) -> rules.Weighed | rules.Wrong:
    """The same for a sale whose lines have been laid out by `orders.rules` already."""
    try:
        return rules.add_up(new, lines)
    except rules.Wrong as wrong:
        return wrong


def load_receipts(
    receipts: list[NewReceipt], *, by: Actor, weighed: list[rules.Weighed | rules.Wrong] | None = None
) -> LoadResult:
    """Write a batch (some 2,000 receipts) in one short transaction; a known receipt changes nothing.

    Everything is COPY: a fixed number of statements however long the batch is. Returns are matched to their
    originals one by one, after the sales. What can't be taken stands in `conflicts` with its place. `weighed` is
    what `weigh_receipts` made of them before.
    """
    by.must("orders.load")
    sums = weighed or weigh_receipts(receipts)
    pairs = {(new.shop_id, new.till_code) for new in receipts if new.till_code}
    tills = company_actions.ensure_tills(pairs) if pairs else {}  # before: whoever adds one makes others wait
    for attempt in (1, 2, 3):
        try:
            with transaction.atomic():
                return _load(receipts, sums, _Batch(tills), by)
        except IntegrityError:  # another load wrote one of these numbers meanwhile: look again
            if attempt == 3:
                raise
    raise AssertionError


def _weighed(new: NewReceipt) -> rules.Weighed | rules.Wrong:
    try:
        return rules.weigh(new)
    except rules.Wrong as wrong:
        return wrong


def _load(
    receipts: list[NewReceipt], weighed: list[rules.Weighed | rules.Wrong], batch: _Batch, by: Actor
) -> LoadResult:
    fresh = _sift(receipts, weighed, batch)
    _write([row for row in fresh if row.new.kind == Receipt.Kind.SALE], batch, by)
    for row in fresh:
        if row.new.kind == Receipt.Kind.RETURN:
            _write_return(row, batch, by)
    return LoadResult(
        loaded=len(batch.rows),
        unchanged=batch.unchanged,
        conflicts=sorted(batch.conflicts),
        lines=sum(len(row.weighed.texts) for row in batch.rows),
        revenue=sum((row.weighed.revenue for row in batch.rows), ZERO),
    )


def _sift(
    receipts: list[NewReceipt], weighed: list[rules.Weighed | rules.Wrong], batch: _Batch
) -> list[writing.Row]:
    """The receipts that are new and add up, as rows; the rest is counted in the batch."""
    known = _known(receipts)
    seen = dict(known)
    now, currency = clock.now(), company.company().currency
    fresh: list[writing.Row] = []
    for index, (new, sums) in enumerate(zip(receipts, weighed, strict=True)):
        if wrong := _wrong(new, sums, now, currency):
            batch.conflicts.append((index, wrong))
            continue
        assert isinstance(sums, rules.Weighed)
        key = (new.shop_id, new.number)
        before = seen.get(key) or (seen.get(new.public_id) if new.public_id else None)
        if before is None:
            seen[key] = seen[new.public_id or key] = sums.fingerprint
            fresh.append(_row(index, new, sums))
        elif before == sums.fingerprint:
            batch.unchanged += 1
        else:
            batch.conflicts.append((index, "different" if key in known else "repeated"))
    return fresh


def _wrong(new: NewReceipt, sums: rules.Weighed | rules.Wrong, now: datetime, currency: str) -> str:
    if rules.before_tills(new.paid_at):
        return "before_tills"
    if rules.too_far_ahead(new.paid_at, now):
        return "future"
    if new.currency != currency:
        return "currency"
    return sums.code if isinstance(sums, rules.Wrong) else ""


def _known(receipts: list[NewReceipt]) -> dict[object, bytes]:
    """Fingerprints of what the database has, by (shop, number) and by public id."""
    sql = """
        SELECT shop_id, number, public_id, fingerprint FROM orders_receipt
        WHERE (shop_id, number) IN (SELECT (pair->>0)::bigint, pair->>1 FROM json_array_elements(%s::json) AS pair)
           OR public_id = ANY(%s::uuid[])
    """
    pairs = json.dumps([(new.shop_id, new.number) for new in receipts])
    named = [new.public_id for new in receipts if new.public_id]
    found: dict[object, bytes] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, [pairs, named])
        for shop_id, number, public_id, fingerprint in cursor.fetchall():
            found[shop_id, number] = found[public_id] = bytes(fingerprint)
    return found


def _row(index: int, new: NewReceipt, sums: rules.Weighed) -> writing.Row:
    local = new.paid_at.astimezone(company.zone_of(new.shop_id))
    return writing.Row(
        index=index,
        new=new,
        weighed=sums,
        public_id=writing.fresh_id(new),
        local_date=local.date(),
        local_hour=local.hour,
        brand_id=company.brand_of(new.shop_id),
    )


def _write(rows: list[writing.Row], batch: _Batch, by: Actor) -> None:
    if not rows:
        return
    for row in rows:
        row.till_id = batch.tills.get((row.new.shop_id, row.new.till_code))
    writing.write(rows)
    journal.record_many(map(telling.entry, rows), by=by, live=False)
    batch.rows += rows


def _write_return(row: writing.Row, batch: _Batch, by: Actor) -> None:
    try:
        take_back(row)
    except ReceiptWrong as wrong:
        batch.conflicts.append((row.index, wrong.reason))
    else:
        _write([row], batch, by)
