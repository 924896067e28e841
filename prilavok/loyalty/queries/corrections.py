"""Corrections of points by hand: what waits, what was decided."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from prilavok.kernel.actors import Actor
from prilavok.loyalty.models import Account, Correction, CorrectionQuerySet


def corrections(by: Actor, *, state: str = "") -> CorrectionQuerySet:
    """Corrections in one state, or all; page them by ("-id",)."""
    by.must("loyalty.correct")
    found = Correction.objects.select_related(
        "account__programme", "account__household", "account__profile", "proposed_by", "decided_by"
    )
    return found.filter(state=state) if state else found


def get_correction(public_id: UUID, by: Actor) -> Correction:
    """Raises Correction.DoesNotExist."""
    return corrections(by).get(public_id=public_id)


def corrections_of(account: Account, by: Actor) -> CorrectionQuerySet:
    """The account's corrections; page them by ("-id",)."""
    return corrections(by).filter(account=account)


def correction_addresses(ids: Collection[int]) -> dict[int, UUID]:
    """The public ids of corrections."""
    return dict(Correction.objects.filter(pk__in=ids).values_list("pk", "public_id"))


def corrections_waiting(by: Actor) -> int:
    """How many wait for this actor: those that others proposed."""
    if by.kind != "employee" or not by.may("loyalty.approve_corrections"):
        return 0
    return Correction.objects.waiting().exclude(proposed_by=by.id).count()


def archived_corrections(profile_ids: Collection[int]) -> list[dict[str, Any]]:
    """The corrections of these profiles' accounts, for the archive that a person may ask for."""
    rows = Correction.objects.filter(account__profile__in=profile_ids).order_by("pk")
    return [
        dict(row)
        for row in rows.values("proposed_at", "amount", "reason", "note", "state", "decided_at", "answer")
    ]
