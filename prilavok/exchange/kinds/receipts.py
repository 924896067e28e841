"""Receipts of the past, one row per line: the hot path of every migration.

A receipt is taken whole or not at all: one bad row rejects all its rows, so that sums never stand half.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext_lazy as _

from prilavok.catalog import actions as catalog
from prilavok.catalog import queries as catalog_queries
from prilavok.company import actions as company_actions
from prilavok.company import queries as company
from prilavok.company.actions import NewShop
from prilavok.customers import queries as customers
from prilavok.exchange.hands import hands
from prilavok.exchange.kinds import base, grouping
from prilavok.exchange.kinds.base import BadCell, Kind
from prilavok.exchange.kinds.grouping import Batch, Column
from prilavok.exchange.kinds.lines import BadRow, Lines
from prilavok.exchange.rules.dates import read_moment
from prilavok.exchange.rules.words import read_code
from prilavok.exchange.run import Run, units
from prilavok.kernel.sheets import Row
from prilavok.kernel.unreadable import Unreadable
from prilavok.orders import actions as orders
from prilavok.orders import queries as orders_queries
from prilavok.orders.ports import LoadResult, NewReceipt, NewRole

RECEIPTS_OF_A_BATCH = 2_000
LINES_OF_A_BATCH = 12_000
CLOCKS_DIFFER = timedelta(minutes=10)

HEAD = ("receipt", "shop", "paid_at", "card", "till", "kind", "returns")
"""What is the receipt's own: all its rows say the same."""
KIND = HEAD.index("kind")
BUYER = "buyer"
ROLES = (BUYER, "payer", "recipient", "holder", "beneficiary")
"""Columns that name a customer by anything they are known by; the receipt's own too, where the file has them."""
SALES = {"", "sale", "продажа", "приход", "чек"}
RETURNS = {"return", "возврат", "возврат прихода", "refund"}


def load(run: Run) -> None:
    """Load all receipts of the file batch by batch, each in one short transaction of its own."""
    loader = Loader(run)
    with hands(run.sheet.path) as both:
        for batch in loader.batches():
            loader.learn(batch)
            if built := loader.build(batch):
                both.give(partial(loader.write, built), partial(loader.book, built))
            run.progress(run)
    loader.finish()


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


