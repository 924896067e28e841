"""Everything that can be done with the books: post, and move what has lots.

Rights are the caller's: the domain that owns the accounts decides who may move them. It also tells of it.
"""

from prilavok.ledger.actions.posting import Posting, post, post_back, post_many
from prilavok.ledger.actions.settling import keep_up, release_overdue, settle_due
from prilavok.ledger.actions.wallets import carry_out
from prilavok.ledger.moves import (
    Confirm,
    GiveBack,
    Grant,
    Move,
    Moved,
    Release,
    Reserve,
    Spend,
    TakeBack,
    Transfer,
)
from prilavok.ledger.problems import AlreadyClosed, BadAmount, DoesNotClose, NotEnough, UnknownCause
from prilavok.ledger.rules import ADJUSTED, Purse, Wallet

__all__ = [
    "ADJUSTED",
    "AlreadyClosed",
    "BadAmount",
    "Confirm",
    "DoesNotClose",
    "GiveBack",
    "Grant",
    "Move",
    "Moved",
    "NotEnough",
    "Posting",
    "Purse",
    "Release",
    "Reserve",
    "Spend",
    "TakeBack",
    "Transfer",
    "UnknownCause",
    "Wallet",
    "carry_out",
    "keep_up",
    "post",
    "post_back",
    "post_many",
    "release_overdue",
    "settle_due",
]
