"""Everything that can be done with receipts."""

from prilavok.orders.actions.history import load_receipts, weigh_lines, weigh_receipts
from prilavok.orders.actions.receipts import record_receipt, return_lines
from prilavok.orders.actions.returns import Back
from prilavok.orders.rules import Counted, Settled, Weighed, Wrong, count_line, settle_line, write_lines

__all__ = [
    "Back",
    "Counted",
    "Settled",
    "Weighed",
    "Wrong",
    "count_line",
    "load_receipts",
    "record_receipt",
    "return_lines",
    "settle_line",
    "weigh_lines",
    "weigh_receipts",
    "write_lines",
]
