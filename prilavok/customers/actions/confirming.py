"""The click that makes a consent count."""

from datetime import datetime

from django.db import transaction

from prilavok.customers.actions.consents import write
from prilavok.customers.actions.people import lock
from prilavok.customers.events import CustomerChanged
from prilavok.customers.models import Consent, Contact, OptIn
from prilavok.customers.queries import opt_in_by
from prilavok.customers.queries.own_page import MAY
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor


@transaction.atomic
def confirm(*, token: str, ip: str | None, at: datetime) -> OptIn | None:
    """The owner of the address pressed the button: from now on the consent counts, and the address is proved.

    None for a wrong, old or withdrawn address of the page; pressed again, nothing changes.
    """
    found = opt_in_by(token)
    if found is None or found.confirmed_at:
        return found
    owner = Actor("customer", found.profile_id, MAY)
    lock(found.profile_id, owner)
    OptIn.objects.select_for_update().get(pk=found.pk)
    found = opt_in_by(token)  # again, now that nobody else changes it: it may have been withdrawn meanwhile
    if found is None or found.confirmed_at:
        return found
    found.confirmed_at = at
    found.save(update_fields=["confirmed_at"])
    Contact.objects.filter(pk=found.contact_id).update(
        verified_at=at,
        verified_rule="opt_in",
        verified_by_kind=owner.kind,
        verified_by_id=owner.id,
        failed_at=None,
        fail_reason="",
    )
    proved = CustomerChanged(profile_id=found.contact.profile_id, fields=("verified_contact",))
    journal.record(proved, by=owner, at=at, customer=found.contact.profile_id)
    asked = f"{found.asked_at:%Y-%m-%d %H:%M:%S} UTC" + (f", {found.ip}" if found.ip else "")
    line = Consent(
        profile_id=found.profile_id,
        brand_id=found.brand_id,
        purpose=found.purpose,
        channel=found.channel,
        given=True,
        at=at,
        source=found.source,
        document=found.document,
        text_version=found.text_version,
        ip=ip,
        proof=f"double opt-in: asked {asked}; letter {found.public_id} to the address, button pressed"[:200],
        cause=found.public_id,
    )
    write(line, owner, clicked=True)
    return found
