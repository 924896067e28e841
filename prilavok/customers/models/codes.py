"""Codes by which customers prove that a contact is theirs."""

from django.db import models

from prilavok.customers.models.contacts import Contact


class ContactCode(models.Model):
    """A code that was sent to a contact. The code itself is kept nowhere: it follows from the row and our secret."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)  # wrong ones
    failed = models.CharField(max_length=200, blank=True, default="")  # why it could not be sent
    proved_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["contact", "-asked_at"], name="customers_code_latest")]

    def __str__(self) -> str:
        return f"code #{self.pk}"
