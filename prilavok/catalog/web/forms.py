"""What people type about goods."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prilavok.catalog import queries
from prilavok.catalog.models import Category, Product
from prilavok.kernel.actors import Actor
from prilavok.ui.forms import ModelForm


class Filters(forms.Form):
    """The filters of the product list."""

    category = forms.ChoiceField(label=_("Department"), required=False)
    placeholder = forms.ChoiceField(
        label=_("Description"),
        required=False,
        choices=[("", _("Any")), ("no", _("Described")), ("yes", _("To be described"))],
    )

    def __init__(self, data: Any, by: Actor) -> None:
        super().__init__(data)
        choices = [(category.code, category.shown_name) for category in queries.departments(by)]
        self.fields["category"].choices = [("", _("Any")), *choices]  # type: ignore[attr-defined]


class ProductForm(ModelForm):
    """What the catalog says of a product."""

    permission = "catalog.edit"
    check_on_leaving = False
    category = forms.ChoiceField(label=_("Category"))

    class Meta:
        model = Product
        fields = ("name", "category", "manufacturer", "size_text", "unit", "private_label")

    def __init__(self, data: Any, product: Product, by: Actor) -> None:
        super().__init__(data, instance=product, initial={"category": product.category.code})
        self.fields["category"].choices = _tree(queries.categories(by))  # type: ignore[attr-defined]

    def clean_category(self) -> str:
        return str(self.cleaned_data["category"])

    def _post_clean(self) -> None:
        """The form only reads and checks: the action writes."""


class CostForm(forms.Form):
    """What a unit of a product costs the shop from a day on."""

    cost = forms.DecimalField(label=_("Cost of a unit"), max_digits=19, decimal_places=4, min_value=0)
    since = forms.DateField(
        label=pgettext_lazy("a cost", "In force from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def _tree(categories: list[Category]) -> list[tuple[str, str]]:
    return [(category.code, category.indent + category.shown_name) for category in categories]
