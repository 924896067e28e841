"""Days of a customer's life that come again every year."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from prilavok.customers.models.people import Profile
from prilavok.kernel.ids import uuid7


class DateKind(models.Model):
    """A kind of personal dates of the company's own, beside those that Prilavok brings (queries.postal)."""

    code = models.CharField(_("Code"), max_length=20, primary_key=True)
    name = models.CharField(_("Name"), max_length=100)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.code


class PersonalDate(models.Model):
    """A day that comes again every year; the year is often unknown. The birth date is the person's own field."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)  # a code of queries.postal
    month = models.PositiveSmallIntegerField()
    day = models.PositiveSmallIntegerField()
    year = models.PositiveSmallIntegerField(null=True)
    note = models.CharField(max_length=100, blank=True, default="")  # whose, or what it is
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["month", "day", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(month__range=(1, 12), day__range=(1, 31)), name="customers_date_is_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"
