"""Receipts as a file."""

from collections.abc import Callable, Iterator
from datetime import date

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import paging, tables
from prilavok.kernel.tables import Cell
from prilavok.orders.models import Receipt, ReceiptQuerySet, Role
from prilavok.orders.web.words import KINDS

PAGE = 1_000


def header() -> list[str | Promise]:
    return [
        _("Receipt"),
        _("Day"),
        _("Hour"),
        _("Shop"),
        _("Till"),
        _("Kind"),
        _("Customer's number"),
        *Role.labels,
        _("Items"),
        _("Price"),
        _("Discount"),
        _("Paid"),
        _("Reimbursed"),
        _("Revenue"),
        _("Currency"),
    ]


def rows(found: ReceiptQuerySet) -> Iterator[tuple[Cell, ...]]:
    """All receipts with the numbers of the customers in them, page by page: no long transaction, no large memory."""
    found = found.select_related("shop", "till", "profile").prefetch_related("roles__profile")
    after = None
    while True:
        page = paging.keyset(found, order=("-paid_at", "-id"), after=after, size=PAGE)
        yield from map(_row, page.items)
        after = page.next
        if after is None:
            return


def _row(receipt: Receipt) -> tuple[Cell, ...]:
    day: date = receipt.local_date
    others = {one.role: str(one.profile.public_id) for one in receipt.roles.all() if one.profile}
    return (
        receipt.number,
        day,
        receipt.local_hour,
        receipt.shop.name,
        receipt.till.code if receipt.till else "",
        str(KINDS[receipt.kind]),
        str(receipt.profile.public_id) if receipt.profile else "",
        *(others.get(role, "") for role in Role.values),
        receipt.items,
        receipt.gross,
        receipt.discount,
        receipt.paid,
        receipt.reimbursed,
        receipt.revenue,
        receipt.currency,
    )


def csv(found: Iterator[tuple[Cell, ...]]) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        tables.csv_chunks(header(), found),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="receipts.csv"'},
    )


def xlsx(found: Iterator[tuple[Cell, ...]]) -> FileResponse:
    return FileResponse(tables.xlsx_file(header(), found), as_attachment=True, filename="receipts.xlsx")


FORMATS: dict[str, Callable[[Iterator[tuple[Cell, ...]]], HttpResponseBase]] = {"csv": csv, "xlsx": xlsx}
