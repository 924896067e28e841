"""The customer's own page: who holds its signed address, and what was asked there."""

from dataclasses import dataclass
from uuid import UUID

from django.core import signing
from django.db.models import QuerySet

from prilavok.customers.models import PersonalRequest, Profile, Status
from prilavok.customers.queries.people import get, heads_of, visible
from prilavok.kernel.actors import SYSTEM, Actor

SALT = "customers.own"
LASTS = 30 * 24 * 3600  # seconds: a letter's link opens the page for a month
MAY = frozenset({"customers.see", "customers.consents", "customers.edit"})


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the address of a customer's page. `proved`: a letter to the customer brought it. One that an employee
    handed out was in other hands before: it shows the page and proves nothing.
    """

    profile: Profile
    proved: bool

    @property
    def actor(self) -> Actor:
        return Actor("customer", self.profile.pk, MAY)


def own_token(profile_id: int, *, in_letter: bool = False) -> str:
    """The secret part of the address of the customer's own page."""
    profile = Profile.objects.get(pk=heads_of([profile_id])[profile_id])
    return signing.dumps([profile.public_id.hex, in_letter], salt=SALT)


def holder(token: str) -> Holder | None:
    """The customer whose page this is; None for a wrong or an old address."""
    try:
        told = signing.loads(token, salt=SALT, max_age=LASTS)
        named, in_letter = (
            told if isinstance(told, list) else (told, False)
        )  # of before: nobody knows by whom
        profile = get(UUID(hex=named), SYSTEM)
    except (signing.BadSignature, ValueError, Profile.DoesNotExist):
        return None
    return None if profile.status == Status.ERASED else Holder(profile, in_letter)


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
