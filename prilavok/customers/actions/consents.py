"""The consent ledger: every giving and withdrawing is one more line."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from prilavok.customers.actions.optins import ask_for_click, forget_asked
from prilavok.customers.actions.people import lock
from prilavok.customers.actions.problems import (
    ChannelOfPurpose,
    UnknownChannel,
    UnknownDocument,
    UnknownPurpose,
)
from prilavok.customers.events import ConsentGiven, ConsentWithdrawn
from prilavok.customers.models import MARKETING, Channel, Consent, ConsentDocument
from prilavok.customers.queries import forms_of_consent, kin, needs_click, visible
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor


@transaction.atomic
def give_consent(
    *,
    profile_id: int,
    channel: str,
    source: str,
    by: Actor,
    at: datetime,
    purpose: str = MARKETING,
    brand_id: int | None = None,
    text_version: str = "",
    document_id: int | None = None,
    ip: str | None = None,
    proof: str = "",
    cause: UUID | None = None,
    clicked: bool = False,
) -> Consent | None:
    """Write down that the customer agrees; None when that holds already or waits for a click (actions.optins).

    `document_id` names the published version that was shown. `clicked`: a letter to the customer brought them, which
    no click has to prove again. The channel is empty where the purpose is asked once.
    Raises UnknownPurpose, UnknownChannel, ChannelOfPurpose, UnknownDocument, NoAddress, NotForErased.
    """
    by.must("customers.consents")
    profile = lock(profile_id, by)
    document = _published(document_id, purpose)
    line = Consent(
        profile=profile,
        brand_id=brand_id,
        purpose=purpose,
        channel=channel,
        given=True,
        at=at,
        source=source,
        text_version=document.version if document else text_version,
        document=document,
        ip=ip,
        proof=proof,
        cause=cause,
    )
    return write(line, by, clicked=clicked)


@transaction.atomic
def withdraw_consent(
    *,
    profile_id: int,
    channel: str,
    source: str,
    by: Actor,
    at: datetime,
    purpose: str = MARKETING,
    brand_id: int | None = None,
    cause: UUID | None = None,
) -> Consent | None:
    """Write down that the customer agrees no more; None when that holds already. A withdrawal is always taken."""
    by.must("customers.consents")
    visible(by).select_related(None).select_for_update().get(pk=profile_id)
    line = Consent(
        profile_id=profile_id,
        brand_id=brand_id,
        purpose=purpose,
        channel=channel,
        given=False,
        at=at,
        source=source,
        cause=cause,
    )
    forget_asked(line)
    return write(line, by)


def _published(document_id: int | None, purpose: str) -> ConsentDocument | None:
    if document_id is None:
        return None
    found = ConsentDocument.objects.filter(
        pk=document_id, purpose=purpose, published_at__isnull=False
    ).first()
    if found is None:
        raise UnknownDocument(field="document")
    return found


def _check(line: Consent) -> None:
    """Whether there is such a consent; what is asked no more may still be withdrawn."""
    if line.channel and line.channel not in Channel.values:
        raise UnknownChannel(field="channel")
    forms = forms_of_consent([line.purpose], archived=not line.given)
    if line.purpose not in {purpose for purpose, _channel in forms}:
        raise UnknownPurpose(field="purpose")
    if (line.purpose, line.channel) not in forms:
        raise ChannelOfPurpose(field="channel")


def write(line: Consent, by: Actor, *, clicked: bool = False) -> Consent | None:
    """One more line, unless it says what holds already; what needs a click is asked for instead."""
    _check(line)
    key = {
        "profile__in": kin(line.profile_id),
        "purpose": line.purpose,
        "channel": line.channel,
        "brand": line.brand_id,
    }
    known = Consent.objects.filter(**{name: value for name, value in key.items() if value is not None})
    if line.brand_id is None:
        known = known.filter(brand=None)
    latest = known.order_by("-at", "-id").first()
    if latest is not None and latest.given == line.given:
        return None
    if line.cause is not None and known.filter(Q(cause=line.cause)).exists():
        return None
    if line.given and line.channel and not clicked and needs_click(line.channel):
        ask_for_click(line, by=by)
        return None
    line.by_kind, line.by_id = by.kind, by.id
    line.save()
    told = ConsentGiven if line.given else ConsentWithdrawn
    journal.record(
        told(
            profile_id=line.profile_id,
            consent_id=line.pk,
            purpose=line.purpose,
            channel=line.channel,
            source=line.source,
        ),
        by=by,
        at=line.at,
        customer=line.profile_id,
        brand=line.brand_id,
        cause=line.cause,
    )
    return line
