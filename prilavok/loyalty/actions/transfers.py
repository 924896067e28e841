"""Points go from one account to another, within what the programme allows."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.ledger import actions as ledger
from prilavok.ledger import queries as books
from prilavok.loyalty import rules
from prilavok.loyalty.definitions import PoliciesWritten
from prilavok.loyalty.events import PointsMoved
from prilavok.loyalty.models import Account, Programme
from prilavok.loyalty.problems import AccountClosed, NoTransfer, TooFewPoints

REASON = "points.transferred"
MONTH = timedelta(days=30)


@transaction.atomic
def transfer_points(
    source_id: int, target_id: int, points: Decimal, *, cause: UUID, by: Actor, at: datetime
) -> None:
    """Move points to another account of the programme; each lot keeps its days. The same cause moves them once.

    Raises NoTransfer, TooFewPoints, AccountClosed; moves nothing then.
    """
    by.must("loyalty.transfer")
    # Whoever sends from two places at once waits, so that the month's limit counts both.
    source = (
        Account.objects.select_for_update(of=("self",), no_key=True)
        .select_related("programme")
        .get(pk=source_id)
    )
    target = Account.objects.get(pk=target_id)
    _check(source, target, points, at)
    unit = source.programme.unit
    move = ledger.Transfer(
        cause=cause,
        reason=REASON,
        wallets=(ledger.Wallet(rules.OWNER, source.pk, unit),),
        to=ledger.Wallet(rules.OWNER, target.pk, unit),
        amount=points,
    )
    try:
        moved = ledger.carry_out([move], by=by, at=at)[cause]
    except ledger.NotEnough as short:
        raise TooFewPoints(_("There are fewer points on the account than that."), field="points") from short
    if moved.new:
        _record(source, -points, by, at)
        _record(target, points, by, at)


def _check(source: Account, target: Account, points: Decimal, at: datetime) -> None:
    programme = source.programme
    if source.closed_at is not None or target.closed_at is not None:
        raise AccountClosed(field="to")
    if target.programme_id != programme.pk or target.pk == source.pk:
        raise NoTransfer(_("Choose another account of the same programme."), field="to")
    step = PoliciesWritten.model_validate(programme.policies).made().point_step
    if points <= 0 or points % step:
        raise NoTransfer(_("Points go in steps of %(step)s."), field="points", step=f"{step.normalize():f}")
    if not programme.transfer_most:
        raise NoTransfer(_("Points of this programme are not transferred."), field="points")
    most = min(programme.transfer_most, _left(programme, source, at))
    if points > most:
        message = _("At most %(most)s points may go now: so the programme limits transfers.")
        raise NoTransfer(message, field="points", most=f"{max(most, Decimal(0)).normalize():f}")


def _left(programme: Programme, source: Account, at: datetime) -> Decimal:
    """What the month still allows."""
    if programme.transfer_month is None:
        return programme.transfer_most
    gone = books.moved_since(
        owner_kind=rules.OWNER,
        owner_ids=[source.pk],
        unit=programme.unit,
        reasons=[REASON],
        since=at - MONTH,
        leaving=True,
    )
    return programme.transfer_month + gone.get(source.pk, Decimal(0))


def _record(account: Account, amount: Decimal, by: Actor, at: datetime) -> None:
    moved = PointsMoved(
        programme_id=account.programme_id, account_id=account.pk, amount=amount, reason="transferred"
    )
    journal.record(moved, by=by, at=at, customer=account.profile_id)
