"""Receipts of the past come in by thousands; they move no points, journeys or letters."""

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
    rows: list[writing.Row] = field(default_factory=list)
    unchanged: int = 0
    conflicts: list[tuple[int, str]] = field(default_factory=list)


def load_receipts(receipts: list[NewReceipt], *, by: Actor) -> LoadResult:
    """Write a batch (some 2,000 receipts) in one short transaction; a known receipt changes nothing.

    Everything is COPY: a fixed number of statements however long the batch is. Returns are matched to their
    originals one by one, after the sales. What can't be taken stands in `conflicts` with its place.
    """
    by.must("orders.load")
    for attempt in (1, 2, 3):
        try:
            with transaction.atomic():
                return _load(receipts, by)
        except IntegrityError:  # another load wrote one of these numbers meanwhile: look again
            if attempt == 3:
                raise
    raise AssertionError


def _load(receipts: list[NewReceipt], by: Actor) -> LoadResult:
    batch = _Batch()
    fresh = _sift(receipts, batch)
    _write([row for row in fresh if row.new.kind == Receipt.Kind.SALE], batch, by)
    for row in fresh:
        if row.new.kind == Receipt.Kind.RETURN:
            _write_return(row, batch, by)
    return LoadResult(
        loaded=len(batch.rows),
        unchanged=batch.unchanged,
        conflicts=sorted(batch.conflicts),
        lines=sum(len(row.new.lines) for row in batch.rows),
        revenue=sum((row.weighed.revenue for row in batch.rows), ZERO),
    )


def _sift(receipts: list[NewReceipt], batch: _Batch) -> list[writing.Row]:
    """The receipts that are new and add up, as rows; the rest is counted in the batch."""
    weighed = _weigh_all(receipts, batch)
    known = _known([new for _, new, _ in weighed])
    seen = dict(known)
    fresh: list[writing.Row] = []
    for index, new, sums in weighed:
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


def _weigh_all(receipts: list[NewReceipt], batch: _Batch) -> list[tuple[int, NewReceipt, rules.Weighed]]:
    now, currency = clock.now(), company.company().currency
    weighed = []
    for index, new in enumerate(receipts):
        try:
            weighed.append((index, new, _weigh(new, now, currency)))
        except rules.Wrong as wrong:
            batch.conflicts.append((index, wrong.code))
    return weighed


def _weigh(new: NewReceipt, now: datetime, currency: str) -> rules.Weighed:
    if rules.too_far_ahead(new.paid_at, now):
        raise rules.Wrong("future")
    if new.currency != currency:
        raise rules.Wrong("currency")
    return rules.weigh(new)


def _known(receipts: list[NewReceipt]) -> dict[object, bytes]:
    """Fingerprints of what the database has, by (shop, number) and by public id."""
    sql = """
        SELECT shop_id, number, public_id, fingerprint FROM orders_receipt
        WHERE (shop_id, number) IN (SELECT * FROM unnest(%s::bigint[], %s::text[]))
           OR public_id = ANY(%s::uuid[])
    """
    shops, numbers = [new.shop_id for new in receipts], [new.number for new in receipts]
    named = [new.public_id for new in receipts if new.public_id]
    found: dict[object, bytes] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, [shops, numbers, named])
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
    pairs = {(row.new.shop_id, row.new.till_code) for row in rows if row.new.till_code}
    tills = company_actions.ensure_tills(pairs) if pairs else {}
    for row in rows:
        row.till_id = tills.get((row.new.shop_id, row.new.till_code))
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
