"""Where a customer lives and is brought things to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from prilavok.customers.models.people import Profile
from prilavok.customers.rules.addresses import ADDRESS_PARTS, AddressParts
from prilavok.kernel.ids import uuid7
from prilavok.kernel.places import WHOLE, Point, degrees, read_place


class Address(models.Model):
    """A postal address by its parts, each in its one form (rules.addresses). `rest` is what fits into none of them."""

    class Kind(models.TextChoices):
        ACTUAL = "actual", _("Actual")
        HOME = "home", _("Home")
        DELIVERY = "delivery", _("Delivery")
        LEGAL = "legal", _("Legal")

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("Kind"), max_length=10, choices=Kind, default=Kind.ACTUAL)
    postcode = models.CharField(_("Postcode"), max_length=10, blank=True, default="")
    country = models.CharField(_("Country"), max_length=60, blank=True, default="")
    region = models.CharField(_("Region"), max_length=120, blank=True, default="")
    city = models.CharField(_("Town"), max_length=120, blank=True, default="")
    street = models.CharField(_("Street"), max_length=200, blank=True, default="")
    house = models.CharField(_("House"), max_length=30, blank=True, default="")
    flat = models.CharField(_("Flat"), max_length=30, blank=True, default="")
    rest = models.CharField(_("What else"), max_length=200, blank=True, default="")
    latitude = degrees(90)
    longitude = degrees(180)
    rule = models.CharField(max_length=50, blank=True, default="")
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["kind", "id"]
        constraints = [models.CheckConstraint(condition=WHOLE, name="customers_address_place_is_whole")]

    def __str__(self) -> str:
        return f"{self.kind} address #{self.pk}"

    @property
    def parts(self) -> AddressParts:
        return AddressParts(**{name: getattr(self, name) for name in ADDRESS_PARTS})

    @property
    def place(self) -> Point | None:
        """Where it stands on the globe."""
        return read_place(self.latitude, self.longitude)

    @property
    def line(self) -> str:
        return self.parts.line()
