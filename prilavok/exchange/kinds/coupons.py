"""Coupons of the past and their uses."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial

from django.utils.translation import gettext_lazy as _

from prilavok.catalog import actions as catalog
from prilavok.catalog import queries as catalog_queries
from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.exchange.kinds.base import BadCell, Cells, Column, Kind, batches
from prilavok.exchange.rules.dates import read_date
from prilavok.exchange.rules.words import read_code, read_text
from prilavok.exchange.run import Run
from prilavok.kernel.sheets import Row
from prilavok.kernel.unreadable import Unreadable
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty.ports import NewRedemption, NewSeries

code = partial(read_code, longest=30)
SERIES_OF_A_BATCH = 100
A_LONG_TIME = timedelta(days=3650)


@dataclass
class _Series:
    """What the rows of one coupon say together."""

    coupon: str
    campaign: str
    name: str
    starts: date | None
    ends: date | None
    rows: list[Row] = field(default_factory=list)
    products: dict[str, None] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return series_code(self.campaign, self.coupon)


def series_code(campaign: str, coupon: str) -> str:
    """The code of the series: one coupon may run in several campaigns.

    >>> series_code("13", "10000085207"), series_code("", "SUMMER")
    ('13-10000085207', 'SUMMER')
    """
    return f"{campaign}-{coupon}" if campaign else coupon


def load_coupons(run: Run) -> None:
    """One row per coupon and product: the rows of a coupon are one series."""
    cells, books = Cells(run), run.account("rows")
    seen: set[tuple[str, ...]] = set()
    found: dict[str, _Series] = {}
    for row in run.read():
        content = tuple(row.cells)
        if content in seen:
            run.unchanged += 1
            books.base += 1
            continue
        seen.add(content)
        try:
            _gather(cells, row, found)
        except BadCell as bad:
            run.reject(row, bad.column, bad.why)
    repeated = run.unchanged
    _placeholders(run, found)
    waiting = list(found.values())
    for start in range(0, len(waiting), SERIES_OF_A_BATCH):
        _write(run, waiting[start : start + SERIES_OF_A_BATCH])
        run.progress(run)
    if repeated:
        run.note("repeated_rows", count=repeated)
    books.file, books.rejected = run.rows, run.rejected


def _gather(cells: Cells, row: Row, found: dict[str, _Series]) -> None:
    far = cells.run.at.date() + A_LONG_TIME
    day = partial(read_date, latest=far)
    one = _Series(
        coupon=cells.value(row, "coupon", code, required=True),
        campaign=cells.value(row, "campaign", code, ""),
        name=cells.value(row, "name", read_text, ""),
        starts=_day(cells, row, "valid_from", day),
        ends=_day(cells, row, "valid_until", day),
    )
    if one.starts and one.ends and one.ends < one.starts:
        raise BadCell("valid_until", Unreadable("ends_before_start"))
    kept = found.setdefault(one.key, one)
    if (kept.starts, kept.ends) != (one.starts, one.ends):
        raise BadCell("valid_from", Unreadable("same_again_different", row=kept.rows[0].number))
    product = cells.value(row, "product", read_code, "")
    if product:
        kept.products[product] = None
    kept.rows.append(row)


def _day(cells: Cells, row: Row, key: str, read: partial[date]) -> date | None:
    text = cells.text(row, key)
    try:
        return read(text) if text else None
    except Unreadable as why:
        raise BadCell(key, why) from None


def _placeholders(run: Run, found: dict[str, _Series]) -> None:
    """Goods that coupons name and the catalogue lacks."""
    named = {product for one in found.values() for product in one.products}
    missing = named - catalog_queries.products_by_code(named).keys()
    if missing:
        catalog.add_placeholders(missing, by=run.by, at=run.at)
        lines = sum(product in missing for one in found.values() for product in one.products)
        run.note("placeholders", count=len(missing), lines=lines)


def _write(run: Run, some: list[_Series]) -> None:
    refs = catalog_queries.products_by_code({product for one in some for product in one.products})
    zone = company.zone()
    rows = [
        NewSeries(
            code=one.key,
            name=one.name or one.coupon,
            valid_from=datetime.combine(one.starts, time(), zone) if one.starts else run.at,
            valid_until=datetime.combine(one.ends + timedelta(days=1), time(), zone) if one.ends else None,
            common_code=one.coupon,
            product_ids=[refs[product].id for product in one.products],
        )
        for one in some
    ]
    loaded = loyalty.load_series(rows, by=run.by, at=run.at)
    refused = dict(loaded.conflicts)
    for index, one in enumerate(some):
        if index in refused:
            for row in one.rows:
                run.reject(row, "coupon", Unreadable(refused[index], value=one.coupon))
        else:
            run.books["rows"].base += len(one.rows)
    taken = sum(len(one.rows) for index, one in enumerate(some) if index not in refused)
    if loaded.loaded:
        run.loaded += taken
    else:
        run.unchanged += taken


def load_redemptions(run: Run) -> None:
    cells, books = Cells(run), run.account("redemptions")
    until_now = partial(read_date, latest=run.at.date())
    for rows, found in batches(
        run,
        lambda row: (
            cells.value(row, "card", read_code, required=True),
            series_code(
                cells.value(row, "campaign", code, ""), cells.value(row, "coupon", code, required=True)
            ),
            _required(_day(cells, row, "date", until_now)),
        ),
        size=2_000,
    ):
        profiles = customers.profile_ids_by_identifier("card", {one[0] for one in found}, claimed=True)
        kept = []
        for row, (card, series, on) in zip(rows, found, strict=True):
            if card in profiles:
                kept.append((row, NewRedemption(series_code=series, profile_id=profiles[card], day=on)))
            else:
                run.reject(row, "card", Unreadable("unknown_card", value=card))
        loaded = loyalty.load_redemptions([new for _row, new in kept], by=run.by, at=run.at)
        run.loaded += loaded.loaded
        run.unchanged += loaded.unchanged
        books.base += loaded.loaded + loaded.unchanged
        for index, reason in loaded.conflicts:
            why = "unknown_coupon" if reason == "unknown_series" else reason
            run.reject(kept[index][0], "coupon", Unreadable(why, value=kept[index][1].series_code))
        run.progress(run)
    books.file, books.rejected = run.rows, run.rejected


def _required(day: date | None) -> date:
    if day is None:
        raise BadCell("date", Unreadable("missing"))
    return day


COUPONS = Kind(
    key="coupons",
    label=_("Coupons"),
    permission="loyalty.load",
    load=load_coupons,
    always=(
        Column("coupon", _("Coupon"), ("купон", "код купона", "coupon code", "coupon upc"), required=True),
        Column("product", _("Product’s code"), ("товар", "артикул", "код товара", "sku")),
        Column("campaign", _("Campaign’s code"), ("кампания", "код кампании")),
        Column("name", _("Name"), ("название",)),
        Column("valid_from", _("Valid from"), ("действует с", "начало", "starts")),
        Column("valid_until", _("Valid until, included"), ("действует по", "конец", "ends")),
    ),
)

REDEMPTIONS = Kind(
    key="redemptions",
    label=_("Coupon redemptions"),
    permission="loyalty.load",
    load=load_redemptions,
    always=(
        Column("card", _("Card number"), ("карта", "номер карты", "card number"), required=True),
        Column("coupon", _("Coupon"), ("купон", "код купона"), required=True),
        Column("campaign", _("Campaign’s code"), ("кампания", "код кампании")),
        Column("date", _("Day"), ("дата", "день", "day"), required=True),
    ),
)
