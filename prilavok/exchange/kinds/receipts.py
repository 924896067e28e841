"""Receipts of the past, one row per line: the hot path of every migration.

A receipt is taken whole or not at all: one bad row rejects all its rows, so that sums never stand half.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from prilavok.catalog import actions as catalog
from prilavok.catalog import queries as catalog_queries
from prilavok.catalog.ports import ProductRef
from prilavok.company import actions as company_actions
from prilavok.company import queries as company
from prilavok.company.actions import NewShop
from prilavok.customers import queries as customers
from prilavok.exchange.kinds.base import BadCell, Column, Kind
from prilavok.exchange.kinds.grouping import together
from prilavok.exchange.rules.amounts import read_amount, read_quantity
from prilavok.exchange.rules.dates import read_moment
from prilavok.exchange.rules.reasons import Unreadable
from prilavok.exchange.rules.words import read_code
from prilavok.exchange.run import Run, units
from prilavok.exchange.sheets import Row
from prilavok.orders import actions as orders
from prilavok.orders import queries as orders_queries
from prilavok.orders.ports import NewLine, NewReceipt

RECEIPTS_OF_A_BATCH = 1_500
LINES_OF_A_BATCH = 15_000
CLOCKS_DIFFER = timedelta(minutes=10)

HEAD = ("receipt", "shop", "paid_at", "card", "till", "kind", "returns")
MONEY = ("revenue", "card_discount", "manufacturer_coupon", "shop_coupon", "discount", "gross", "paid")
ZERO, ONE = Decimal(0), Decimal(1)
SALES = {"", "sale", "продажа", "приход", "чек"}
RETURNS = {"return", "возврат", "возврат прихода", "refund"}

Sums = tuple[Decimal, Decimal, Decimal, tuple[tuple[str, Decimal, str], ...], int]
"""Of a line: gross, paid, reimbursed, discounts, and the revenue in ten-thousandths."""


def load(run: Run) -> None:
    """Load all receipts of the file batch by batch, each in one short transaction of its own."""
    loader = Loader(run)
    for batch in loader.batches():
        loader.load(batch)
        run.progress(run)
    loader.finish()


@dataclass
class Loader:
    """Knows the shops, goods and cards, and remembers what texts of sums mean."""

    run: Run
    shops: dict[str, tuple[int, ZoneInfo]] = field(default_factory=dict)
    products: dict[str, ProductRef] = field(default_factory=dict)
    cards: dict[str, int] = field(default_factory=dict)
    sums: dict[tuple[str, ...], Sums] = field(default_factory=dict)
    quantities: dict[str, Decimal] = field(default_factory=dict)
    placeholders: set[str] = field(default_factory=set)
    lines_of_placeholders: int = 0
    anonymous: int = 0
    lost: set[str] = field(default_factory=set)
    lost_receipts: int = 0
    repeated: int = 0
    waiting: list["_Built"] = field(default_factory=list)  # returns whose original has not come in yet

    def __post_init__(self) -> None:
        run = self.run
        self.shops = {shop.code: (shop.pk, ZoneInfo(shop.timezone)) for shop in company.shops(run.by)}
        self.products = catalog_queries.all_product_refs()
        self.currency = company.company().currency
        place = run.mapping.get
        self.at = {column.key: place(column.key) for column in RECEIPTS.columns}
        self.money = [key for key in MONEY if self.at[key] is not None]
        self.pick = _picker([self.at[key] for key in self.money])
        self.head = _picker([self.at[key] for key in HEAD])
        self.revenue = run.account("revenue", is_money=True)
        self.receipts = run.account("receipts")
        self.lines = run.account("lines")

    # ── The file ─────────────────────────────────────────────────────────────────────────────────────────

    def batches(self) -> Iterator[list[list[Row]]]:
        """Receipts (lists of their rows) by batches."""
        batch: list[list[Row]] = []
        lines = 0
        for rows in together(self.run, self.at["receipt"] or 0, self.at["shop"] or 0):
            batch.append(rows)
            lines += len(rows)
            if lines >= LINES_OF_A_BATCH or len(batch) >= RECEIPTS_OF_A_BATCH:
                yield batch
                batch, lines = [], 0
        if batch:
            yield batch

    def load(self, batch: list[list[Row]]) -> None:
        """Load one batch and read back what the base has of it."""
        self._learn(batch)
        built: list[_Built] = []
        for rows in batch:
            self.receipts.file += 1
            try:
                rows = self._once(rows)
                built.append(self._receipt(rows))
            except _BadRow as bad:
                self._reject(rows, bad)
            self.lines.file += len(rows)
        if built:
            self._write(built)

    def _learn(self, batch: list[list[Row]]) -> None:
        """Make sure that goods and cards of the batch are known before its lines are built."""
        place = self.at["product"] or 0
        unknown = {row.cells[place] for rows in batch for row in rows} - self.products.keys()
        fresh = [code for text in unknown if (code := _code_or_none(text)) and code not in self.products]
        if fresh:
            self.products.update(catalog.add_placeholders(fresh, by=self.run.by, at=self.run.at))
            self.placeholders.update(fresh)
        for text in unknown:
            if (code := _code_or_none(text)) and text != code:
                self.products[text] = self.products[code]
        card = self.at["card"]
        if card is not None:
            cards = {rows[0].cells[card].strip() for rows in batch} - self.cards.keys() - {""}
            self.cards |= customers.profile_ids_by_identifier("card", cards) if cards else {}
        if self.run.options.get("add_shops"):
            self._add_shops(batch)

    def _add_shops(self, batch: list[list[Row]]) -> None:
        place = self.at["shop"] or 0
        codes = {rows[0].cells[place].strip() for rows in batch} - self.shops.keys() - {""}
        if not codes:
            return
        rows = [NewShop(code=code, name=code) for code in codes if _code_or_none(code)]
        added = company_actions.add_shops(rows, by=self.run.by, at=self.run.at, live=False)
        self.shops |= {shop.code: (shop.pk, ZoneInfo(shop.timezone)) for shop in added.values()}
        self.run.note("shops_added", count=len(added))

    # ── One receipt ──────────────────────────────────────────────────────────────────────────────────────

    def _once(self, rows: list[Row]) -> list[Row]:
        """The rows without those that repeat another's line number and all else. Raises _BadRow, if they differ."""
        place = self.at["line"]
        if place is None or len({row.cells[place] for row in rows}) == len(rows):
            return rows
        seen: dict[str, Row] = {}
        kept = []
        for row in rows:
            number = row.cells[place].strip()
            before = seen.setdefault(number, row) if number else row
            if before is row:
                kept.append(row)
            elif before.cells != row.cells:
                raise _BadRow(row, "line", Unreadable("same_again_different", row=before.number))
        self.repeated += len(rows) - len(kept)
        return kept

    def _receipt(self, rows: list[Row]) -> "_Built":
        first = rows[0]
        head = self.head(first.cells)
        lines, revenue = [], 0
        for row in rows:
            if row is not first and self.head(row.cells) != head:
                raise _BadRow(row, "", Unreadable("header_differs"))
            line, received = self._line(row)
            lines.append(line)
            revenue += received
        number, shop_id, zone = self._place(first)
        kind = self._kind(first)
        new = NewReceipt(
            number=number,
            shop_id=shop_id,
            paid_at=self._moment(first, zone),
            currency=self.currency,
            lines=lines,
            till_code=self._text(first, "till")[:60],
            profile_id=self._customer(first),
            kind=kind,
            coupons=self._coupons(rows),
            returns_number=self._original(first, kind),
        )
        return _Built(rows, new, -revenue if kind == "return" else revenue)

    def _coupons(self, rows: list[Row]) -> list[str]:
        place = self.at["coupons"]
        if place is None:
            return []
        return [code for row in rows if row.cells[place] for code in row.cells[place].split()]

    def _original(self, row: Row, kind: str) -> str:
        """The number of the receipt that a return takes back, in the same shop."""
        text = self._text(row, "returns")
        try:
            number = read_code(text, longest=64)
        except Unreadable as why:
            raise _BadRow(row, "returns", why) from None
        if number and kind != "return":
            raise _BadRow(row, "returns", Unreadable("sale_returns_nothing"))
        return number

    def _line(self, row: Row) -> tuple[NewLine, int]:
        """The line and its revenue in ten-thousandths."""
        cells = row.cells
        ref = self.products.get(cells[self.at["product"] or 0])
        if ref is None:
            raise _BadRow(row, "product", Unreadable("missing"))
        money = self.pick(cells)
        sums = self.sums.get(money) or self._sums(row, money)
        place = self.at["quantity"]
        text = cells[place] if place is not None else "1"
        quantity = self.quantities.get(text)
        if quantity is None:
            quantity = self._quantity(row, text)
        place = self.at["unit"]
        unit = cells[place].strip()[:8] if place is not None else ""
        line = NewLine(
            ref.id, ref.category_id, ref.department_id, quantity, UNITS.get(unit, unit),
            sums[0], sums[1], sums[2], sums[3],
        )  # fmt: skip
        return line, sums[4]

    def _sums(self, row: Row, texts: tuple[str, ...]) -> Sums:
        try:
            amounts = {key: _amount(key, text) for key, text in zip(self.money, texts, strict=True)}
            sums = _reckoned(amounts)
        except BadCell as bad:
            raise _BadRow(row, bad.column, bad.why) from None
        if len(self.sums) > 200_000:
            self.sums.clear()
        self.sums[texts] = sums
        return sums

    def _quantity(self, row: Row, text: str) -> Decimal:
        try:
            quantity = read_quantity(text) if text.strip() else ONE
        except Unreadable as why:
            raise _BadRow(row, "quantity", why) from None
        if quantity < 0:
            raise _BadRow(row, "quantity", Unreadable("negative", value=text[:40]))
        if len(self.quantities) > 100_000:
            self.quantities.clear()
        self.quantities[text] = quantity
        return quantity

    def _place(self, row: Row) -> tuple[str, int, ZoneInfo]:
        number, shop = self._text(row, "receipt"), self._text(row, "shop")
        try:
            number = read_code(number, longest=64)
        except Unreadable as why:
            raise _BadRow(row, "receipt", why) from None
        if not number:
            raise _BadRow(row, "receipt", Unreadable("missing"))
        if shop not in self.shops:
            reason = Unreadable("unknown_shop", value=shop[:40]) if shop else Unreadable("missing")
            raise _BadRow(row, "shop", reason)
        return number, *self.shops[shop]

    def _moment(self, row: Row, zone: ZoneInfo) -> datetime:
        text = self._text(row, "paid_at")
        try:
            if not text:
                raise Unreadable("missing")
            found = _fast_moment(text) or read_moment(text, latest=self.run.at)
            found = found if found.tzinfo else found.replace(tzinfo=zone)
            if found > self.run.at + CLOCKS_DIFFER:
                raise Unreadable("future", value=text[:40])
        except Unreadable as why:
            raise _BadRow(row, "paid_at", why) from None
        return found

    def _kind(self, row: Row) -> str:
        text = self._text(row, "kind").lower()
        if text in SALES:
            return "sale"
        if text in RETURNS:
            return "return"
        raise _BadRow(row, "kind", Unreadable("unknown_kind", value=text[:40]))

    def _customer(self, row: Row) -> int | None:
        card = self._text(row, "card")
        if not card:
            self.anonymous += 1
            return None
        profile_id = self.cards.get(card)
        if profile_id is None and self.run.options.get("unknown_cards") != "anonymous":
            raise _BadRow(row, "card", Unreadable("unknown_card", value=card[:40]))
        if profile_id is None:
            self.lost.add(card)
            self.lost_receipts += 1
        return profile_id

    def _text(self, row: Row, key: str) -> str:
        place = self.at[key]
        return row.cells[place].strip() if place is not None else ""

    # ── What became of them ──────────────────────────────────────────────────────────────────────────────

    def _write(self, built: list["_Built"], *, may_wait: bool = True) -> None:
        result = orders.load_receipts([one.new for one in built], by=self.run.by)
        self.run.loaded += result.loaded
        self.run.unchanged += result.unchanged
        refused = dict(result.conflicts)
        for index, reason in result.conflicts:
            if reason == "original_unknown" and may_wait and built[index].new.returns_number:
                self.waiting.append(built[index])  # it may stand further on in the file
                continue
            rows = built[index].rows
            self._reject(rows, _BadRow(rows[0], "", Unreadable(reason)))
        kept = [one for index, one in enumerate(built) if index not in refused] if refused else built
        self.revenue.file += sum(one.revenue for one in kept)
        if self.placeholders:
            for one in kept:
                self._count_placeholders(one.rows)
        base = orders_queries.sums_of({(one.new.shop_id, one.new.number) for one in kept})
        self.receipts.base += base.receipts
        self.lines.base += base.lines
        self.revenue.base += units(base.revenue)

    def _count_placeholders(self, rows: list[Row]) -> None:
        place = self.at["product"] or 0
        self.lines_of_placeholders += sum(row.cells[place] in self.placeholders for row in rows)

    def _reject(self, rows: list[Row], bad: "_BadRow") -> None:
        self.receipts.rejected += 1
        self.lines.rejected += len(rows)
        for row in rows:
            revenue = self._revenue(row)
            self.revenue.file += revenue
            self.revenue.rejected += revenue
            if row.number == bad.row.number:
                self.run.reject(row, bad.column, bad.why)
            else:
                self.run.reject(row, "", Unreadable("with_rejected", row=bad.row.number))

    def _revenue(self, row: Row) -> int:
        """What the file says that the shop received for this line; nothing where it can't be read."""
        texts = self.pick(row.cells)
        if texts in self.sums:
            return self.sums[texts][4]
        try:
            return self._sums(row, texts)[4]
        except _BadRow:
            return 0

    def finish(self) -> None:
        run = self.run
        for start in range(0, len(self.waiting), RECEIPTS_OF_A_BATCH):
            self._write(self.waiting[start : start + RECEIPTS_OF_A_BATCH], may_wait=False)
        damaged = run.rejected - self.lines.rejected  # rows that could not even be told apart
        self.lines.file += damaged
        self.lines.rejected += damaged
        if self.placeholders:
            run.note("placeholders", count=len(self.placeholders), lines=self.lines_of_placeholders)
        if self.repeated:
            run.note("repeated_rows", count=self.repeated)
        if self.anonymous:
            run.note("without_customer", count=self.anonymous)
        if self.lost:
            run.note("unknown_cards", count=self.lost_receipts, cards=len(self.lost))


