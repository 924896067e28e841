"""What the public API offers of the books."""

from datetime import datetime
from decimal import Decimal

from django.http import HttpRequest
from ninja import Router, Schema

from prilavok.ledger import queries

router = Router(tags=["ledger"])


class TrialLineOut(Schema):
    unit: str
    kind: str
    accounts: int
    amount: Decimal


@router.get("/ledger/trial-balance", response=list[TrialLineOut], summary="All books by unit and kind")
def trial_balance(request: HttpRequest, at: datetime | None = None) -> list[queries.TrialLine]:
    """Within a unit the amounts add up to zero. `at`: as the books stood then."""
    request.actor.must("ledger.see")  # type: ignore[attr-defined]
    return queries.trial_balance(at=at)
