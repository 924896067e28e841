"""Goods come back: never more than was sold, and for what they cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from prilavok.orders import rules
from prilavok.orders.actions.writing import Row
from prilavok.orders.models import Receipt, ReceiptLine, ReceiptRole
from prilavok.orders.ports import NewLine, NewReceipt, NewRole
from prilavok.orders.problems import ReceiptWrong


def take_back(row: Row) -> None:
    """Tie a return to its original receipt, locking that. Raises ReceiptWrong, if it takes too much."""
    new = row.new
    original = _original(new)
    if original is None:
        raise ReceiptWrong("original_unknown", field="returns")
    if original.is_return:
        raise ReceiptWrong("original_is_return", field="returns")
    if new.profile_id is None:
        new.profile_id = original.profile_id
    elif original.profile_id not in (None, new.profile_id):
        raise ReceiptWrong("other_customer", field="customer")
    try:
        row.returned = rules.match_returns(new.lines, still_sold(original.pk), anew=new.priced_anew)
    except rules.Wrong as wrong:
        raise ReceiptWrong(wrong.code, field=f"lines.{(wrong.line or 1) - 1}") from wrong
    row.original_id = original.pk
    if not new.roles:
        names = ("role", "profile_id", "name", "phone", "email")
        told = ReceiptRole.objects.filter(receipt=original).order_by("role").values_list(*names)
        new.roles = tuple(NewRole(*row) for row in told)


def _original(new: NewReceipt) -> Receipt | None:
    """The receipt that a return names, locked."""
    receipts = Receipt.objects.select_for_update()
    if new.returns_public_id:
        return receipts.filter(public_id=new.returns_public_id).first()
    if new.returns_number:
        return receipts.filter(shop=new.shop_id, number=new.returns_number).first()
    return None


def still_sold(receipt_id: int) -> list[rules.Sold]:
    """The lines of a receipt with what has not been returned of each."""
    lines = list(ReceiptLine.objects.filter(receipt=receipt_id).order_by("number"))
    left = {line.pk: _sums(line) for line in lines}
    for back in ReceiptLine.objects.filter(returned__in=list(left)):
        assert back.returned_id is not None
        left[back.returned_id] = [a + b for a, b in zip(left[back.returned_id], _sums(back), strict=True)]
    return [rules.Sold(line.pk, line.number, line.product_id, *left[line.pk]) for line in lines]


def _sums(line: ReceiptLine) -> list[Decimal]:
    return [line.quantity, line.gross, line.paid, line.reimbursed]


@dataclass(frozen=True, slots=True)
class Back:
    """So much of a line of the original receipt, by its number there, comes back; `paid` for it, if not its share."""

    line: int
    quantity: Decimal
    paid: Decimal | None = None


def all_that_is_left(receipt_id: int) -> list[Back]:
    """Everything on a receipt that has not been returned; lines of no quantity, too, while their money is there."""
    sold = still_sold(receipt_id)
    return [Back(one.number, one.quantity) for one in sold if one.quantity or one.gross]


def priced(receipt_id: int, lines: Sequence[Back]) -> list[NewLine]:
    """Lines of a return with the sums that fall on them. Raises ReceiptWrong("more_than_sold")."""
    sold = {line.number: line for line in still_sold(receipt_id)}
    written = {
        line.number: line
        for line in ReceiptLine.objects.filter(receipt=receipt_id).select_related("product__category")
    }
    priced_lines = []
    for place, back in enumerate(lines):
        line, quantity = sold.get(back.line), back.quantity
        whole = line is not None and not line.quantity and not quantity and line.gross
        if line is None or not (whole or 0 < quantity <= line.quantity):
            raise ReceiptWrong("more_than_sold", field=f"lines.{place}")
        category = written[back.line].product.category
        gross, paid = (rules.part_of(whole, quantity, line.quantity) for whole in (line.gross, line.paid))
        # Down, so that it and what was paid are never more than the goods cost.
        reimbursed = rules.part_of(line.reimbursed, quantity, line.quantity, ROUND_DOWN)
        priced_lines.append(
            NewLine(
                product_id=line.product_id,
                category_id=category.pk,
                department_id=category.department_id or category.pk,
                quantity=back.quantity,
                unit=written[back.line].unit,
                gross=gross,
                paid=paid if back.paid is None else back.paid,
                reimbursed=reimbursed,
                returned_line=back.line,
            )
        )
    return priced_lines
