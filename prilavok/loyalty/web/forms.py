"""What people type about coupons."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from prilavok.catalog import queries as catalog
from prilavok.company import queries as company
from prilavok.loyalty.models import CodeAttempt, CouponSeries
from prilavok.loyalty.ports import NewSeries
from prilavok.loyalty.web.picked import PickedCodes, codes_in
from prilavok.loyalty.web.words import SERIES_STATES
from prilavok.ui.forms import Form

ANY: tuple[str, Any] = ("", _("Any"))


class SeriesFilters(forms.Form):
    """The filters of the list of series."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[ANY, *((key, word) for key, (_kind, word) in SERIES_STATES.items())],
    )
    origin = forms.ChoiceField(
        label=_("Origin"),
        required=False,
        choices=[ANY, ("own", _("made here")), ("imported", _("from a file"))],
    )


class CodeFilters(forms.Form):
    """The filters of a series' codes."""

    used = forms.ChoiceField(
        label=_("State"), required=False, choices=[ANY, ("yes", _("used")), ("no", _("not used"))]
    )


class AttemptFilters(forms.Form):
    """The filters of codes that were tried."""

    reason = forms.ChoiceField(
        label=_("Why it is not good"),
        required=False,
        choices=[ANY, *((one.value, one.label) for one in CodeAttempt.REASONS)],
    )


class _Day(forms.DateField):
    def __init__(self, **more: Any) -> None:
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **more)


class SeriesForm(Form):
    """A new series."""

    permission = "loyalty.edit"
    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("Seen by customers and cashiers."))
    code = forms.SlugField(
        label=_("Code of the series"),
        max_length=64,
        allow_unicode=True,
        help_text=_("Short, for reports and files: MEAT-10."),
    )
    reward_kind = forms.ChoiceField(label=_("What it gives"), choices=CouponSeries.Reward.choices)
    reward_value = forms.DecimalField(
        label=_("How much"), required=False, min_value=0, max_digits=19, decimal_places=2
    )
    minimum = forms.DecimalField(
        label=_("Smallest basket, in money"), required=False, min_value=0, max_digits=19, decimal_places=2
    )
    first_day = _Day(label=_("First day"))
    last_day = _Day(label=_("Last day, inclusive"), required=False)
    personal = forms.BooleanField(
        label=_("Only for the customer it was issued to"), required=False, initial=True
    )
    uses = forms.IntegerField(
        label=_("Uses of one code"),
        required=False,
        min_value=1,
        initial=1,
        help_text=_("Empty: without limit."),
    )
    products = forms.CharField(
        label=_("Products"),
        required=False,
        widget=PickedCodes("product"),
        help_text=_("Nothing chosen: anything."),
    )
    categories = forms.CharField(
        label=_("Categories"),
        required=False,
        widget=PickedCodes("category"),
        help_text=_("All goods in them and below, beside the products."),
    )
    first_order = forms.BooleanField(
        label=_("Only with the first purchase"),
        required=False,
        help_text=_("Of a customer whom the till recognised."),
    )

    def clean_products(self) -> list[int]:
        codes = codes_in("product", self.cleaned_data["products"])
        known = catalog.products_by_code(codes)
        missing = [code for code in codes if code not in known]
        if missing:
            raise forms.ValidationError(
                _("The catalog has no products with these codes: %s.") % ", ".join(missing)
            )
        return [known[code].id for code in codes]

    def clean_categories(self) -> list[int]:
        codes = codes_in("category", self.cleaned_data["categories"])
        known = catalog.category_ids(codes)
        missing = [code for code in codes if code not in known]
        if missing:
            raise forms.ValidationError(
                _("The catalog has no categories with these codes: %s.") % ", ".join(missing)
            )
        return [known[code] for code in codes]

    def told(self) -> NewSeries:
        """The series as typed; days are the company's days."""
        typed = self.cleaned_data
        return NewSeries(
            code=typed["code"],
            name=typed["name"],
            reward_kind=typed["reward_kind"],
            reward_value=typed["reward_value"],
            minimum=typed["minimum"] or None,
            valid_from=_midnight(typed["first_day"]),
            valid_until=_midnight(typed["last_day"] + timedelta(days=1)) if typed["last_day"] else None,
            personal=typed["personal"],
            uses=typed["uses"],
            product_ids=typed["products"],
            category_ids=typed["categories"],
            first_order=typed["first_order"],
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), company.zone())


class CountForm(Form):
    """How many bearer codes to make."""

    permission = "loyalty.issue"
    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=10_000_000, initial=1000)


class CodeForm(Form):
    """A code made up by hand."""

    permission = "loyalty.edit"
    code = forms.CharField(label=_("Code"), max_length=64, help_text=_("Such as SPRING-10."))
