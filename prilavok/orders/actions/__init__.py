"""Everything that can be done with receipts."""

from prilavok.orders.actions.history import load_receipts, weigh_lines, weigh_receipts
from prilavok.orders.actions.receipts import record_receipt, return_lines
from prilavok.orders.actions.returns import Back

__all__ = ["Back", "load_receipts", "record_receipt", "return_lines", "weigh_lines", "weigh_receipts"]
