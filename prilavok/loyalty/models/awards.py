"""Points that people were given because of something else, such as a campaign's letter."""

from django.db import models
from django.db.models import Q

from prilavok.loyalty.models.accounts import Account


class Award(models.Model):
    """A person got points because of `owner` (`campaign:12`), once: the database itself refuses a second time.

    `cause` is that of the ledger's transaction. `profile` stood for the person when it was given.
    """

    owner = models.CharField(max_length=60)
    profile = models.ForeignKey(
        "customers.Profile", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    cause = models.UUIDField(unique=True)
    points = models.DecimalField(max_digits=19, decimal_places=4)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "profile"], name="loyalty_awarded_once"),
            models.CheckConstraint(condition=Q(points__gt=0), name="loyalty_award_gives_points"),
        ]
        indexes = [models.Index(fields=["profile"], name="loyalty_awards_of_customer")]

    def __str__(self) -> str:
        return f"award of {self.owner} to account #{self.account_id}"
