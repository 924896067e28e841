"""What customers agree to: written as a draft, published once, superseded by the next version."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from prilavok.customers.actions.problems import AlreadyPublished, UnknownPurpose
from prilavok.customers.events import DocumentPublished
from prilavok.customers.models import MARKETING, ConsentDocument
from prilavok.customers.queries import purposes
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor

DRAFT, PUBLISHED, SUPERSEDED = ConsentDocument.State


@transaction.atomic
def save_draft(
    *, code: str, language: str, title: str, text: str, by: Actor, purpose: str = MARKETING
) -> ConsentDocument:
    """Write the draft of the next version of a document; there is one per code and language. Raises UnknownPurpose."""
    by.must("customers.documents")
    if purpose not in purposes():
        raise UnknownPurpose(field="purpose")
    known = ConsentDocument.objects.select_for_update().filter(code=code, language=language)
    draft = known.filter(state=DRAFT).first()
    if draft is None:
        last = known.aggregate(last=Max("number"))["last"] or 0
        draft = ConsentDocument(code=code, language=language, number=last + 1)
    draft.title, draft.text, draft.purpose = title.strip(), text.strip(), purpose
    draft.by_kind, draft.by_id = by.kind, by.id
    draft.save()
    return draft


@transaction.atomic
def publish_document(*, document_id: int, by: Actor, at: datetime) -> ConsentDocument:
    """Put a draft in force; the version before it is superseded. Raises AlreadyPublished."""
    by.must("customers.documents")
    found = _draft(document_id)
    ConsentDocument.objects.filter(code=found.code, language=found.language, state=PUBLISHED).update(
        state=SUPERSEDED, superseded_at=at
    )
    found.state, found.published_at = PUBLISHED, at
    found.save(update_fields=["state", "published_at"])
    told = DocumentPublished(document_id=found.pk, purpose=found.purpose, number=found.number)
    journal.record(told, by=by, at=at)
    return found


def new_version(*, document_id: int, by: Actor) -> ConsentDocument:
    """A draft with the words of this version; the draft that is there already, if there is one."""
    by.must("customers.documents")
    old = ConsentDocument.objects.get(pk=document_id)
    draft = ConsentDocument.objects.filter(code=old.code, language=old.language, state=DRAFT).first()
    if draft is not None:
        return draft
    return save_draft(
        code=old.code, language=old.language, title=old.title, text=old.text, purpose=old.purpose, by=by
    )


@transaction.atomic
def drop_draft(*, document_id: int, by: Actor) -> None:
    """Throw a draft away. Raises AlreadyPublished."""
    by.must("customers.documents")
    _draft(document_id).delete()


def _draft(document_id: int) -> ConsentDocument:
    found = ConsentDocument.objects.select_for_update().get(pk=document_id)
    if found.state != DRAFT:
        raise AlreadyPublished
    return found
