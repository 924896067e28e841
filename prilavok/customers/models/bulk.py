"""Changes of many customers at once, and what stood there before, so that they can be taken back."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from prilavok.customers.models.people import Profile
from prilavok.kernel.ids import uuid7


class BulkEdit(models.Model):
    """One change of many customers: `change` says what, `ids` or `found` (the list's search and filters) of whom.

    `actor` is who asked, with the rights and the scope of that moment.
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    change = models.JSONField()
    ids = ArrayField(models.BigIntegerField(), default=list)
    found = models.JSONField(null=True)
    last = models.BigIntegerField(default=0)  # the newest customer when it was asked for
    actor = models.JSONField()
    at = models.DateTimeField()
    total = models.PositiveIntegerField(default=0)
    reached = models.BigIntegerField(default=0)  # customers up to this one are done
    changed = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    restored = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"bulk edit #{self.pk}"


class BulkChange(models.Model):
    """What one customer had before a bulk edit and after it."""

    edit = models.ForeignKey(BulkEdit, on_delete=models.CASCADE, related_name="changes")
    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="+")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"change of profile #{self.profile_id} by bulk edit #{self.edit_id}"
