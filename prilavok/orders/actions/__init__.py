"""Everything that can be done with receipts."""

from prilavok.orders.actions.history import load_receipts, weigh_lines, weigh_receipts
from prilavok.orders.actions.looks import note_recipients
from prilavok.orders.actions.margins import cost_changed, reckon_margins
from prilavok.orders.actions.receipts import record_once, record_receipt, return_lines
from prilavok.orders.actions.returns import Back, all_that_is_left, priced, still_sold
from prilavok.orders.actions.roles import forget
from prilavok.orders.rules import (
    Counted,
    Lines,
    Settled,
    Weighed,
    Wrong,
    before_tills,
    count_line,
    lay_out,
    settle_line,
)

__all__ = [
    "Back",
    "Counted",
    "Lines",
    "Settled",
    "Weighed",
    "Wrong",
    "all_that_is_left",
    "before_tills",
    "cost_changed",
    "count_line",
    "forget",
    "lay_out",
    "load_receipts",
    "note_recipients",
    "priced",
    "reckon_margins",
    "record_once",
    "record_receipt",
    "return_lines",
    "settle_line",
    "still_sold",
    "weigh_lines",
    "weigh_receipts",
]
