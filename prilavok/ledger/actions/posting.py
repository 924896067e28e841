"""Post transactions: amounts that move together because of one cause, and close."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from prilavok.kernel import prepared
from prilavok.kernel.actors import Actor
from prilavok.kernel.ids import uuid7
from prilavok.ledger.models import Account, Transaction
from prilavok.ledger.problems import DoesNotClose, NotEnough
from prilavok.ledger.rules import ZERO, Purse


@dataclass(frozen=True, slots=True)
class Posting:
    """Amounts that move together because of `cause`; they add up to zero in each unit."""

    cause: UUID
    reason: str
    amounts: Sequence[tuple[Purse, Decimal]]


@dataclass(frozen=True, slots=True)
class Heading:
    """What a transaction is before its entries: why it is made, and which earlier one it corrects."""

    cause: UUID
    reason: str
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An entry to be written: on this account, of this lot."""

    transaction: int
    account: int
    amount: Decimal
    lot: int | None = None


def post(posting: Posting, *, by: Actor, at: datetime) -> bool:
    """Post one transaction; whether it is new. Raises NotEnough, DoesNotClose; moves nothing then."""
    return post_many([posting], by=by, at=at) == 1


@transaction.atomic
def post_many(postings: Iterable[Posting], *, by: Actor, at: datetime) -> int:
    """Post transactions, all or none, in a fixed number of statements; how many were new.

    A cause that is known already moves nothing. Raises NotEnough, DoesNotClose.
    """
    wanted = {posting.cause: posting for posting in postings}
    if not all(posting.amounts for posting in wanted.values()):
        raise DoesNotClose
    must_close((one.cause, purse, amount) for one in wanted.values() for purse, amount in one.amounts)
    numbers = write_transactions([Heading(one.cause, one.reason) for one in wanted.values()], by, at)
    fresh = [(number, wanted[cause]) for cause, number in numbers.items()]
    if not fresh:
        return 0
    accounts = open_accounts({purse for _, posting in fresh for purse, _ in posting.amounts})
    lines = [
        Line(number, accounts[purse], amount)
        for number, posting in fresh
        for purse, amount in posting.amounts
        if amount
    ]
    free = {accounts[purse] for purse in accounts if purse.may_owe}
    spent = {line.account for line in lines if line.amount < 0} - free
    lock_accounts(spent)
    write_lines(lines)
    _must_not_owe(spent)
    return len(fresh)


def must_close(lines: Iterable[tuple[UUID, Purse, Decimal]]) -> None:
    """By cause and unit the amounts add up to zero. Raises DoesNotClose."""
    rest: dict[tuple[UUID, str], Decimal] = {}
    for cause, purse, amount in lines:
        rest[cause, purse.unit] = rest.get((cause, purse.unit), ZERO) + amount
    if any(rest.values()):
        raise DoesNotClose


_TRANSACTIONS = """
    INSERT INTO ledger_transaction (public_id, cause, reason, corrects_id, at, by_kind, by_id)
    SELECT public_id, cause, reason, corrects, %s::timestamptz, %s::text, %s::bigint
    FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bigint[]) AS new (public_id, cause, reason, corrects)
    ORDER BY cause
    ON CONFLICT (cause) DO NOTHING RETURNING cause, id"""


def write_transactions(headings: Sequence[Heading], by: Actor, at: datetime) -> dict[UUID, int]:
    """Numbers of the transactions whose cause was not known."""
    return dict(ask_transactions(headings, by, at).rows())


def ask_transactions(headings: Sequence[Heading], by: Actor, at: datetime) -> prepared.Asked:
    """The same, not waited for: causes with their numbers."""
    columns: list[list[Any]] = [
        [uuid7() for _ in headings],
        [one.cause for one in headings],
        [one.reason for one in headings],
        [one.corrects for one in headings],
    ]
    return prepared.ask(_TRANSACTIONS, [at, by.kind, by.id, *columns])


def open_accounts(purses: Collection[Purse]) -> dict[Purse, int]:
    """The accounts' ids; those used for the first time are opened."""
    found = found_accounts(purses, ask_accounts(purses)) if purses else {}
    if missing := [purse for purse in purses if purse not in found]:
        prepared.write(
            "INSERT INTO ledger_account (owner_kind, owner_id, kind, unit, may_owe)"
            " SELECT * FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::boolean[])"
            " ON CONFLICT DO NOTHING",
            columns_of(missing),
        )
        found |= found_accounts(missing, ask_accounts(missing))
    return found


_ACCOUNTS = """
    FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[]) AS k (owner_kind, owner_id, kind, unit),
    LATERAL (SELECT * FROM ledger_account o WHERE o.owner_kind = k.owner_kind AND o.owner_id = k.owner_id
             AND o.unit = k.unit AND o.kind = k.kind LIMIT 1) a"""
THESE_ACCOUNTS = f"ARRAY(SELECT a.id {_ACCOUNTS})"
_FIND = f"SELECT a.owner_kind, a.owner_id, a.kind, a.unit, a.id {_ACCOUNTS}"


def ask_accounts(purses: Iterable[Purse]) -> prepared.Asked:
    """Accounts of these purses, as far as there are any, for `found_accounts`."""
    return prepared.ask(_FIND, columns_of(purses)[:4])


def found_accounts(purses: Iterable[Purse], asked: prepared.Asked) -> dict[Purse, int]:
    found = {tuple(row[:4]): row[4] for row in asked.rows()}
    keys = {purse: (purse.owner_kind, purse.owner_id, purse.kind, purse.unit) for purse in purses}
    return {purse: found[key] for purse, key in keys.items() if key in found}


def columns_of(purses: Iterable[Purse]) -> list[list[Any]]:
    """The purses column by column, in an order that all keep."""
    rows = sorted((p.owner_kind, p.owner_id, p.kind, p.unit, p.may_owe) for p in purses)
    return [list(column) for column in zip(*rows, strict=True)] or [[], [], [], [], []]


def lock_accounts(accounts: Collection[int]) -> None:
    """Two tills, one purse: the second waits, in an order that all keep. Readers and foreign keys don't."""
    if accounts:
        prepared.write(
            "SELECT id FROM ledger_account WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE",
            [list(accounts)],
        )


def write_lines(lines: Sequence[Line]) -> None:
    """Write entries by one statement, so that the database sees whether they close."""
    columns: list[list[Any]] = [
        [line.transaction for line in lines],
        [line.account for line in lines],
        [line.lot for line in lines],
        [line.amount for line in lines],
    ]
    prepared.write(
        "INSERT INTO ledger_entry (transaction_id, account_id, lot_id, amount)"
        " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[])",
        columns,
    )


def _must_not_owe(accounts: Collection[int]) -> None:
    if not accounts:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM ledger_entry WHERE account_id = ANY(%s) GROUP BY account_id HAVING sum(amount) < 0",
            [list(accounts)],
        )
        if cursor.fetchone():
            raise NotEnough


def post_back(cause_of: UUID, *, cause: UUID, reason: str, by: Actor, at: datetime) -> bool:
    """Post the opposite of an earlier transaction; whether it is new. Raises NotEnough, Transaction.DoesNotExist."""
    posted = Transaction.objects.get(cause=cause_of)
    amounts = [
        (_purse(entry.account), -entry.amount)
        for entry in posted.entries.select_related("account").order_by("pk")
    ]
    return post(Posting(cause, reason, amounts), by=by, at=at)


def _purse(account: Account) -> Purse:
    return Purse(account.owner_kind, account.owner_id, account.kind, account.unit, account.may_owe)
