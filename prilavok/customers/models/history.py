"""What stood in a customer's fields before, and who changed it."""

from django.db import models

from prilavok.customers.models.people import Profile


class FieldChange(models.Model):
    """One change of one value: what stood there, what stands there, by whom and by which rule.

    Written by the actions that change values, in the same transaction, set by set; what was told at registration has
    no row. `field` is a field of the person, `email`, `phone`, `preferred_contact`, `address`, a personal date or, with
    `own.` before it, a field of the company's own; `item` is the row that held it where a customer has several. An
    empty text stands for nothing. Erasing deletes the rows.
    """

    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+", db_index=False)
    field = models.CharField(max_length=80)
    item = models.BigIntegerField(null=True)
    before = models.TextField(blank=True, default="")
    after = models.TextField(blank=True, default="")
    rule = models.CharField(max_length=50, blank=True, default="")
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["profile", "-at", "-id"], name="customers_change_of_profile")]

    def __str__(self) -> str:
        return f"change of {self.field} of profile #{self.profile_id}"
