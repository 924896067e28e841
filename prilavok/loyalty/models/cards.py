"""Cards: what a customer shows. The points are the account's, not the card's."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prilavok.kernel.ids import uuid7
from prilavok.loyalty.models.accounts import Account, Programme
from prilavok.loyalty.numbering import Shape


class CardKind(models.Model):
    """A kind of card: what its numbers look like, and which programme it opens. Promotions may ask for it."""

    class Check(models.TextChoices):
        NONE = "none", _("No check digit")
        EAN13 = "ean13", _("EAN-13")
        LUHN = "luhn", _("Luhn")

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="card_kinds")
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, blank=True, default="")
    length = models.PositiveSmallIntegerField(default=13)
    check_digit = models.CharField(max_length=10, choices=Check, default=Check.EAN13)

    def __str__(self) -> str:
        return f"cards {self.code}"

    @property
    def shape(self) -> Shape:
        """What its numbers look like."""
        return Shape(self.prefix, self.length, self.check_digit)


class CardStatus(models.Model):
    """A status of cards as the company calls it: «VIP», «employee», «under suspicion». Promotions may ask for it.

    Beside the state, which says whether a card is good, and is ours.
    """

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return f"status {self.code}"


class Card(models.Model):
    """One card. Re-issued it has a successor; blocked it opens nothing."""

    class State(models.TextChoices):
        STOCK = "stock", _("In stock")
        ISSUED = "issued", pgettext_lazy("card", "Issued")
        ACTIVE = "active", pgettext_lazy("card", "Active")
        BLOCKED = "blocked", pgettext_lazy("card", "Blocked")
        REPLACED = "replaced", pgettext_lazy("card", "Replaced")

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    kind = models.ForeignKey(CardKind, on_delete=models.PROTECT, related_name="cards", db_index=False)
    number = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey(
        Account, null=True, on_delete=models.PROTECT, related_name="cards", db_index=False
    )
    state = models.CharField(max_length=10, choices=State, default=State.STOCK)
    status = models.ForeignKey(
        CardStatus, null=True, on_delete=models.PROTECT, related_name="cards", db_index=False
    )
    made_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)
    activated_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    shop = models.ForeignKey(  # where it was issued
        "company.Shop", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    activated_shop = models.ForeignKey(  # where it was activated
        "company.Shop", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    successor = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="predecessor")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="stock") | Q(account__isnull=False), name="loyalty_card_has_an_account"
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "-id"], name="loyalty_cards_of_kind"),
            models.Index(
                fields=["account"], condition=Q(account__isnull=False), name="loyalty_cards_of_account"
            ),
            models.Index(
                fields=["state", "-id"], condition=~Q(state="stock"), name="loyalty_cards_given_out"
            ),
            models.Index(
                fields=["status", "-id"], condition=Q(status__isnull=False), name="loyalty_cards_of_status"
            ),
        ]

    def __str__(self) -> str:
        return f"card #{self.pk}"


class CardChange(models.Model):
    """What became of a card at a moment, by whom and why. That it was made stands on the card itself.

    `status`: the name of the status that it got then, empty: it lost it; null: another change, of its state.
    """

    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="changes", db_index=False)
    state = models.CharField(max_length=10, choices=Card.State)
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=20)
    by_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    status = models.CharField(max_length=100, null=True)  # noqa: DJ001 - null and empty differ

    class Meta:
        indexes = [models.Index(fields=["card", "-id"], name="loyalty_changes_of_card")]

    def __str__(self) -> str:
        return f"card #{self.card_id} {self.state}"
