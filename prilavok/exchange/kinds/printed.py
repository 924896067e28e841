"""What a printer made: numbers of cards for the stock, codes of a series of coupons."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from prilavok.exchange.kinds.base import Cells, Column, Kind, batches
from prilavok.exchange.rules.words import read_code
from prilavok.exchange.run import Run
from prilavok.kernel.sheets import Row
from prilavok.kernel.unreadable import Unreadable
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty.ports import Loaded, NewCode, NewNumber

code = partial(read_code, longest=64)
# Reasons that are the first cell's fault, not the number's.
OF_GROUP = {"unknown_card_kind", "unknown_series", "series_closed", "personal_series"}


def _load(
    run: Run, group: str, item: str, new: Callable[[str, str], Any], load: Callable[..., Loaded]
) -> None:
    """Rows of two cells: what it belongs to, and the number or code."""
    cells, books = Cells(run), run.account("rows")

    def build(row: Row) -> Any:
        return new(cells.value(row, group, code, required=True), cells.value(row, item, code, required=True))

    for rows, found in batches(run, build):
        loaded = load(found, by=run.by, at=run.at)
        run.loaded += loaded.loaded
        run.unchanged += loaded.unchanged
        books.base += loaded.loaded + loaded.unchanged
        _reject(run, rows, loaded, group, item, cells)
        run.progress(run)
    books.file, books.rejected = run.rows, run.rejected


def _reject(run: Run, rows: Sequence[Row], loaded: Loaded, group: str, item: str, cells: Cells) -> None:
    for place, reason in loaded.conflicts:
        column = group if reason in OF_GROUP else item
        run.reject(rows[place], column, Unreadable(reason, value=cells.text(rows[place], column)))


CARDS = Kind(
    key="cards",
    label=_("Cards for the stock"),
    permission="loyalty.programme",
    load=lambda run: _load(run, "kind", "number", NewNumber, loyalty.load_numbers),
    about=_("Numbers of cards that were printed: they are issued to customers later."),
    always=(
        Column(
            "kind",
            _("Code of the kind of cards"),
            ("вид", "вид карты", "код вида", "card kind"),
            required=True,
        ),
        Column(
            "number",
            _("Card number"),
            ("номер", "номер карты", "карта", "card", "card number"),
            required=True,
        ),
    ),
)

CODES = Kind(
    key="coupon_codes",
    label=_("Codes of coupons"),
    permission="loyalty.load",
    to_see_rows="loyalty.export",
    load=lambda run: _load(run, "series", "code", NewCode, loyalty.load_codes),
    about=_("Codes that were printed elsewhere, for series that whoever holds a code may use."),
    always=(
        Column("series", _("Code of the series"), ("серия", "код серии", "купон"), required=True),
        Column(
            "code", _("Code"), ("код", "код купона", "coupon code", "промокод", "promo code"), required=True
        ),
    ),
)
