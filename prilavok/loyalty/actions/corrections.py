"""Points are corrected by hand, with four eyes: one employee proposes, another approves or rejects."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.kernel import jobs, journal
from prilavok.kernel.actors import Actor
from prilavok.kernel.event import Event
from prilavok.ledger import actions as ledger
from prilavok.loyalty import rules
from prilavok.loyalty.events import CorrectionApproved, CorrectionProposed, CorrectionRejected, PointsMoved
from prilavok.loyalty.models import Account, Correction
from prilavok.loyalty.ports import NewCorrection
from prilavok.loyalty.problems import (
    AccountClosed,
    BadCorrection,
    CorrectionDecided,
    EmployeesOnly,
    OwnCorrection,
    TooFewPoints,
)

MOST = 10**12  # points in one correction: more is a slip of the hand


@transaction.atomic
def propose_correction(new: NewCorrection, *, by: Actor, at: datetime) -> Correction:
    """Ask a colleague for a correction; the one that is there already if its cause has one.

    Moves no points. Raises BadCorrection, AccountClosed, EmployeesOnly.
    """
    by.must("loyalty.correct")
    note = new.note.strip()
    if not 0 < abs(new.amount) < MOST or new.amount != round(new.amount, 4):
        raise BadCorrection(_("Say how many points, with at most four decimals."), field="amount")
    if new.reason not in Correction.Reason.values:
        raise BadCorrection(_("There is no such reason."), field="reason")
    if not 0 < len(note) <= 1000:
        raise BadCorrection(_("Say in up to 1,000 letters what happened."), field="note")
    account = _open(Account.objects.select_related("programme").get(pk=new.account_id))
    correction, made = Correction.objects.get_or_create(
        cause=new.cause,
        defaults={
            "account": account,
            "amount": new.amount,
            "reason": new.reason,
            "note": note,
            "proposed_at": at,
            "proposed_by_id": _employee(by),
        },
    )
    if made:
        told = CorrectionProposed(
            correction_id=correction.pk, account_id=account.pk, amount=new.amount, reason=new.reason
        )
        _record([told], account, by=by, at=at)
    return correction


@transaction.atomic
def approve_correction(correction_id: int, *, by: Actor, at: datetime) -> Correction:
    """Post a correction that somebody else proposed. Approved again by the same colleague nothing changes.

    Raises OwnCorrection, CorrectionDecided, AccountClosed, TooFewPoints, EmployeesOnly; moves nothing then.
    """
    by.must("loyalty.approve_corrections")
    correction, approver = _locked(correction_id), _employee(by)
    if correction.proposed_by_id == approver:
        raise OwnCorrection
    if correction.state == Correction.State.APPROVED and correction.decided_by_id == approver:
        return correction
    account = _open(_undecided(correction).account)
    try:
        ledger.carry_out([_move(correction, at)], by=by, at=at)
    except ledger.NotEnough as short:
        raise TooFewPoints from short
    _decide(correction, Correction.State.APPROVED, approver, at)
    events = [
        CorrectionApproved(correction_id=correction.pk, account_id=account.pk, amount=correction.amount),
        PointsMoved(
            programme_id=account.programme_id,
            account_id=account.pk,
            amount=correction.amount,
            reason="corrected",
        ),
    ]
    _record(events, account, by=by, at=at)
    return correction


@transaction.atomic
def reject_correction(correction_id: int, reason: str, *, by: Actor, at: datetime) -> Correction:
    """Leave the points as they are, and keep why. Whoever proposed it may withdraw it like this.

    Rejected again by the same colleague nothing changes. Raises BadCorrection, CorrectionDecided, EmployeesOnly.
    """
    correction, judge = _locked(correction_id), _employee(by)
    withdrawn = correction.proposed_by_id == judge
    by.must("loyalty.correct" if withdrawn else "loyalty.approve_corrections")
    if correction.state == Correction.State.REJECTED and correction.decided_by_id == judge:
        return correction
    _undecided(correction).answer = reason.strip()
    if not 0 < len(correction.answer) <= 1000:
        raise BadCorrection(_("Say in up to 1,000 letters why not."), field="reason")
    _decide(correction, Correction.State.REJECTED, judge, at)
    told = CorrectionRejected(
        correction_id=correction.pk, account_id=correction.account_id, withdrawn=withdrawn
    )
    _record([told], correction.account, by=by, at=at)
    return correction


@transaction.atomic
def forget_corrections(*, profile_ids: Collection[int], by: Actor) -> None:
    """Empty what was written about erased people; amounts, reasons and decisions stay with the books."""
    by.must("loyalty.approve_corrections")
    Correction.objects.filter(account__profile__in=profile_ids).update(note="", answer="")


def _employee(by: Actor) -> int:
    if by.kind != "employee" or by.id is None:
        raise EmployeesOnly
    return by.id


def _locked(correction_id: int) -> Correction:
    """Raises Correction.DoesNotExist."""
    rows = Correction.objects.select_for_update(of=("self",)).select_related("account__programme")
    return rows.get(pk=correction_id)


def _undecided(correction: Correction) -> Correction:
    if correction.state != Correction.State.WAITING:
        raise CorrectionDecided
    return correction


def _open(account: Account) -> Account:
    if account.closed_at is not None:
        raise AccountClosed(field="account")
    return account


def _move(correction: Correction, at: datetime) -> ledger.Move:
    """Points given live as long as those earned; they can be spent at once, since they were waited for."""
    programme = correction.account.programme
    wallet = ledger.Wallet(rules.OWNER, correction.account_id, programme.unit)
    by_hand = ledger.Purse("programme", programme.pk, ledger.ADJUSTED, programme.unit, may_owe=True)
    cause, reason = correction.public_id, f"points.corrected.{correction.reason}"
    if correction.amount < 0:
        return ledger.Spend(
            cause=cause, reason=reason, wallets=(wallet,), amount=-correction.amount, target=by_hand
        )
    _, until = rules.lifetime(at, company.zone(), pending_days=0, lifetime_days=programme.lifetime_days)
    return ledger.Grant(
        cause=cause,
        reason=reason,
        wallet=wallet,
        amount=correction.amount,
        source=by_hand,
        expires_at=until,
    )


def _decide(correction: Correction, state: Correction.State, judge: int, at: datetime) -> None:
    correction.state, correction.decided_by_id, correction.decided_at = state, judge, at
    correction.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    if correction.proposed_by_id != judge:
        _tell(correction)


def _tell(correction: Correction) -> None:
    """Ring the bell of whoever proposed it."""
    with override(correction.proposed_by.language):
        note = gettext("Points corrected") if correction.answer == "" else gettext("Correction rejected")
        title = gettext("Correction of %(amount)s points") % {"amount": f"{correction.amount.normalize():+f}"}
    jobs.notify(
        correction.proposed_by_id,
        title=title,
        note=f"{note}. {correction.answer}" if correction.answer else note,
        link=f"/loyalty/corrections/{correction.public_id}/",
    )


def _record(events: Collection[Event], account: Account, *, by: Actor, at: datetime) -> None:
    brand = account.programme.brand_id
    journal.record_many(
        [journal.Entry(event, at=at, customer=account.profile_id, brand=brand) for event in events],
        by=by,
        live=True,
    )
