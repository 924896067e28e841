"""Changes of many customers at once, as they stand."""

from uuid import UUID

from prilavok.customers.models import BulkEdit
from prilavok.kernel.actors import Actor


def bulk_edit(public_id: UUID, by: Actor, *, lock: bool = False) -> BulkEdit:
    """One's own bulk edit. Raises BulkEdit.DoesNotExist, also for somebody else's."""
    by.must("customers.bulk")
    found = BulkEdit.objects.select_for_update() if lock else BulkEdit.objects.all()
    return found.get(public_id=public_id, actor__kind=by.kind, actor__id=by.id)
