"""Receipts that are read column by column are what reading them row by row makes of them."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prilavok.company.models import Shop
from prilavok.exchange.kinds import KINDS
from prilavok.exchange.kinds.lines import BadRow
from prilavok.exchange.kinds.receipts import Loader
from prilavok.exchange.run import Run
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.sheets import look
from tests.cast import NOON

HEADER = "receipt,shop,paid_at,card,kind,line,product,quantity,unit,revenue,card_discount,manufacturer_coupon,coupons"
SUMS = ("", "0", "1.5", "1 234,50", "0.00001", "-3", "twelve", "12.3456", "999999999999")
CELLS = {
    "shop": ("LENINA", "LENINA", "LENINA", "nowhere"),
    "paid_at": ("2026-03-01 10:15:00", "01.03.2026 10:15", "2026-03-01 10:15:00", "2099-01-01", "when"),
    "card": ("", "", "unknown"),
    "kind": ("", "sale", "возврат", "gift"),
    "line": ("1", "2", "3"),
    "product": ("P1", "P2", " P1 ", ""),
    "quantity": ("1", "", "0,750", "-1", "many", "1.23456"),
    "unit": ("", "шт", "kg"),
    "revenue": SUMS,
    "card_discount": SUMS,
    "manufacturer_coupon": SUMS,
    "coupons": ("", "", "SPRING", "A B"),
}
USUAL = {key: texts[0] for key, texts in CELLS.items()}
rows = st.builds(
    lambda odd, line, revenue: {**USUAL, "line": line, "revenue": revenue, **odd},
    st.dictionaries(st.sampled_from(sorted(CELLS)), st.integers(0, 8), max_size=3).map(
        lambda odd: {key: CELLS[key][place % len(CELLS[key])] for key, place in odd.items()}
    ),
    st.integers(1, 9).map(str),
    st.decimals(0, 9999, places=2).map(str),
)


@pytest.mark.django_db
@settings(
    max_examples=settings().max_examples
    * 3
    // 2,  # many kinds of cells: more cases than a property usually gets
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(baskets=st.lists(st.lists(rows, min_size=1, max_size=4), min_size=1, max_size=6))
def test_whatever_the_cells_hold(
    goods: None, shop_on_lenina: Shop, tmp_path: Path, baskets: list[list[dict[str, str]]]
) -> None:
    path = tmp_path / "receipts.csv"
    names = HEADER.split(",")
    lines = [
        ",".join([str(number), *(f'"{row[name]}"' for name in names[1:])]).replace(
            "LENINA", shop_on_lenina.code
        )
        for number, basket in enumerate(baskets)
        for row in basket
    ]
    path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
    sheet = look(path)
    places = {key: sheet.header.index(key) for key in KINDS["receipts"].guess(sheet.header)}
    run = Run(sheet, places, {}, SYSTEM, NOON, tmp_path / "rejects", lambda run: None)
    loader = Loader(run)
    (batch,) = loader.batches()
    loader.learn(batch)

    for basket, tidy in zip(batch.receipts(), loader.tidy(batch), strict=True):
        try:
            careful = loader.careful(basket)
        except BadRow:
            assert tidy is None
            continue
        if tidy is not None:
            assert tidy == careful._replace(new=replace(careful.new, lines=[]))
