"""Everything that can be done with coupons."""

from prilavok.loyalty.actions.codes import add_code, issue, make_codes, order_codes
from prilavok.loyalty.actions.history import load_redemptions, load_series
from prilavok.loyalty.actions.redemptions import use_on_receipt
from prilavok.loyalty.actions.series import close_series, create_series, reopen_series

__all__ = [
    "add_code",
    "close_series",
    "create_series",
    "issue",
    "load_redemptions",
    "load_series",
    "make_codes",
    "order_codes",
    "reopen_series",
    "use_on_receipt",
]
