"""Move what has lots: grant, spend, reserve, give and take back. One plan, a fixed number of statements."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from prilavok.kernel import prepared
from prilavok.kernel.actors import Actor
from prilavok.ledger.actions.posting import (
    THESE_ACCOUNTS,
    Heading,
    Line,
    ask_accounts,
    ask_transactions,
    columns_of,
    found_accounts,
    must_close,
    open_accounts,
    write_lines,
    write_transactions,
)
from prilavok.ledger.models import Reservation
from prilavok.ledger.moves import Confirm, GiveBack, Grant, Move, Moved, Release, Reserve, TakeBack, Transfer
from prilavok.ledger.plan import Earlier, Plan, Planned
from prilavok.ledger.problems import AlreadyClosed, UnknownCause
from prilavok.ledger.rules import DEBT, HELD, ZERO, Lot, Purse, Wallet


@transaction.atomic
def carry_out(moves: Sequence[Move], *, by: Actor, at: datetime) -> dict[UUID, Moved]:
    """Carry out moves, all or none, in the order given; what each came to, by its cause.

    However many they are, they take the same few statements; wallets are locked in one order, so that two tills
    with one purse come one after another. What time has done to the wallets (lots that ripened or lapsed) is
    written first. Raises NotEnough, BadAmount, UnknownCause, AlreadyClosed; DoesNotClose where wallets of two units
    are one purse; moves nothing then.
    """
    with prepared.together():
        earlier = _earlier({cause for move in moves if (cause := _refers_to(move))})
        asked = ask_transactions([_heading(move, earlier) for move in moves], by, at)
        standing = _Standing({wallet for move in moves for wallet in _wallets(move, earlier)}, moves, earlier)
        numbers = dict(asked.rows())
        fresh = [move for move in moves if move.cause in numbers]
        told = _told([move for move in moves if move.cause not in numbers])
        if not fresh:
            return told
        _close(
            [
                (earlier[move.reserved].number, numbers[move.cause])
                for move in fresh
                if isinstance(move, Confirm | Release)
            ]
        )
        plan = standing.plan({wallet for move in fresh for wallet in _wallets(move, earlier)}, at)
        short = {move.cause: plan.carry_out(move) for move in fresh}
        _write(plan, standing, numbers, by, at)
        _set_aside([(numbers[move.cause], move.until) for move in fresh if isinstance(move, Reserve)])
    return told | _came_to(plan.lines, short)


@transaction.atomic
def settle(wallets: Collection[Wallet], *, by: Actor, at: datetime) -> int:
    """Write what time has done to these wallets; how many transactions it took."""
    standing = _Standing(wallets)
    plan = standing.plan(wallets, at)
    _write(plan, standing, {}, by, at)
    return len(plan.by_itself)


def _refers_to(move: Move) -> UUID | None:
    match move:
        case Confirm() | Release():
            return move.reserved
        case GiveBack():
            return move.spent
        case TakeBack():
            return move.granted
    return None


def _heading(move: Move, earlier: dict[UUID, Earlier]) -> Heading:
    cause = _refers_to(move) if isinstance(move, GiveBack | TakeBack) else None
    return Heading(move.cause, move.reason, earlier[cause].number if cause else None)


def _wallets(move: Move, earlier: dict[UUID, Earlier]) -> set[Wallet]:
    """Whose wallets a move touches."""
    named = {move.wallet} if isinstance(move, Grant) else set(getattr(move, "wallets", ()))
    if isinstance(move, Transfer):
        named.add(move.to)
    cause = _refers_to(move)
    return named | earlier[cause].wallets if cause else named


def _earlier(causes: Collection[UUID]) -> dict[UUID, Earlier]:
    """What was moved in wallets for these causes. Raises UnknownCause."""
    if not causes:
        return {}
    found: dict[UUID, Earlier] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.cause, t.id, t.corrects_id IS NOT NULL,"
            " a.owner_kind, a.owner_id, a.kind, a.unit, a.may_owe, e.lot_id, e.amount"
            " FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id"
            " JOIN ledger_account a ON a.id = e.account_id WHERE t.cause = ANY(%s) ORDER BY e.id",
            [list(causes)],
        )
        for cause, number, corrects, *purse, lot, amount in cursor.fetchall():
            one = found.setdefault(cause, Earlier(number, corrects))
            one.saw(Purse(*purse), lot, amount)
    if len(found) < len(causes) or not all(one.wallets for one in found.values()):
        raise UnknownCause
    return found


def _close(closed: Sequence[tuple[int, int]]) -> None:
    """The reservations are closed by these transactions. Raises AlreadyClosed, UnknownCause."""
    if not closed:
        return
    by = dict(closed)
    rows = Reservation.objects.select_for_update().filter(pk__in=by).order_by("pk")
    if len(by) < len(closed) or any(row.closed_by_id for row in rows):
        raise AlreadyClosed
    if len(rows) < len(by):
        raise UnknownCause
    for row in rows:
        row.closed_by_id = by[row.pk]
    Reservation.objects.bulk_update(rows, ["closed_by"])


class _Standing:
    """The wallets as they stand, locked: asked for by statements that need not wait for each other."""

    def __init__(
        self,
        wallets: Collection[Wallet],
        moves: Sequence[Move] = (),
        earlier: dict[UUID, Earlier] | None = None,
    ) -> None:
        self._wallets, self._earlier = wallets, earlier or {}
        self._held = {wallet: wallet.purse(HELD) for wallet in wallets}
        sides = (getattr(move, name, None) for move in moves for name in ("source", "target"))
        purses = {*self._held.values(), *(purse for purse in sides if purse)}
        found = ask_accounts(purses)
        self._look()
        self.accounts = found_accounts(purses, found)
        if missing := set(self._held.values()) - self.accounts.keys():
            self.accounts |= open_accounts(missing)
            self._look()

    def _look(self) -> None:
        """Lock the wallets, then look at them."""
        held = columns_of(self._held.values())[:4]
        parts = [key for one in self._earlier.values() for key, _part in one.parts]
        keys = [list(column) for column in zip(*map(astuple, self._wallets), strict=True)]
        prepared.write(_LOCK, held)
        self._lots = prepared.ask(_LOTS_OF, [*held, parts])
        self._debts = prepared.ask(_DEBTS, [*keys, DEBT])
        self._lot_ids = prepared.ask(_LOT_IDS, [len(self._wallets)])

    def lot_ids(self, count: int) -> list[int]:
        """Ids for so many new lots: as a rule those that were taken along with the questions are enough."""
        (taken,) = self._lot_ids.rows()[0]
        more = prepared.rows(_LOT_IDS, [count - len(taken)])[0][0] if count > len(taken) else []
        return [*taken, *more][:count]

    def plan(self, wallets: Collection[Wallet], at: datetime) -> Plan:
        """What these of them hold and owe, settled."""
        of = {self.accounts[purse]: wallet for wallet, purse in self._held.items()}
        named = {key for one in self._earlier.values() for key, _part in one.parts}
        lots = {
            row[0]: Lot(row[0], of[row[1]], Purse(*row[2:7]), *row[7:13])
            for row in self._lots.rows()
            if of[row[1]] in wallets or row[0] in named
        }
        debts = {Wallet(*row[:3]): row[3] for row in self._debts.rows()}
        _see_corrections(self._earlier)
        plan = Plan(lots, debts, at, self._earlier)
        plan.settle()
        return plan


_LOCK = f"SELECT id FROM ledger_account WHERE id = ANY({THESE_ACCOUNTS}) ORDER BY id FOR NO KEY UPDATE"
_LOT = """
    SELECT l.id, l.account_id, s.owner_kind, s.owner_id, s.kind, s.unit, s.may_owe,
           l.available_from, l.expires_at, l.pending, l.held, l.reserved, l.heir_of_id
    FROM ledger_lot l JOIN ledger_account s ON s.id = l.source_id"""
# The lots of these accounts in which something stands, and those named besides.
_LOTS_OF = f"""
    {_LOT} WHERE l.account_id = ANY({THESE_ACCOUNTS}) AND (l.pending > 0 OR l.held > 0 OR l.reserved > 0)
    UNION {_LOT} WHERE l.id = ANY(%s::bigint[])"""
_DEBTS = """
    SELECT k.owner_kind, k.owner_id, k.unit, d.owed
    FROM unnest(%s::text[], %s::bigint[], %s::text[]) AS k (owner_kind, owner_id, unit), LATERAL (
        SELECT -sum(e.amount) AS owed FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id
        WHERE a.owner_kind = k.owner_kind AND a.owner_id = k.owner_id AND a.unit = k.unit AND a.kind = %s) d
    WHERE d.owed IS NOT NULL"""


def _see_corrections(earlier: dict[UUID, Earlier]) -> None:
    """How much of each earlier transaction came back since. Asked once the wallets are locked."""
    if not earlier:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.corrects_id, sum(abs(e.amount)) FROM ledger_transaction c"
            " JOIN ledger_entry e ON e.transaction_id = c.id JOIN ledger_account a ON a.id = e.account_id"
            " WHERE c.corrects_id = ANY(%s) AND e.lot_id IS NULL AND a.kind <> %s GROUP BY c.corrects_id",
            [[one.number for one in earlier.values()], DEBT],
        )
        corrected = dict(cursor.fetchall())
    for one in earlier.values():
        one.corrected = corrected.get(one.number, ZERO)


def _write(plan: Plan, standing: _Standing, numbers: dict[UUID, int], by: Actor, at: datetime) -> None:
    must_close((line.cause, line.purse, line.amount) for line in plan.lines)
    headings = [Heading(cause, reason) for cause, reason in plan.by_itself.items()]
    numbers = numbers | (write_transactions(headings, by, at) if headings else {})
    purses = {line.purse for line in plan.lines} | {lot.source for lot in plan.new}
    accounts = standing.accounts | open_accounts(purses - standing.accounts.keys())
    written = dict(zip((lot.key for lot in plan.new), standing.lot_ids(len(plan.new)), strict=True))
    _write_lots(plan.new, written, accounts, at)
    write_lines(
        [
            Line(numbers[line.cause], accounts[line.purse], line.amount, written.get(line.lot or 0, line.lot))
            for line in plan.lines
        ]
    )


_LOT_IDS = "SELECT ARRAY(SELECT nextval('ledger_lot_id_seq') FROM generate_series(1, %s::int))"
_LOTS = """
    INSERT INTO ledger_lot
        (id, account_id, source_id, heir_of_id, made_at, available_from, expires_at, pending, held, reserved)
    SELECT id, account, source, heir_of, %s, since, until, 0, 0, 0
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
        AS new (id, account, source, heir_of, since, until)"""


def _write_lots(lots: Sequence[Lot], ids: dict[int, int], accounts: dict[Purse, int], at: datetime) -> None:
    """Write new lots, whose ids stand by their keys."""
    if not lots:
        return
    columns: list[list[Any]] = [
        [ids[lot.key] for lot in lots],
        [accounts[lot.wallet.purse(HELD)] for lot in lots],
        [accounts[lot.source] for lot in lots],
        [lot.heir_of for lot in lots],
        [lot.available_from for lot in lots],
        [lot.expires_at for lot in lots],
    ]
    prepared.write(_LOTS, [at, *columns])


def _set_aside(reserved: Iterable[tuple[int, datetime]]) -> None:
    Reservation.objects.bulk_create(
        Reservation(transaction_id=number, until=until) for number, until in reserved
    )


def _came_to(lines: Iterable[Planned], short: dict[UUID, Decimal]) -> dict[UUID, Moved]:
    moved, owed = dict.fromkeys(short, ZERO), dict.fromkeys(short, ZERO)
    for line in lines:
        if line.cause in short:
            moved[line.cause] += max(line.amount, ZERO)
            if line.purse.kind == DEBT:
                owed[line.cause] -= min(line.amount, ZERO)
    return {cause: Moved(True, moved[cause], owed[cause], missing) for cause, missing in short.items()}


def _told(known: Sequence[Move]) -> dict[UUID, Moved]:
    """What moves carried out before had come to."""
    if not known:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.cause, coalesce(sum(e.amount) FILTER (WHERE e.amount > 0), 0),"
            " coalesce(-sum(e.amount) FILTER (WHERE e.amount < 0 AND a.kind = %s), 0)"
            " FROM ledger_transaction t LEFT JOIN ledger_entry e ON e.transaction_id = t.id"
            " LEFT JOIN ledger_account a ON a.id = e.account_id WHERE t.cause = ANY(%s) GROUP BY t.cause",
            [DEBT, [move.cause for move in known]],
        )
        sums = {cause: (amount, owed) for cause, amount, owed in cursor.fetchall()}
    return {move.cause: Moved(False, *sums[move.cause], _short(move, sums[move.cause][0])) for move in known}


def _short(move: Move, amount: Decimal) -> Decimal:
    """What was missing when it was carried out first."""
    if isinstance(move, TakeBack) and not move.owe and move.amount is not None:
        return move.amount - amount
    return ZERO
