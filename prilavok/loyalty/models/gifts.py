"""Gift cards and certificates: money that was paid before. What is left on one stands in the ledger."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from prilavok.kernel.ids import uuid7
from prilavok.loyalty import gifts
from prilavok.loyalty.models.cards import CardKind
from prilavok.loyalty.numbering import Shape


class GiftKind(models.Model):
    """A kind of gift cards: what they are worth, how long they live, what their numbers look like.

    `value` is what each is worth; none: chosen at the sale, from `least` to `most`. They live `lifetime_days` from
    the day of sale (none: for ever). `secret`: instead of a range of numbers codes that nobody can guess; whoever has
    the code has the money. `pin`: a card is paid with only together with its PIN (`gifts.pin_of`).
    """

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    currency = models.CharField(max_length=3)
    value = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    least = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    most = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    lifetime_days = models.PositiveSmallIntegerField(null=True, default=365)
    secret = models.BooleanField(default=True)
    pin = models.BooleanField(default=False)
    prefix = models.CharField(max_length=12, blank=True, default="")
    length = models.PositiveSmallIntegerField(default=13)
    check_digit = models.CharField(max_length=10, choices=CardKind.Check, default=CardKind.Check.EAN13)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(value__gt=0, least=None, most=None)
                | Q(value=None, least__gt=0, most__gte=F("least")),
                name="loyalty_gift_kind_has_a_value",
            ),
        ]

    def __str__(self) -> str:
        return f"gift cards {self.code}"

    @property
    def shape(self) -> Shape:
        """What its numbers look like, where they are a range."""
        return Shape(self.prefix, self.length, self.check_digit)


class GiftCard(models.Model):
    """One gift card, by its `number` as `rules.code_key` writes it.

    Issued → sold and active → used in part → used up; expired or blocked it pays for nothing. `granted` is the cause
    by which its money came into the books. A card may be bound to the customer who got it; whoever holds it pays.
    `seal`: of a PIN that a printer made, `gifts.seal_of` it; empty: the PIN follows from the number. `value` is all
    that was paid for the card, top-ups too.
    """

    class State(models.TextChoices):
        ISSUED = "issued", pgettext_lazy("gift card", "Not sold")
        ACTIVE = "active", pgettext_lazy("gift card", "Active")
        PARTLY = "partly", pgettext_lazy("gift card", "Used in part")
        USED = "used", pgettext_lazy("gift card", "Used up")
        EXPIRED = "expired", pgettext_lazy("gift card", "Expired")
        BLOCKED = "blocked", pgettext_lazy("gift card", "Blocked")

    SOLD = (State.ACTIVE, State.PARTLY)  # with these one can pay

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    kind = models.ForeignKey(GiftKind, on_delete=models.PROTECT, related_name="cards", db_index=False)
    number = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.ISSUED)
    seal = models.CharField(max_length=64, blank=True, default="", db_default="")
    made_at = models.DateTimeField()
    value = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    sold_at = models.DateTimeField(null=True)
    sold_in = models.ForeignKey(
        "company.Shop", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    sold_by = models.CharField(max_length=64, blank=True, default="")  # the fiscal number of the sale
    granted = models.UUIDField(null=True)
    expires_at = models.DateTimeField(null=True)
    profile = models.ForeignKey(
        "customers.Profile", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="issued", value=None)
                | Q(state="blocked")
                | Q(value__gt=0, sold_at__isnull=False, granted__isnull=False),
                name="loyalty_gift_card_is_sold_for_something",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "-id"], name="loyalty_gift_cards_of_kind"),
            models.Index(fields=["state", "-id"], name="loyalty_gift_cards_by_state"),
            models.Index(
                fields=["expires_at"],
                condition=Q(state__in=["active", "partly", "blocked"]),
                name="loyalty_gift_cards_to_expire",
            ),
            models.Index(
                fields=["profile", "-id"],
                condition=Q(profile__isnull=False),
                name="loyalty_gift_cards_of_customer",
            ),
            models.Index(fields=["sold_by", "sold_in"], name="loyalty_gift_cards_sold_by"),
        ]

    def __str__(self) -> str:
        return f"gift card #{self.pk}"

    @property
    def shown(self) -> str:
        """The number as those may read it who look at lists: of a secret code its end."""
        return gifts.shown(self.number, hidden=self.kind.secret)


class GiftChange(models.Model):
    """What became of a gift card at a moment. `amount` came to it, or below zero left it; all make up its balance."""

    card = models.ForeignKey(GiftCard, on_delete=models.CASCADE, related_name="changes", db_index=False)
    state = models.CharField(max_length=10, choices=GiftCard.State)
    amount = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    receipt = models.ForeignKey(
        "orders.Receipt", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=20)
    by_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    told_by = models.CharField(
        max_length=100, blank=True, default="", db_default=""
    )  # of a top-up: shop and number

    class Meta:
        indexes = [models.Index(fields=["card", "-id"], name="loyalty_changes_of_gift_card")]

    def __str__(self) -> str:
        return f"gift card #{self.card_id} {self.state}"

    @property
    def fiscal_number(self) -> str:
        """Of a top-up, the number of its receipt."""
        return self.told_by.partition(":")[2]


class GiftPayment(models.Model):
    """What a gift card paid of a receipt; below zero what came back to it with a return."""

    receipt = models.ForeignKey("orders.Receipt", on_delete=models.PROTECT, related_name="+", db_index=False)
    card = models.ForeignKey(GiftCard, on_delete=models.PROTECT, related_name="payments", db_index=False)
    amount = models.DecimalField(max_digits=19, decimal_places=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["receipt", "card"], name="loyalty_gift_card_once_on_receipt"),
            models.CheckConstraint(condition=~Q(amount=0), name="loyalty_gift_payment_moves_something"),
        ]
        indexes = [models.Index(fields=["card"], name="loyalty_payments_of_gift_card")]

    def __str__(self) -> str:
        return f"gift card #{self.card_id} on receipt #{self.receipt_id}"
