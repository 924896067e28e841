"""The customer's own page: who holds its signed address, and what was asked there."""

from uuid import UUID

from django.core import signing
from django.db.models import QuerySet

from prilavok.customers.models import PersonalRequest, Profile, Status
from prilavok.customers.queries.people import get, heads_of, visible
from prilavok.kernel.actors import SYSTEM, Actor

SALT = "customers.own"
LASTS = 30 * 24 * 3600  # seconds: a letter's link opens the page for a month
MAY = frozenset({"customers.see", "customers.consents", "customers.edit"})


def own_token(profile_id: int) -> str:
    """The secret part of the address of the customer's own page."""
    profile = Profile.objects.get(pk=heads_of([profile_id])[profile_id])
    return signing.dumps(profile.public_id.hex, salt=SALT)


def holder(token: str) -> tuple[Profile, Actor] | None:
    """The customer whose page this is, and themselves as the actor; None for a wrong or an old address."""
    try:
        public_id = UUID(hex=signing.loads(token, salt=SALT, max_age=LASTS))
        profile = get(public_id, SYSTEM)
    except (signing.BadSignature, ValueError, Profile.DoesNotExist):
        return None
    if profile.status == Status.ERASED:
        return None
    return profile, Actor("customer", profile.pk, MAY)


def personal_requests(by: Actor) -> QuerySet[PersonalRequest]:
    """What customers whom `by` may see have asked for and still wait for."""
    by.must("customers.erase")
    found = PersonalRequest.objects.filter(done_at=None).select_related("profile__person")
    if by.shops is not None or by.brands is not None:
        found = found.filter(profile__in=visible(by).values("pk"))
    return found


def requests_waiting(by: Actor) -> int:
    """How many wait."""
    return personal_requests(by).count()
