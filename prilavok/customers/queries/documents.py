"""What customers agree to: all versions, and the one in force."""

from uuid import UUID

from django.db.models import QuerySet

from prilavok.customers.models import MARKETING, ConsentDocument
from prilavok.kernel.actors import Actor


def documents(by: Actor) -> QuerySet[ConsentDocument]:
    """Every version, the newest of each document first."""
    by.must("customers.documents")
    return ConsentDocument.objects.order_by("code", "language", "-number")


def document(public_id: UUID, by: Actor) -> ConsentDocument:
    """Raises ConsentDocument.DoesNotExist."""
    return documents(by).get(public_id=public_id)


def published_document(public_id: UUID) -> ConsentDocument:
    """A version that is or was in force: open to everybody. Raises ConsentDocument.DoesNotExist."""
    return ConsentDocument.objects.get(public_id=public_id, published_at__isnull=False)


def current_document(language: str, purpose: str = MARKETING) -> ConsentDocument | None:
    """What is agreed to today for a purpose: in this language if there is one, else in any; the latest in force."""
    in_force = list(
        ConsentDocument.objects.filter(state="published", purpose=purpose).order_by("-published_at", "-id")
    )
    return next((one for one in in_force if one.language == language), in_force[0] if in_force else None)
