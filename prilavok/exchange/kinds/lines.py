"""Lines of receipts: what their cells mean, one row at a time or whole columns at once."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from prilavok.catalog.ports import ProductRef
from prilavok.exchange.kinds.base import BadCell
from prilavok.exchange.kinds.grouping import Batch, Column, together
from prilavok.exchange.run import units
from prilavok.kernel.amounts import read_amount, read_quantity
from prilavok.kernel.sheets import Row
from prilavok.kernel.unreadable import Unreadable
from prilavok.orders import actions as orders
from prilavok.orders.ports import NewLine

MONEY = ("revenue", "card_discount", "manufacturer_coupon", "shop_coupon", "discount", "gross", "paid")
ZERO, ONE = Decimal(0), Decimal(1)
REMEMBERED = 200_000
NO_PRODUCT = ProductRef(0, 0, 0)
NOTHING_COUNTED = orders.count_line(ZERO, "pcs")
NOTHING_SETTLED = orders.settle_line(ZERO, ZERO, ZERO, ())

Sums = tuple[Decimal, Decimal, Decimal, tuple[tuple[str, Decimal, str], ...], int]
"""Of a line: gross, paid, reimbursed, discounts, and the revenue in ten-thousandths."""
T = TypeVar("T")


class BadRow(Exception):
    """The row that spoils its receipt: which, whose column, why."""

    def __init__(self, row: Row, column: str, why: Unreadable) -> None:
        super().__init__(column, why.code)
        self.row, self.column, self.why = row, column, why


class Lines:
    """Knows the goods by the texts that name them, and remembers what texts of sums and quantities mean."""

    def __init__(self, at: dict[str, int | None], products: dict[str, ProductRef]) -> None:
        self.products = products
        self._at = at
        self._money = [key for key in MONEY if at[key] is not None]
        self._sums: dict[tuple[str, ...], Sums] = {}
        self._quantities: dict[str, Decimal] = {}
        self._counted: dict[tuple[str, ...], orders.Counted | None] = {}
        self._settled: dict[tuple[str, ...], orders.Settled | None] = {}

    # ── Row by row ───────────────────────────────────────────────────────────────────────────────────────

    def line(self, row: Row) -> tuple[NewLine, int]:
        """The line and its revenue in ten-thousandths. Raises BadRow."""
        cells = row.cells
        ref = self.products.get(cells[self._at["product"] or 0])
        if ref is None:
            raise BadRow(row, "product", Unreadable("missing"))
        try:
            gross, paid, reimbursed, discounts, revenue = self._sums_of(self._pick(cells))
            quantity = self._quantity_of(self._cell(cells, "quantity", "1"))
        except BadCell as bad:
            raise BadRow(row, bad.column, bad.why) from None
        unit = unit_of(self._cell(cells, "unit", ""))
        return NewLine(*ref, quantity, unit, gross, paid, reimbursed, discounts), revenue

    def revenue(self, row: Row) -> int:
        """What the file says that the shop received for this line; nothing where it can't be read."""
        try:
            return self._sums_of(self._pick(row.cells))[4]
        except BadCell:
            return 0

    def _pick(self, cells: list[str]) -> tuple[str, ...]:
        return tuple([self._cell(cells, key, "") for key in self._money])

    def _cell(self, cells: list[str], key: str, otherwise: str) -> str:
        place = self._at[key]
        return cells[place] if place is not None else otherwise

    def _sums_of(self, texts: tuple[str, ...]) -> Sums:
        sums = self._sums.get(texts)
        if sums is None:
            amounts = {key: _amount(key, text) for key, text in zip(self._money, texts, strict=True)}
            sums = _reckoned(amounts)
            _remember(self._sums, texts, sums)
        return sums

    def _quantity_of(self, text: str) -> Decimal:
        quantity = self._quantities.get(text)
        if quantity is None:
            try:
                quantity = read_quantity(text) if text.strip() else ONE
            except Unreadable as why:
                raise BadCell("quantity", why) from None
            if quantity < 0:
                raise BadCell("quantity", Unreadable("negative", value=text[:40]))
            _remember(self._quantities, text, quantity)
        return quantity

    # ── Columns at once ──────────────────────────────────────────────────────────────────────────────────

    def columns(self, batch: Batch) -> "tuple[npt.NDArray[np.bool_], list[orders.Lines]]":
        """Of each row whether it could be read so, and the lines of each receipt; bad ones hold nothing."""
        named = batch.columns[self._at["product"] or 0]
        products = Column(list(map(self.products.get, named.values)), named.codes)
        counts = self._read(batch, ("quantity", "unit"), self._counted, self._count)
        sums = self._read(batch, self._money, self._settled, self._settle)
        good = products.known() & counts.known() & sums.known()
        return good, orders.lay_out(
            products.filled(NO_PRODUCT),
            counts.filled(NOTHING_COUNTED),
            sums.filled(NOTHING_SETTLED),
            batch.starts,
        )

    def _read(
        self,
        batch: Batch,
        keys: Sequence[str],
        known: dict[tuple[str, ...], T | None],
        read: Callable[[tuple[str, ...]], T | None],
    ) -> "Column[T | None]":
        """What stands in these columns, as `read` reads what stands side by side in a row."""
        places = [self._at[key] for key in keys]
        columns = [batch.columns[place] if place is not None else batch.blank() for place in places]
        cells = together(columns, len(batch))
        for texts in cells.values:
            if texts not in known:
                _remember(known, texts, read(texts))
        return Column([known.get(texts) for texts in cells.values], cells.codes)

    def _count(self, texts: tuple[str, ...]) -> orders.Counted | None:
        try:
            return orders.count_line(self._quantity_of(texts[0]), unit_of(texts[1]))
        except (BadCell, ArithmeticError):
            return None

    def _settle(self, texts: tuple[str, ...]) -> orders.Settled | None:
        try:
            return orders.settle_line(*self._sums_of(texts)[:4])
        except (BadCell, orders.Wrong, ArithmeticError):
            return None


