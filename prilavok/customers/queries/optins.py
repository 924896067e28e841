"""Consents that wait for a click."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from prilavok.customers.models import Channel, ChannelRule, ConsentDocument, OptIn, Status
from prilavok.customers.queries.consents import CONTACT_OF_CHANNEL
from prilavok.customers.queries.suppressions import stopped_kinds
from prilavok.kernel.actors import Actor

SALT = "customers.opt_in"
LASTS = 7 * 24 * 3600  # seconds


def needs_click(channel: str) -> bool:
    """Whether consents of this channel count only after a click."""
    return ChannelRule.objects.filter(channel=channel, double_opt_in=True).exists()


def channel_rules(by: Actor) -> dict[str, bool]:
    """By channel, whether a click is demanded; channels without a rule are missing."""
    by.must("customers.documents")
    return dict(ChannelRule.objects.values_list("channel", "double_opt_in"))


def opt_in_by(token: str) -> OptIn | None:
    """What a signed address asks to confirm; None for a wrong or old one, a withdrawn one, an erased customer."""
    try:
        named, address = signing.loads(token, salt=SALT, max_age=LASTS)
        public_id = UUID(hex=named)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    found = OptIn.objects.select_related("profile", "contact", "document").filter(public_id=public_id).first()
    if found is None or found.withdrawn_at or found.profile.status == Status.ERASED:
        return None
    return found if address == _address(found) else None


def _address(one: OptIn) -> str:
    """Which address the letter went to, unreadable: the button proves no other that stands there later."""
    return salted_hmac(SALT, f"{one.contact.kind}:{one.contact.value}").hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a letter needs that asks for a click."""

    address: str
    link: str
    document: ConsentDocument | None
    document_link: str


def asked(opt_in_id: int) -> Asked | None:
    """None when nothing is to be asked any more: confirmed, withdrawn, or the address stands on the stop list."""
    found = (
        OptIn.objects.select_related("contact", "document", "profile")
        .filter(pk=opt_in_id, confirmed_at=None, withdrawn_at=None)
        .exclude(profile__status=Status.ERASED)
        .first()
    )
    if found is None:
        return None
    if CONTACT_OF_CHANNEL[Channel(found.channel)] in stopped_kinds([found.profile_id]).get(
        found.profile_id, ()
    ):
        return None
    token = signing.dumps([found.public_id.hex, _address(found)], salt=SALT)
    document = found.document
    return Asked(
        found.contact.value,
        f"{settings.PUBLIC_URL}/my/consent/{token}/",
        document,
        f"{settings.PUBLIC_URL}/agreements/{document.public_id}/" if document else "",
    )


def clicks_awaited(profile_ids: Collection[int], by: Actor) -> QuerySet[OptIn]:
    """What these profiles have not confirmed yet."""
    by.must("customers.see")
    return OptIn.objects.filter(profile__in=profile_ids, confirmed_at=None, withdrawn_at=None)
