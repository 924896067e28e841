"""What customers ask of the shop on their own page, and that it was done."""

from datetime import datetime

from django.db import transaction

from prilavok.customers.actions.people import lock
from prilavok.customers.events import PersonalDataAsked
from prilavok.customers.models import PersonalRequest
from prilavok.customers.queries import personal_requests
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor


@transaction.atomic
def ask(*, profile_id: int, kind: str, text: str = "", by: Actor, at: datetime) -> PersonalRequest:
    """Write the wish down; one that waits already stays as it is, with the newer text. Raises NotForErased."""
    by.must("customers.consents")
    profile = lock(profile_id, by)
    asked, made = PersonalRequest.objects.get_or_create(
        profile=profile,
        kind=PersonalRequest.Kind(kind),
        done_at=None,
        defaults={"text": text[:1000], "at": at},
    )
    if made:
        event = PersonalDataAsked(profile_id=profile.pk, request_id=asked.pk, kind=kind)
        journal.record(event, by=by, at=at, customer=profile.pk)
    elif text and text[:1000] != asked.text:
        asked.text = text[:1000]
        asked.save(update_fields=["text"])
    return asked


@transaction.atomic
def settle(*, request_id: int, by: Actor, at: datetime) -> None:
    """It was done. Raises PersonalRequest.DoesNotExist."""
    by.must("customers.erase")
    asked = personal_requests(by).select_related(None).select_for_update().get(pk=request_id)
    asked.done_at, asked.done_by_kind, asked.done_by_id = at, by.kind, by.id
    asked.save(update_fields=["done_at", "done_by_kind", "done_by_id"])