def _remember(known: dict[Any, Any], key: Any, value: Any) -> None:
    if len(known) > REMEMBERED:
        known.clear()
    known[key] = value


def unit_of(text: str) -> str:
    """
    >>> unit_of(" кг"), unit_of("")
    ('kg', 'pcs')
    """
    unit = text.strip()[:8]
    return UNITS.get(unit, unit)


UNITS = {"": "pcs", "шт": "pcs", "шт.": "pcs", "pc": "pcs", "кг": "kg", "л": "l"}


def _amount(key: str, text: str) -> Decimal | None:
    if not text or not text.strip():
        return None
    try:
        amount = read_amount(text)
    except Unreadable as why:
        raise BadCell(key, why) from None
    if amount < 0:
        raise BadCell(key, Unreadable("negative", value=text.strip()[:40]))
    return amount


def _reckoned(amounts: dict[str, Decimal | None]) -> Sums:
    """All sums of a line from those that the file gives.

    revenue = paid + what a manufacturer reimburses; gross = revenue + the discounts that the shop bears.
    """
    part = {key: amount for key, amount in amounts.items() if amount is not None}
    reimbursed = part.get("manufacturer_coupon", ZERO)
    own = [
        (kind, part[key], "shop")
        for key, kind in (("card_discount", "card"), ("shop_coupon", "coupon"), ("discount", "other"))
        if part.get(key)
    ]
    borne = sum((amount for _kind, amount, _by in own), ZERO)
    if "revenue" in part:
        revenue = part["revenue"]
    elif "paid" in part:
        revenue = part["paid"] + reimbursed
    elif "gross" in part:
        revenue = part["gross"] - borne
    else:
        raise BadCell("revenue", Unreadable("missing"))
    paid = revenue - reimbursed
    gross = part.get("gross", revenue + borne)
    if ("paid" in part and part["paid"] != paid) or gross < revenue + borne:
        raise BadCell("gross" if "gross" in part else "paid", Unreadable("sums"))
    discounts = [*own, ("manufacturer_coupon", reimbursed, "manufacturer")] if reimbursed else own
    return gross, paid, reimbursed, tuple(discounts), units(revenue)
