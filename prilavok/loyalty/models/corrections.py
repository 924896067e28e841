"""Corrections of points by hand: one employee proposes, another decides."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prilavok.kernel.ids import uuid7
from prilavok.loyalty.models.accounts import Account


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def waiting(self) -> Self:
        """Corrections that nobody has decided yet."""
        return self.filter(state=Correction.State.WAITING)


class Correction(models.Model):
    """So many points are to be given to an account, or (below zero) to be taken from it, and why.

    It moves nothing until another employee approves it; then it is the cause of the ledger's transaction. Whoever
    proposed it may only withdraw it, which is a rejection, too. `cause`: the same request proposes once.
    """

    class Reason(models.TextChoices):
        GOODWILL = "goodwill", _("Goodwill after a complaint")
        MISSED = "missed", _("A receipt without the card")
        MISTAKE = "mistake", _("A mistake of the till or of a promotion")
        ABUSE = "abuse", _("Abuse")
        OTHER = "other", _("Another reason")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("correction", "waits for approval")
        APPROVED = "approved", pgettext_lazy("correction", "approved")
        REJECTED = "rejected", pgettext_lazy("correction", "rejected")

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    cause = models.UUIDField(unique=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="corrections", db_index=False)
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    reason = models.CharField(max_length=10, choices=Reason)
    note = models.CharField(max_length=1000)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(
        "company.Employee", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        "company.Employee", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    answer = models.CharField(max_length=1000, blank=True, default="")  # why it was rejected

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="loyalty_correction_moves_points"),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by")),
                name="loyalty_correction_has_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at__isnull=True)
                | ~Q(state="waiting") & Q(decided_at__isnull=False),
                name="loyalty_correction_decided_once",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="loyalty_corrections_of_account"),
            models.Index(fields=["state", "-id"], name="loyalty_corrections_by_state"),
        ]

    def __str__(self) -> str:
        return f"correction #{self.pk}"
