"""Double opt-in: a consent counts once the owner of the address has pressed the button that a letter leads to."""

from datetime import timedelta

from prilavok.customers.actions.problems import NoAddress, UnknownChannel
from prilavok.customers.events import ConsentAsked
from prilavok.customers.models import Channel, ChannelRule, Consent, Contact, ContactKind, OptIn
from prilavok.customers.queries import kin
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor

BETWEEN_LETTERS = timedelta(hours=1)
CONFIRMABLE = (Channel.EMAIL,)  # a letter carries the button


def demand_click(*, channel: str, on: bool, by: Actor) -> ChannelRule:
    """Whether consents of a channel count only after a click. Raises UnknownChannel: only letters can ask for one."""
    by.must("customers.documents")
    if channel not in CONFIRMABLE:
        raise UnknownChannel(field="channel")
    rule, _made = ChannelRule.objects.update_or_create(channel=channel, defaults={"double_opt_in": on})
    return rule


def ask_for_click(line: Consent, *, by: Actor) -> OptIn:
    """Keep what the line says until its owner confirms it; a letter goes out, at most one an hour.

    Raises NoAddress: there is nowhere to write to.
    """
    family = kin(line.profile_id)
    contact = (
        Contact.objects.filter(profile__in=family, kind=ContactKind.EMAIL, failed_at=None)
        .order_by("-preferred", "pk")
        .first()
    )
    if contact is None:
        raise NoAddress(field="channel")
    key = {
        "profile_id": line.profile_id,
        "purpose": line.purpose,
        "channel": line.channel,
        "brand_id": line.brand_id,
    }
    found = OptIn.objects.select_for_update().filter(**key, confirmed_at=None, withdrawn_at=None).first()
    if found is not None and found.contact_id == contact.pk and line.at - found.asked_at < BETWEEN_LETTERS:
        return found
    found = found or OptIn(**key)
    found.contact, found.asked_at = contact, line.at
    found.document, found.text_version = line.document, line.text_version
    found.source, found.ip = line.source, line.ip
    found.save()
    told = ConsentAsked(
        profile_id=line.profile_id, opt_in_id=found.pk, purpose=line.purpose, channel=line.channel
    )
    journal.record(told, by=by, at=line.at, customer=line.profile_id, brand=line.brand_id)
    return found


def forget_asked(line: Consent) -> None:
    """Whoever withdraws is not asked any more."""
    waiting = OptIn.objects.filter(
        profile__in=kin(line.profile_id),
        purpose=line.purpose,
        channel=line.channel,
        confirmed_at=None,
        withdrawn_at=None,
    )
    waiting.update(withdrawn_at=line.at)
