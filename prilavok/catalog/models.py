"""What the shop sells: goods in a tree of categories."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat, Lower, Replace
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.ids import uuid7
from prilavok.kernel.words import words_of

UNKNOWN = "?"  # the category of goods that a receipt named and the catalog did not have

NAME_WORDS = words_of(Replace(Lower(Concat("code", Value(" "), "name")), Value("ё"), Value("е")))


class Unit(models.TextChoices):
    PIECE = "pcs", _("pcs")
    KILOGRAM = "kg", _("kg")
    LITRE = "l", _("l")
    OTHER = "other", _("units")


class Category(models.Model):
    """A node of the tree. The top of its branch is its department; a department is its own top."""

    code = models.CharField(_("Code"), max_length=100, unique=True)
    name = models.CharField(_("Name"), max_length=200)
    name_ru = models.CharField(_("Name in Russian"), max_length=200, blank=True, default="")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    department = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(level=0, parent__isnull=True, department__isnull=True)
                | Q(level__gt=0, parent__isnull=False, department__isnull=False),
                name="catalog_category_has_a_place",
            ),
        ]

    def __str__(self) -> str:
        return f"category {self.code}"

    @property
    def shown_name(self) -> str:
        """The name in the reader's language: Russian where there is one and Russian is spoken."""
        if self.name_ru and (translation.get_language() or "").startswith("ru"):
            return self.name_ru
        return self.name

    @property
    def indent(self) -> str:
        """What stands before the name in a tree drawn as a list."""
        return "\u2003" * self.level


class Product(models.Model):
    """A thing on the shelf. `placeholder`: a receipt named it first; the catalog has yet to describe it."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    code = models.CharField(_("Code"), max_length=100, unique=True)
    name = models.CharField(_("Name"), max_length=300)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    manufacturer = models.CharField(_("Manufacturer"), max_length=200, blank=True, default="")
    private_label = models.BooleanField(_("Private label"), default=False)
    size_text = models.CharField(_("Size"), max_length=100, blank=True, default="")
    unit = models.CharField(_("Unit"), max_length=10, choices=Unit, default=Unit.PIECE)
    placeholder = models.BooleanField(default=False)

    class Meta:
        indexes = [
            GinIndex(NAME_WORDS, name="catalog_product_name_words"),
            models.Index(fields=["name", "id"], name="catalog_product_by_name"),
            models.Index(
                fields=["placeholder"], condition=Q(placeholder=True), name="catalog_product_placeholder"
            ),
        ]

    def __str__(self) -> str:
        return f"product {self.code}"


class ProductCost(models.Model):
    """What one unit of a product costs the shop from a day on, until the next such day."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="costs", db_index=False)
    since = models.DateField(_("From"))
    cost = models.DecimalField(_("Cost of a unit"), max_digits=19, decimal_places=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "since"], name="catalog_cost_once_a_day"),
            models.CheckConstraint(condition=Q(cost__gte=0), name="catalog_cost_is_no_income"),
        ]

    def __str__(self) -> str:
        return f"cost of product #{self.product_id} since {self.since}"
