"""Everything that can be done with the books: post.

Rights are the caller's: the domain that owns the accounts decides who may move them. It also tells of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.ids import uuid7
from prilavok.ledger.models import Account, Transaction


class NotEnough(Problem):
    """The account would fall below zero."""

    code = "not_enough"
    message = _("There is less on the account than that.")


class DoesNotClose(Problem):
    """The amounts of a transaction don't add up to zero."""

    code = "does_not_close"
    message = _("The amounts of a transaction must add up to zero in each unit.")


@dataclass(frozen=True, slots=True)
class Purse:
    """An account by what it is; it is opened when something is first posted to it. `may_owe`: it is a source."""

    owner_kind: str
    owner_id: int
    kind: str
    unit: str
    may_owe: bool = False


@dataclass(frozen=True, slots=True)
class Posting:
    """Amounts that move together because of `cause`; they add up to zero in each unit."""

    cause: UUID
    reason: str
    amounts: Sequence[tuple[Purse, Decimal]]


def post(posting: Posting, *, by: Actor, at: datetime) -> bool:
    """Post one transaction; whether it is new. Raises NotEnough, DoesNotClose; moves nothing then."""
    return post_many([posting], by=by, at=at) == 1


@transaction.atomic
def post_many(postings: Iterable[Posting], *, by: Actor, at: datetime) -> int:
    """Post transactions, all or none, in a fixed number of statements; how many were new.

    A cause that is known already moves nothing. Raises NotEnough, DoesNotClose.
    """
    wanted = {posting.cause: posting for posting in postings}
    for posting in wanted.values():
        _must_close(posting)
    numbers = _write_transactions(list(wanted.values()), by, at)
    fresh = [(number, wanted[cause]) for cause, number in numbers.items()]
    if not fresh:
        return 0
    purses = {purse for _, posting in fresh for purse, _ in posting.amounts}
    accounts = _open(purses)
    _lock_spent(fresh, accounts)
    _write_entries(fresh, accounts)
    _must_not_owe(fresh, accounts)
    return len(fresh)


def _must_close(posting: Posting) -> None:
    rest: dict[str, Decimal] = {}
    for purse, amount in posting.amounts:
        rest[purse.unit] = rest.get(purse.unit, Decimal(0)) + amount
    if not posting.amounts or any(rest.values()):
        raise DoesNotClose


def _write_transactions(postings: list[Posting], by: Actor, at: datetime) -> dict[UUID, int]:
    """Numbers of the transactions whose cause was not known."""
    sql = """
        INSERT INTO ledger_transaction (public_id, cause, reason, at, by_kind, by_id)
        SELECT public_id, cause, reason, %s, %s, %s
        FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS new (public_id, cause, reason)
        ORDER BY cause
        ON CONFLICT (cause) DO NOTHING RETURNING cause, id
    """
    ids, causes = [uuid7() for _ in postings], [posting.cause for posting in postings]
    reasons = [posting.reason for posting in postings]
    with connection.cursor() as cursor:
        cursor.execute(sql, [at, by.kind, by.id, ids, causes, reasons])
        return dict(cursor.fetchall())


def _open(purses: set[Purse]) -> dict[Purse, int]:
    """The accounts' ids; those used for the first time are opened."""
    rows = sorted((p.owner_kind, p.owner_id, p.kind, p.unit, p.may_owe) for p in purses)
    columns = [list(column) for column in zip(*rows, strict=True)]
    keys = "unnest(%s::text[], %s::bigint[], %s::text[], %s::text[]"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_account (owner_kind, owner_id, kind, unit, may_owe)"
            f" SELECT * FROM {keys}, %s::boolean[]) ON CONFLICT DO NOTHING",
            columns,
        )
        cursor.execute(
            "SELECT a.owner_kind, a.owner_id, a.kind, a.unit, a.may_owe, a.id FROM ledger_account a"
            f" JOIN {keys}) AS k (owner_kind, owner_id, kind, unit) USING (owner_kind, owner_id, kind, unit)",
            columns[:4],
        )
        found = {(row[0], row[1], row[2], row[3]): row[5] for row in cursor.fetchall()}
    return {p: found[p.owner_kind, p.owner_id, p.kind, p.unit] for p in purses}


Fresh = list[tuple[int, Posting]]


def _spent(fresh: Fresh, accounts: dict[Purse, int]) -> list[int]:
    """Accounts that something is taken from and that may not owe."""
    return sorted(
        {
            accounts[purse]
            for _, posting in fresh
            for purse, amount in posting.amounts
            if amount < 0 and not purse.may_owe
        }
    )


def _lock_spent(fresh: Fresh, accounts: dict[Purse, int]) -> None:
    """Two tills, one purse: the second waits, in an order that all keep."""
    spent = _spent(fresh, accounts)
    if spent:
        list(Account.objects.select_for_update().filter(pk__in=spent).order_by("pk").values_list("pk"))


def _write_entries(fresh: Fresh, accounts: dict[Purse, int]) -> None:
    rows = [
        (number, accounts[purse], amount)
        for number, posting in fresh
        for purse, amount in posting.amounts
        if amount
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_entry (transaction_id, account_id, amount)"
            " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[])",
            columns,
        )


def _must_not_owe(fresh: Fresh, accounts: dict[Purse, int]) -> None:
    spent = _spent(fresh, accounts)
    if not spent:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM ledger_entry WHERE account_id = ANY(%s) GROUP BY account_id HAVING sum(amount) < 0",
            [spent],
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