class _Built(NamedTuple):
    """A receipt ready to be written, the rows it was made of, its revenue in signed ten-thousandths."""

    rows: list[Row]
    new: NewReceipt
    revenue: int


class _BadRow(Exception):
    """The row that spoils its receipt: which, whose column, why."""

    def __init__(self, row: Row, column: str, why: Unreadable) -> None:
        super().__init__(column, why.code)
        self.row, self.column, self.why = row, column, why


def _picker(places: list[int | None]):  # type: ignore[no-untyped-def]
    """A function that takes these cells of a row as a tuple."""
    known = [place for place in places if place is not None]
    if len(known) == 1:
        return lambda cells: (cells[known[0]],)
    return itemgetter(*known) if known else lambda cells: ()


def _code_or_none(text: str) -> str | None:
    try:
        return read_code(text) or None
    except Unreadable:
        return None


def _fast_moment(text: str) -> datetime | None:
    """The form that machines write; everything else goes the careful way."""
    if len(text) == 19 and text[4] == "-" and text.isascii():
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return None
    return None


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


UNITS = {"": "pcs", "шт": "pcs", "шт.": "pcs", "pc": "pcs", "кг": "kg", "л": "l"}

RECEIPTS = Kind(
    key="receipts",
    label=_("Receipts"),
    permission="orders.load",
    load=load,
    options=("add_shops", "unknown_cards"),
    counted=_("receipts"),
    columns=(
        Column(
            "receipt",
            _("Receipt number"),
            ("чек", "номер чека", "№ чека", "документ", "receipt number"),
            required=True,
        ),
        Column("shop", _("Shop’s code"), ("магазин", "код магазина", "store"), required=True),
        Column(
            "paid_at", _("Paid at"), ("дата", "дата и время", "дата чека", "время", "date"), required=True
        ),
        Column("till", _("Till"), ("касса", "номер кассы", "ккм")),
        Column("card", _("Card number"), ("карта", "номер карты", "клиент", "card number")),
        Column("kind", _("Kind"), ("вид", "тип", "операция", "type")),
        Column(
            "returns",
            _("Original receipt of a return"),
            ("возврат чека", "чек продажи", "исходный чек", "returns number", "original receipt"),
        ),
        Column("line", _("Line number"), ("строка", "номер строки", "№ строки")),
        Column("product", _("Product’s code"), ("товар", "артикул", "код товара", "sku"), required=True),
        Column("quantity", _("Quantity"), ("количество", "кол во", "кол-во", "qty")),
        Column("unit", _("Unit"), ("единица", "ед", "ед изм")),
        Column("revenue", _("Revenue"), ("выручка", "сумма", "стоимость", "amount", "sales value")),
        Column("gross", _("List price"), ("сумма без скидки", "сумма до скидки", "gross")),
        Column("paid", _("Paid"), ("оплачено", "к оплате", "paid")),
        Column("card_discount", _("Discount by card"), ("скидка по карте", "card discount")),
        Column("manufacturer_coupon", _("Manufacturer’s coupon"), ("купон производителя",)),
        Column("shop_coupon", _("Shop’s coupon"), ("купон магазина",)),
        Column("discount", _("Other discounts"), ("скидка", "сумма скидки", "discount")),
        Column("coupons", _("Coupon codes"), ("купоны", "промокоды", "промокод", "coupon codes")),
    ),
)
