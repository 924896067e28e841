"""Receipts of the past, one row per line: the hot path of every migration.

A receipt is taken whole or not at all: one bad row rejects all its rows, so that sums never stand half.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from prilavok.catalog import actions as catalog
from prilavok.catalog import queries as catalog_queries
from prilavok.catalog.ports import ProductRef
from prilavok.company import actions as company_actions
from prilavok.company import queries as company
from prilavok.company.actions import NewShop
from prilavok.customers import queries as customers
from prilavok.exchange.hands import Hands, hands
from prilavok.exchange.kinds import grouping
from prilavok.exchange.kinds.base import Column, Kind
from prilavok.exchange.kinds.lines import BadRow, Lines, picker
from prilavok.exchange.rules.dates import read_moment
from prilavok.exchange.rules.reasons import Unreadable
from prilavok.exchange.rules.words import read_code
from prilavok.exchange.run import Run, Share, second, units
from prilavok.exchange.sheets import Row
from prilavok.orders import actions as orders
from prilavok.orders import queries as orders_queries
from prilavok.orders.ports import NewReceipt

RECEIPTS_OF_A_BATCH = 1_500
LINES_OF_A_BATCH = 15_000
CLOCKS_DIFFER = timedelta(minutes=10)

HEAD = ("receipt", "shop", "paid_at", "card", "till", "kind", "returns")
SALES = {"", "sale", "продажа", "приход", "чек"}
RETURNS = {"return", "возврат", "возврат прихода", "refund"}


def load(run: Run) -> None:
    """Load all receipts of the file batch by batch, each in one short transaction of its own."""
    loader = Loader(run, catalog_queries.all_product_refs())
    with hands(
        run.sheet.path, help_load, run.share(), loader.goods.products, alone=not loader.is_tidy
    ) as both:
        loader.work(both)
        if tally := both.found():
            loader.absorb(*tally)
    loader.finish()


def help_load(both: Hands, share: Share, products: dict[str, ProductRef]) -> tuple[Any, ...]:
    """In a second process: load the batches that fall to it, and say what became of them."""
    loader = Loader(second(share), products, is_tidy=True)
    loader.work(both)
    return loader.run.tally(), loader.seen


@dataclass
class Seen:
    """What the report says beside the books."""

    placeholders: set[str] = field(default_factory=set)
    lines_of_placeholders: int = 0
    anonymous: int = 0
    lost: set[str] = field(default_factory=set)
    lost_receipts: int = 0
    repeated: int = 0
    waiting: list["_Built"] = field(default_factory=list)  # returns whose original has not come in yet

    def add(self, other: "Seen") -> None:
        """What a second process has seen besides."""
        for one in fields(self):
            mine, more = getattr(self, one.name), getattr(other, one.name)
            setattr(self, one.name, mine | more if isinstance(mine, set) else mine + more)


class Loader:
    """Knows the shops and cards, builds receipts of rows, and books what became of them."""

    def __init__(self, run: Run, products: dict[str, ProductRef], *, is_tidy: bool | None = None) -> None:
        self.run = run
        self.seen = Seen()
        self.cards: dict[str, int] = {}
        self.shops = {shop.code: (shop.pk, ZoneInfo(shop.timezone)) for shop in company.shops(run.by)}
        self.currency = company.company().currency
        place = run.mapping.get
        self.at = {column.key: place(column.key) for column in RECEIPTS.columns}
        self.goods = Lines(self.at, products)
        self.head = picker([self.at[key] for key in HEAD])
        self.revenue = run.account("revenue", is_money=True)
        self.receipts = run.account("receipts")
        self.lines = run.account("lines")
        self._names = self.at["receipt"] or 0, self.at["shop"] or 0
        self.is_tidy = grouping.is_tidy(run, *self._names) if is_tidy is None else is_tidy

    # ── The file ─────────────────────────────────────────────────────────────────────────────────────────

    def batches(self) -> Iterator[list[list[Row]]]:
        """Receipts (lists of their rows) by batches."""
        batch: list[list[Row]] = []
        lines = 0
        for rows in grouping.together(self.run, *self._names, tidy=self.is_tidy):
            batch.append(rows)
            lines += len(rows)
            if lines >= LINES_OF_A_BATCH or len(batch) >= RECEIPTS_OF_A_BATCH:
                yield batch
                batch, lines = [], 0
        if batch:
            yield batch

    def work(self, both: Hands) -> None:
        """Load the batches that fall to this process."""
        for number, batch in enumerate(self.batches()):
            if both.mine(number):
                self.learn(batch)
                if built := self.build(batch):
                    self.write(built)
                self.run.progress(self.run)

    def build(self, batch: list[list[Row]]) -> "list[_Built]":
        """The batch's receipts, weighed; what can't be read is rejected. Asks no database.

        Tidy receipts are read column by column, which is several times quicker; where anything is odd, the receipt
        is read again row by row, which finds what and where.
        """
        built: list[_Built] = []
        tidy = self.tidy(batch)
        for rows, one in zip(batch, tidy, strict=True):
            self.receipts.file += 1
            try:
                one = one or self.careful(self._once(rows))
                built.append(one)
                rows = one.rows
            except BadRow as bad:
                self._reject(rows, bad)
            self.lines.file += len(rows)
        return built

    def tidy(self, batch: list[list[Row]]) -> "list[_Built | None]":
        """Sales of which every cell is as it should be; None for each other receipt."""
        cells = [row.cells for rows in batch for row in rows]
        columns = list(zip(*cells, strict=True))
        heads = list(map(self.head, cells))
        good, texts, told, counts, sums = self.goods.columns(columns)
        coupons = columns[self.at["coupons"]] if self.at["coupons"] is not None else ()
        numbers = columns[self.at["line"]] if self.at["line"] is not None else ()
        found: list[_Built | None] = []
        end = 0
        for rows in batch:
            start, end = end, end + len(rows)
            if (
                not all(good[start:end])
                or self._text(rows[0], "kind").lower() not in SALES
                or heads[start:end].count(heads[start]) != end - start
                or (numbers and len(set(numbers[start:end])) != end - start)
            ):
                found.append(None)
                continue
            try:
                new = self._head(rows[0], " ".join(filter(None, coupons[start:end])))
            except BadRow:
                found.append(None)
                continue
            part = slice(start, end)
            weighed = orders.weigh_lines(new, texts[part], told[part], counts[part], sums[part])
            found.append(
                _Built(rows, new, weighed, sum([line.paid + line.reimbursed for line in sums[part]]))
            )
        return found

    def learn(self, batch: list[list[Row]]) -> None:
        """Make sure that goods, cards and shops of the batch are known before it is built."""
        place = self.at["product"] or 0
        products = self.goods.products
        unknown = {row.cells[place] for rows in batch for row in rows} - products.keys()
        fresh = [code for text in unknown if (code := _code_or_none(text)) and code not in products]
        if fresh:
            products.update(catalog.add_placeholders(fresh, by=self.run.by, at=self.run.at))
            self.seen.placeholders.update(fresh)
        for text in unknown:
            if (code := _code_or_none(text)) and text != code:
                products[text] = products[code]
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
        """The rows without those that repeat another's line number and all else. Raises BadRow, if they differ."""
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
                raise BadRow(row, "line", Unreadable("same_again_different", row=before.number))
        self.seen.repeated += len(rows) - len(kept)
        return kept

    def careful(self, rows: list[Row]) -> "_Built":
        """A receipt read row by row. Raises BadRow."""
        head = self.head(rows[0].cells)
        lines, revenue = [], 0
        for row in rows:
            if row is not rows[0] and self.head(row.cells) != head:
                raise BadRow(row, "", Unreadable("header_differs"))
            line, received = self.goods.line(row)
            lines.append(line)
            revenue += received
        new = self._head(rows[0], self._coupons(rows))
        new.lines = lines
        (weighed,) = orders.weigh_receipts([new])
        return _Built(rows, new, weighed, -revenue if new.kind == "return" else revenue)

    def _head(self, first: Row, coupons: str) -> NewReceipt:
        """The receipt without its lines. Raises BadRow."""
        number, shop_id, zone = self._place(first)
        kind = self._kind(first)
        return NewReceipt(
            number=number,
            shop_id=shop_id,
            paid_at=self._moment(first, zone),
            currency=self.currency,
            lines=[],
            till_code=self._text(first, "till")[:60],
            kind=kind,
            coupons=coupons.split() if coupons else [],
            returns_number=self._original(first, kind),
            profile_id=self._customer(first),
        )

    def _coupons(self, rows: list[Row]) -> str:
        place = self.at["coupons"]
        return " ".join([row.cells[place] for row in rows if row.cells[place]]) if place is not None else ""

    def _original(self, row: Row, kind: str) -> str:
        """The number of the receipt that a return takes back, in the same shop."""
        text = self._text(row, "returns")
        if not text:
            return ""
        try:
            number = read_code(text, longest=64)
        except Unreadable as why:
            raise BadRow(row, "returns", why) from None
        if kind != "return":
            raise BadRow(row, "returns", Unreadable("sale_returns_nothing"))
        return number

    def _place(self, row: Row) -> tuple[str, int, ZoneInfo]:
        number, shop = self._text(row, "receipt"), self._text(row, "shop")
        try:
            number = read_code(number, longest=64)
        except Unreadable as why:
            raise BadRow(row, "receipt", why) from None
        if not number:
            raise BadRow(row, "receipt", Unreadable("missing"))
        if shop not in self.shops:
            reason = Unreadable("unknown_shop", value=shop[:40]) if shop else Unreadable("missing")
            raise BadRow(row, "shop", reason)
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
            raise BadRow(row, "paid_at", why) from None
        return found

    def _kind(self, row: Row) -> str:
        text = self._text(row, "kind").lower()
        if text in SALES:
            return "sale"
        if text in RETURNS:
            return "return"
        raise BadRow(row, "kind", Unreadable("unknown_kind", value=text[:40]))

    def _customer(self, row: Row) -> int | None:
        card = self._text(row, "card")
        if not card:
            self.seen.anonymous += 1
            return None
        profile_id = self.cards.get(card)
        if profile_id is None and self.run.options.get("unknown_cards") != "anonymous":
            raise BadRow(row, "card", Unreadable("unknown_card", value=card[:40]))
        if profile_id is None:
            self.seen.lost.add(card)
            self.seen.lost_receipts += 1
        return profile_id

    def _text(self, row: Row, key: str) -> str:
        place = self.at[key]
        return row.cells[place].strip() if place is not None else ""

    # ── What became of them ──────────────────────────────────────────────────────────────────────────────

    def write(self, built: "list[_Built]", *, may_wait: bool = True) -> None:
        """Write the receipts, read back what the base has of them, and book what became of them."""
        result = orders.load_receipts(
            [one.new for one in built], weighed=[one.weighed for one in built], by=self.run.by
        )
        self.run.loaded += result.loaded
        self.run.unchanged += result.unchanged
        for index, reason in result.conflicts:
            one = built[index]
            if reason == "original_unknown" and may_wait and one.new.returns_number:
                self.seen.waiting.append(one)  # it may stand further on in the file
            else:
                self._reject(one.rows, BadRow(one.rows[0], "", Unreadable(reason)))
        refused = dict(result.conflicts)
        kept = [one for index, one in enumerate(built) if index not in refused] if refused else built
        self.revenue.file += sum(one.revenue for one in kept)
        if self.seen.placeholders:
            for one in kept:
                self._count_placeholders(one.rows)
        base = orders_queries.sums_of({(one.new.shop_id, one.new.number) for one in kept})
        self.receipts.base += base.receipts
        self.lines.base += base.lines
        self.revenue.base += units(base.revenue)

    def _count_placeholders(self, rows: list[Row]) -> None:
        place = self.at["product"] or 0
        self.seen.lines_of_placeholders += sum(row.cells[place] in self.seen.placeholders for row in rows)

    def _reject(self, rows: list[Row], bad: "BadRow") -> None:
        self.receipts.rejected += 1
        self.lines.rejected += len(rows)
        for row in rows:
            revenue = self.goods.revenue(row)
            self.revenue.file += revenue
            self.revenue.rejected += revenue
            if row.number == bad.row.number:
                self.run.reject(row, bad.column, bad.why)
            else:
                self.run.reject(row, "", Unreadable("with_rejected", row=bad.row.number))

    def absorb(self, tally: dict[str, Any], seen: Seen) -> None:
        """Add what the second process has done."""
        self.run.absorb(tally)
        self.seen.add(seen)

    def finish(self) -> None:
        """Write the returns whose originals came after them, and sum up."""
        run, seen = self.run, self.seen
        for start in range(0, len(seen.waiting), RECEIPTS_OF_A_BATCH):
            self.write(seen.waiting[start : start + RECEIPTS_OF_A_BATCH], may_wait=False)
        damaged = run.rejected - self.lines.rejected  # rows that could not even be told apart
        self.lines.file += damaged
        self.lines.rejected += damaged
        if seen.placeholders:
            run.note("placeholders", count=len(seen.placeholders), lines=seen.lines_of_placeholders)
        if seen.repeated:
            run.note("repeated_rows", count=seen.repeated)
        if seen.anonymous:
            run.note("without_customer", count=seen.anonymous)
        if seen.lost:
            run.note("unknown_cards", count=seen.lost_receipts, cards=len(seen.lost))


class _Built(NamedTuple):
    """A receipt ready to be written, the rows it was made of, its revenue in signed ten-thousandths."""

    rows: list[Row]
    new: NewReceipt
    weighed: orders.Weighed | orders.Wrong
    revenue: int


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
