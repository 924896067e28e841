"""Everything others may ask of the books."""

from prilavok.ledger.queries.balances import (
    TrialLine,
    balance,
    balances,
    is_posted,
    of_unit,
    of_units,
    statement,
    trial_balance,
)
from prilavok.ledger.queries.faults import (
    lots_that_differ,
    open_transactions,
    open_units,
    overdrawn,
    overdue,
)
from prilavok.ledger.queries.liability import (
    Flows,
    Liability,
    Outstanding,
    flows,
    liability,
    liability_by_month,
    outstanding,
    owed,
)
from prilavok.ledger.queries.sources import Became, became_of, became_of_grants
from prilavok.ledger.queries.statements import Statement, StatementLine, moved_since, wallet_statement
from prilavok.ledger.queries.wallets import WalletBalance, lots_of, wallet_balances

__all__ = [
    "Became",
    "Flows",
    "Liability",
    "Outstanding",
    "Statement",
    "StatementLine",
    "TrialLine",
    "WalletBalance",
    "balance",
    "balances",
    "became_of",
    "became_of_grants",
    "flows",
    "is_posted",
    "liability",
    "liability_by_month",
    "lots_of",
    "lots_that_differ",
    "moved_since",
    "of_unit",
    "of_units",
    "open_transactions",
    "open_units",
    "outstanding",
    "overdrawn",
    "overdue",
    "owed",
    "statement",
    "trial_balance",
    "wallet_balances",
    "wallet_statement",
]
