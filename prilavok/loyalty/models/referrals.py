"""Who brought whom: personal codes to pass on, and what both get for a friend's first purchase."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prilavok.kernel.ids import uuid7
from prilavok.loyalty.models.accounts import Programme
from prilavok.loyalty.models.coupons import CouponSeries


class ReferralTerms(models.Model):
    """What a programme gives for a friend: points, or a coupon of a series; nothing of both: nothing.

    The first purchase counts from `minimum` on. It has to stand `stands_days`: so long the giver's points wait, and
    then coupons are issued. A giver is rewarded for at most `most` friends (none: for all).
    """

    programme = models.OneToOneField(
        Programme, primary_key=True, on_delete=models.PROTECT, related_name="referral_terms"
    )
    active = models.BooleanField(default=True)
    friend_points = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    friend_series = models.ForeignKey(CouponSeries, null=True, on_delete=models.PROTECT, related_name="+")
    giver_points = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    giver_series = models.ForeignKey(CouponSeries, null=True, on_delete=models.PROTECT, related_name="+")
    minimum = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    stands_days = models.PositiveSmallIntegerField(default=14)
    most = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return f"referrals of programme #{self.programme_id}"


class ReferralCode(models.Model):
    """A customer's own code to pass on, as `rules.code_key` writes it."""

    profile = models.OneToOneField(
        "customers.Profile", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    code = models.CharField(max_length=16, unique=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"referral code of profile #{self.profile_id}"


class Referral(models.Model):
    """A friend showed somebody's code at a purchase. It waits, stands, or was undone; or it did not count, and why."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("referral", "Waits")
        GIVEN = "given", pgettext_lazy("referral", "Rewarded")
        REVERSED = "reversed", pgettext_lazy("referral", "Returned")
        REFUSED = "refused", pgettext_lazy("referral", "Does not count")

    class Reason(models.TextChoices):
        NONE = "", ""
        SAME_PERSON = "same_person", _("the giver's own purchase")
        SAME_HOUSEHOLD = "same_household", _("of the giver's household")
        SAME_CONTACTS = "same_contacts", _("has the giver's telephone or e-mail")
        NOT_FIRST = "not_first", _("not the first purchase")
        TOO_LITTLE = "too_little", _("the purchase is below the minimum")
        LIMIT = "limit", _("the giver brought as many as count")

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+", db_index=False)
    giver = models.ForeignKey("customers.Profile", on_delete=models.PROTECT, related_name="+", db_index=False)
    friend = models.ForeignKey(
        "customers.Profile", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    receipt = models.OneToOneField("orders.Receipt", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    stands_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=20, choices=Reason, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["friend"], condition=Q(state__in=["waiting", "given"]), name="loyalty_friend_once"
            ),
        ]
        indexes = [
            models.Index(fields=["giver", "-id"], name="loyalty_referrals_of_giver"),
            models.Index(
                fields=["stands_at"], condition=Q(state="waiting"), name="loyalty_referrals_to_stand"
            ),
        ]

    def __str__(self) -> str:
        return f"referral #{self.pk}"