class Loader:
    """Knows the shops and cards, builds receipts of rows, and books what became of them."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.seen = Seen()
        self.cards: dict[str, int] = {}
        self.named: dict[str, list[int]] = {}  # whom the cells of roles may mean
        self.heads: dict[int, int] = {}
        self.shops = {shop.code: (shop.pk, ZoneInfo(shop.timezone)) for shop in company.shops(run.by)}
        self.currency = company.company().currency
        place = run.mapping.get
        self.at = {column.key: place(column.key) for column in RECEIPTS.columns}
        self.roles = tuple(role for role in ROLES if self.at[role] is not None)
        self.head = (*HEAD, *self.roles)
        self.goods = Lines(self.at, catalog_queries.all_product_refs())
        self._latest = run.at + CLOCKS_DIFFER
        self.revenue = run.account("revenue", is_money=True)
        self.receipts = run.account("receipts")
        self.lines = run.account("lines")

    # ── The file ─────────────────────────────────────────────────────────────────────────────────────────

    def batches(self) -> Iterator[Batch]:
        places = self.at["receipt"] or 0, self.at["shop"] or 0
        tidy = grouping.is_tidy(self.run, *places)
        return grouping.batches(
            self.run, *places, tidy=tidy, receipts=RECEIPTS_OF_A_BATCH, lines=LINES_OF_A_BATCH
        )

    def build(self, batch: Batch) -> "list[_Built]":
        """The batch's receipts, weighed; what can't be read is rejected. Asks no database.

        Tidy receipts are read column by column, which is several times quicker; where anything is odd, the receipt
        is read again row by row, which finds what and where.
        """
        built: list[_Built] = []
        self.receipts.file += len(batch.starts)
        for rows, one in zip(batch.receipts(), self.tidy(batch), strict=True):
            try:
                one = one or self.careful(self._once(rows))
                built.append(one)
                self.lines.file += len(one.rows)
            except BadRow as bad:
                self.lines.file += len(rows)
                self._reject(rows, bad)
        return built

    def tidy(self, batch: Batch) -> "list[_Built | None]":
        """Sales of which every cell is as it should be; None for each other receipt."""
        good, lines = self.goods.columns(batch)
        odd = self._odd(batch, good)
        heads = zip(*[self._column(batch, key).at(batch.starts) for key in self.head], strict=True)
        coupons = self._column(batch, "coupons")
        placeholders = self._placeholders(batch)
        found: list[_Built | None] = []
        for place, (rows, head) in enumerate(zip(batch.receipts(), heads, strict=True)):
            try:
                if odd[place] or head[KIND].strip().lower() not in SALES:
                    raise BadCell("", Unreadable("odd"))
                new = self._head(head, coupons[rows.start : rows.end] if coupons.values != [""] else ())
            except BadCell:
                found.append(None)
                continue
            own = lines[place]
            weighed = orders.weigh_lines(new, own)
            found.append(_Built(rows, new, weighed, own.paid + own.reimbursed, placeholders[place]))
        return found

    def _placeholders(self, batch: Batch) -> list[int]:
        """How many lines of each receipt name goods that only this file knows."""
        products = self._column(batch, "product")
        unknown = np.array([text in self.seen.placeholders for text in products.values], np.int64)
        return np.add.reduceat(unknown[products.codes], batch.starts).tolist()  # type: ignore[no-any-return]

    def _column(self, batch: Batch, key: str) -> Column[str]:
        place = self.at[key]
        return batch.columns[place] if place is not None else batch.blank()

    def _odd(self, batch: Batch, good: "npt.NDArray[np.bool_]") -> list[bool]:
        """Whether a receipt has lines that can't be read by columns, that differ in what is the receipt's own, or
        that bear the same number.
        """
        odd = ~good
        inside = np.ones(len(batch), bool)
        inside[batch.starts] = False
        for key in self.head:
            odd[1:] |= inside[1:] & self._column(batch, key).changes()
        if self.at["line"] is not None:
            numbers = self._column(batch, "line")
            receipts = np.cumsum(~inside) - 1
            numbered = receipts * len(numbers.values) + numbers.codes
            order = np.argsort(numbered, kind="stable")
            odd[order[1:][np.diff(numbered[order]) == 0]] = True
        return np.logical_or.reduceat(odd, batch.starts).tolist()  # type: ignore[no-any-return]

    def learn(self, batch: Batch) -> None:
        """Make sure that goods, cards and shops of the batch are known before it is built."""
        products = self.goods.products
        unknown = set(self._column(batch, "product").values) - products.keys()
        fresh = [code for text in unknown if (code := _code_or_none(text)) and code not in products]
        if fresh:
            products.update(catalog.add_placeholders(fresh, by=self.run.by, at=self.run.at))
            self.seen.placeholders.update(fresh)
        for text in unknown:
            if (code := _code_or_none(text)) and text != code:
                products[text] = products[code]
        cards = {text.strip() for text in self._column(batch, "card").values} - self.cards.keys() - {""}
        self.cards |= customers.profile_ids_by_identifier("card", cards, claimed=True) if cards else {}
        self._learn_roles(batch)
        if self.run.options.get("add_shops"):
            self._add_shops({text.strip() for text in self._column(batch, "shop").values})

    def _learn_roles(self, batch: Batch) -> None:
        cells = {text.strip() for role in self.roles for text in self._column(batch, role).values}
        unknown = cells - self.named.keys() - {""}
        if unknown:
            self.named |= customers.profiles_named(unknown)
        if BUYER in self.roles:
            buyers = {whom[0] for text in cells if (whom := self.named.get(text))}
            cards = {
                self.cards[text]
                for cell in self._column(batch, "card").values
                if (text := cell.strip()) in self.cards
            }
            self.heads |= customers.heads_of(buyers | cards)

    def _add_shops(self, named: set[str]) -> None:
        codes = named - self.shops.keys() - {""}
        if not codes:
            return
        rows = [NewShop(code=code, name=code) for code in codes if _code_or_none(code)]
        added = company_actions.add_shops(rows, by=self.run.by, at=self.run.at, live=False)
        self.shops |= {shop.code: (shop.pk, ZoneInfo(shop.timezone)) for shop in added.values()}
        self.run.note("shops_added", count=len(added))

    # ── One receipt ──────────────────────────────────────────────────────────────────────────────────────

    def _once(self, rows: Sequence[Row]) -> Sequence[Row]:
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

    def careful(self, rows: Sequence[Row]) -> "_Built":
        """A receipt read row by row. Raises BadRow."""
        heads = [[self._cell(row, key) for key in self.head] for row in rows]
        lines, revenue = [], 0
        for row, head in zip(rows, heads, strict=True):
            if head != heads[0]:
                raise BadRow(row, "", Unreadable("header_differs"))
            line, received = self.goods.line(row)
            lines.append(line)
            revenue += received
        try:
            new = self._head(heads[0], [self._cell(row, "coupons") for row in rows])
        except BadCell as bad:
            raise BadRow(rows[0], bad.column, bad.why) from None
        new.lines = lines
        (weighed,) = orders.weigh_receipts([new])
        placeholders = sum(self._cell(row, "product") in self.seen.placeholders for row in rows)
        return _Built(rows, new, weighed, -revenue if new.kind == "return" else revenue, placeholders)

    def _cell(self, row: Row, key: str) -> str:
        place = self.at[key]
        return row.cells[place] if place is not None else ""

    def _head(self, head: Sequence[str], coupons: Sequence[str]) -> NewReceipt:
        """The receipt without its lines, from the cells of its head. Raises BadCell."""
        number, shop, moment, card, till, kind, returns = map(str.strip, head[: len(HEAD)])
        told = {role: text.strip() for role, text in zip(self.roles, head[len(HEAD) :], strict=True)}
        number = _number(number)
        if shop not in self.shops:
            why = Unreadable("unknown_shop", value=shop[:40]) if shop else Unreadable("missing")
            raise BadCell("shop", why)
        shop_id, zone = self.shops[shop]
        kind = _kind(kind)
        return NewReceipt(
            number=number,
            shop_id=shop_id,
            paid_at=self._moment(moment, zone),
            currency=self.currency,
            lines=[],
            till_code=till[:60],
            kind=kind,
            coupons=" ".join(coupons).split(),
            returns_number=_original(returns, kind) if returns else "",
            profile_id=self._customer(card, told.pop(BUYER, "")),
            roles=tuple(NewRole(role, self._in_role(role, text)) for role, text in told.items() if text),
        )

    def _moment(self, text: str, zone: ZoneInfo) -> datetime:
        try:
            if not text:
                raise Unreadable("missing")
            found = _fast_moment(text) or read_moment(text, latest=self.run.at)
            if orders.before_tills(found):
                raise Unreadable("before_tills")
            found = (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
            if found > self._latest:
                raise Unreadable("future", value=text[:40])
        except Unreadable as why:
            raise BadCell("paid_at", why) from None
        return found

    def _customer(self, card: str, buyer: str = "") -> int | None:
        """The buyer by card, else by whatever the file names them by; both must mean one person."""
        if not card and not buyer:
            self.seen.anonymous += 1
            return None
        lenient = self.run.options.get("unknown_cards") == "anonymous"
        by_card = self.cards.get(card)
        if card and by_card is None and not lenient:
            raise BadCell("card", Unreadable("unknown_card", value=card[:40]))
        by_name = self._in_role(BUYER, buyer) if buyer in self.named or (buyer and not lenient) else None
        if by_card and by_name and self.heads[by_card] != self.heads[by_name]:
            raise BadCell(BUYER, Unreadable("other_buyer", value=buyer[:40]))
        profile_id = by_card or by_name
        if profile_id is None:
            self.seen.lost.add(card or buyer)
            self.seen.lost_receipts += 1
        return profile_id

    def _in_role(self, role: str, text: str) -> int:
        whom = self.named.get(text, [])
        if len(whom) != 1:
            code = "several_customers" if whom else "unknown_customer"
            raise BadCell(role, Unreadable(code, value=text[:40]))
        return whom[0]

    # ── What became of them ──────────────────────────────────────────────────────────────────────────────

    def write(self, built: "list[_Built]") -> tuple[LoadResult, orders_queries.Sums]:
        """Write the receipts, and read back what the base has of them. May be done by another hand."""
        result = orders.load_receipts(
            [one.new for one in built], weighed=[one.weighed for one in built], by=self.run.by
        )
        refused = dict(result.conflicts)
        kept = {(one.new.shop_id, one.new.number) for n, one in enumerate(built) if n not in refused}
        return result, orders_queries.sums_of(kept)

    def book(
        self,
        built: "list[_Built]",
        written: tuple[LoadResult, orders_queries.Sums],
        *,
        may_wait: bool = True,
    ) -> None:
        """Book what became of the receipts."""
        result, base = written
        self.run.loaded += result.loaded
        self.run.unchanged += result.unchanged
        for index, reason in result.conflicts:
            one = built[index]
            if reason == "original_unknown" and may_wait and one.new.returns_number:
                self.seen.waiting.append(one)  # it may stand further on in the file
            else:
                self._reject(one.rows, BadRow(one.rows[0], "", Unreadable(reason)))
        refused = dict(result.conflicts)
        kept = [one for index, one in enumerate(built) if index not in refused]
        self.revenue.file += sum(one.revenue for one in kept)
        self.seen.lines_of_placeholders += sum(one.placeholders for one in kept)
        self.receipts.base += base.receipts
        self.lines.base += base.lines
        self.revenue.base += units(base.revenue)

    def _reject(self, rows: Sequence[Row], bad: "BadRow") -> None:
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

    def finish(self) -> None:
        """Write the returns whose originals came after them, and sum up."""
        run, seen = self.run, self.seen
        for start in range(0, len(seen.waiting), RECEIPTS_OF_A_BATCH):
            late = seen.waiting[start : start + RECEIPTS_OF_A_BATCH]
            self.book(late, self.write(late), may_wait=False)
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
    """A receipt ready to be written, the rows it was made of, its revenue in signed ten-thousandths, and how many of
    its lines name goods that only this file knows.
    """

    rows: Sequence[Row]
    new: NewReceipt
    weighed: orders.Weighed | orders.Wrong
    revenue: int
    placeholders: int


def _number(text: str) -> str:
    try:
        number = read_code(text, longest=64)
    except Unreadable as why:
        raise BadCell("receipt", why) from None
    if not number:
        raise BadCell("receipt", Unreadable("missing"))
    return number


def _kind(text: str) -> str:
    if text.lower() in SALES:
        return "sale"
    if text.lower() in RETURNS:
        return "return"
    raise BadCell("kind", Unreadable("unknown_kind", value=text.lower()[:40]))


def _original(text: str, kind: str) -> str:
    """The number of the receipt that a return takes back, in the same shop."""
    try:
        number = read_code(text, longest=64)
    except Unreadable as why:
        raise BadCell("returns", why) from None
    if kind != "return":
        raise BadCell("returns", Unreadable("sale_returns_nothing"))
    return number


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


_ANY = _(
    "By a card, a key, a phone, an e-mail, an INN or the customer's number; “kind:value” names the kind."
)
_ROLE_COLUMNS = (
    base.Column(BUYER, _("Buyer"), ("покупатель", "номер клиента", "customer's number"), hint=_ANY),
    base.Column("payer", _("Payer"), ("плательщик",), hint=_ANY),
    base.Column("recipient", _("Recipient"), ("получатель",), hint=_ANY),
    base.Column("holder", _("Card holder"), ("держатель карты", "владелец карты", "card holder"), hint=_ANY),
    base.Column("beneficiary", _("Beneficiary"), ("выгодоприобретатель", "бенефициар"), hint=_ANY),
)

RECEIPTS = Kind(
    key="receipts",
    label=_("Receipts"),
    permission="orders.load",
    load=load,
    options=("add_shops", "unknown_cards"),
    counted=_("receipts"),
    always=(
        base.Column(
            "receipt",
            _("Receipt number"),
            ("чек", "номер чека", "№ чека", "документ", "receipt number"),
            required=True,
        ),
        base.Column("shop", _("Shop’s code"), ("магазин", "код магазина", "store"), required=True),
        base.Column(
            "paid_at", _("Paid at"), ("дата", "дата и время", "дата чека", "время", "date"), required=True
        ),
        base.Column("till", _("Till"), ("касса", "номер кассы", "ккм")),
        base.Column("card", _("Card number"), ("карта", "номер карты", "клиент", "card number")),
        *_ROLE_COLUMNS,
        base.Column("kind", _("Kind"), ("вид", "тип", "операция", "type")),
        base.Column(
            "returns",
            _("Original receipt of a return"),
            ("возврат чека", "чек продажи", "исходный чек", "returns number", "original receipt"),
        ),
        base.Column("line", _("Line number"), ("строка", "номер строки", "№ строки")),
        base.Column("product", _("Product’s code"), ("товар", "артикул", "код товара", "sku"), required=True),
        base.Column("quantity", _("Quantity"), ("количество", "кол во", "кол-во", "qty")),
        base.Column("unit", _("Unit"), ("единица", "ед", "ед изм")),
        base.Column("revenue", _("Revenue"), ("выручка", "сумма", "стоимость", "amount", "sales value")),
        base.Column("gross", _("List price"), ("сумма без скидки", "сумма до скидки", "gross")),
        base.Column("paid", _("Paid"), ("оплачено", "к оплате", "paid")),
        base.Column("card_discount", _("Discount by card"), ("скидка по карте", "card discount")),
        base.Column("manufacturer_coupon", _("Manufacturer’s coupon"), ("купон производителя",)),
        base.Column("shop_coupon", _("Shop’s coupon"), ("купон магазина",)),
        base.Column("discount", _("Other discounts"), ("скидка", "сумма скидки", "discount")),
        base.Column("coupons", _("Coupon codes"), ("купоны", "промокоды", "промокод", "coupon codes")),
    ),
)
