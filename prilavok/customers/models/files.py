"""Files about a customer, and their photo."""

from django.db import models
from django.db.models import Q

from prilavok.customers.models.people import Profile
from prilavok.kernel.ids import uuid7


class CustomerFile(models.Model):
    """A file kept with a customer; its bytes lie in the storage under `path`. What was deleted goes after a month.

    `kind` is what the bytes are, whatever the name says. Of photos the latest that is not deleted is shown.
    """

    class Purpose(models.TextChoices):
        FILE = "file"
        PHOTO = "photo"

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+", db_index=False)
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.FILE)
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=100)  # a media type
    size = models.PositiveBigIntegerField()  # bytes
    path = models.CharField(max_length=200)
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["profile", "purpose", "-at"], name="customers_file_of_profile"),
            models.Index(
                fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="customers_file_deleted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} #{self.pk}"
