"""A receipt comes in from a till or a site, now."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from prilavok.company import actions as company_actions
from prilavok.company import queries as company
from prilavok.kernel import journal, prepared
from prilavok.kernel.actors import Actor, Refused
from prilavok.orders import rules
from prilavok.orders.actions import telling, writing
from prilavok.orders.actions.returns import Back, priced, take_back
from prilavok.orders.models import Receipt, Role
from prilavok.orders.ports import NewReceipt
from prilavok.orders.problems import ReceiptDiffers, ReceiptWrong


@transaction.atomic
def record_receipt(new: NewReceipt, *, by: Actor, at: datetime) -> Receipt:
    """Write one receipt or return and tell of it; the same one again is answered with the first.

    `at` is the moment of writing, `new.paid_at` that of the sale.
    Raises Refused, ReceiptWrong, ReceiptDiffers.
    """
    return record_once(new, by=by, at=at)[0]


@transaction.atomic(savepoint=False)
def record_once(new: NewReceipt, *, by: Actor, at: datetime) -> tuple[Receipt, bool]:
    """The same, for an action that fails whole when this does; and whether the receipt is new."""
    by.must("orders.record")
    if not by.sees_shop(new.shop_id):
        raise Refused("orders.record")
    _check(new, at)
    _check_roles(new)
    weighed = _weighed(new)
    with prepared.together():
        _wait_for_twins(new)
        known = _known(new)
        ids = writing.take_ids(1, len(weighed.texts))
        row = _row(new, weighed)
        for (receipt_id,) in known.rows():
            return _same(writing.read(receipt_id), weighed.fingerprint, new.number), False
        if new.kind == Receipt.Kind.RETURN:
            take_back(row)
        [([row.id], line_ids)] = ids.rows()
        receipt = writing.write_one(row, line_ids)
        journal.record_many([telling.entry(row)], by=by, live=True)
        return receipt, True


@transaction.atomic
def return_lines(
    *,
    receipt: UUID,
    lines: Sequence[Back],
    number: str,
    by: Actor,
    at: datetime,
    till_code: str = "",
    public_id: UUID | None = None,
    shop_id: int | None = None,
) -> Receipt:
    """Return parts of a receipt for what they cost by its lines; the last part takes the rest exactly.

    `shop_id`: where they came back, if not where they were sold.

    Raises Refused, ReceiptWrong, ReceiptDiffers.
    """
    by.must("orders.record")
    original = Receipt.objects.select_for_update().filter(public_id=receipt).first()
    if original is None:
        raise ReceiptWrong("original_unknown", field="returns")
    new = NewReceipt(
        number=number,
        shop_id=shop_id or original.shop_id,
        paid_at=at,
        currency=original.currency,
        lines=priced(original.pk, lines),
        public_id=public_id,
        till_code=till_code,
        profile_id=original.profile_id,
        kind=Receipt.Kind.RETURN,
        returns_public_id=receipt,
        priced_anew=any(line.paid is not None for line in lines),
    )
    return record_receipt(new, by=by, at=at)


def _check(new: NewReceipt, at: datetime) -> None:
    if new.paid_at.tzinfo is None:
        raise ReceiptWrong("naive_time", field="paid_at")
    if rules.before_tills(new.paid_at):
        raise ReceiptWrong("before_tills", field="paid_at")
    if rules.too_far_ahead(new.paid_at, at):
        raise ReceiptWrong("future", field="paid_at")
    currency = company.company().currency
    if new.currency != currency:
        raise ReceiptWrong("currency", field="currency", currency=currency)


def _check_roles(new: NewReceipt) -> None:
    if len({one.role for one in new.roles}) < len(new.roles):
        raise ReceiptWrong("role_twice", field="roles")
    for place, one in enumerate(new.roles):
        if one.role not in Role.values:
            raise ReceiptWrong("no_such_role", field=f"roles.{place}.role")
        if one.profile_id is None and not (one.name or one.phone or one.email):
            raise ReceiptWrong("role_of_nobody", field=f"roles.{place}")


def _weighed(new: NewReceipt) -> rules.Weighed:
    try:
        return rules.weigh(new)
    except rules.Wrong as wrong:
        raise problem_of(wrong) from wrong


def problem_of(wrong: rules.Wrong) -> ReceiptWrong:
    return ReceiptWrong(wrong.code, field=f"lines.{wrong.line - 1}" if wrong.line else "lines")


def _wait_for_twins(new: NewReceipt) -> None:
    """Two tills with one receipt: the second waits here and then finds the first one's row."""
    names = {f"orders:{new.shop_id}:{new.number}", f"orders:{new.public_id}" if new.public_id else ""} - {""}
    keys = sorted(
        int.from_bytes(hashlib.blake2b(n.encode(), digest_size=8).digest(), signed=True) for n in names
    )
    prepared.write("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])


def _known(new: NewReceipt) -> prepared.Asked:
    """The receipt of this number in this shop, or of this public id."""
    return prepared.ask(
        "SELECT id FROM orders_receipt WHERE shop_id = %s::bigint AND number = %s::text"
        " UNION ALL SELECT id FROM orders_receipt WHERE public_id = %s::uuid LIMIT 1",
        [new.shop_id, new.number, new.public_id],
    )


def _same(known: Receipt, fingerprint: bytes, number: str) -> Receipt:
    if bytes(known.fingerprint) != fingerprint:
        raise ReceiptDiffers(field="number", number=number)
    return known


def _row(new: NewReceipt, weighed: rules.Weighed) -> writing.Row:
    local = new.paid_at.astimezone(company.zone_of(new.shop_id))
    return writing.Row(
        new=new,
        weighed=weighed,
        public_id=writing.fresh_id(new),
        local_date=local.date(),
        local_hour=local.hour,
        brand_id=company.brand_of(new.shop_id),
        till_id=company_actions.till(new.shop_id, new.till_code) if new.till_code else None,
    )
