"""What people type about a customer besides who they are: addresses, dates, alerts, notes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from prilavok.customers import rules
from prilavok.customers.models import Address, Alert, Note
from prilavok.customers.queries.postal import date_kinds
from prilavok.customers.rules import dates
from prilavok.customers.web.forms import DateInput
from prilavok.kernel.places import PointField
from prilavok.ui.forms import Form, ModelForm


class AddressForm(ModelForm):
    """An address in one line, by its parts, or both."""

    permission = "customers.edit"
    field_order = ("kind", "line")
    line = forms.CharField(
        label=_("In one line"),
        required=False,
        max_length=300,
        help_text=_("125009, Moscow, ul. Tverskaya, d. 4, kv. 12: the parts below are filled from it."),
    )

    coordinates = PointField(help_text=_("Latitude and longitude, as they are copied from a map."))

    class Meta:
        model = Address
        fields = ("kind", *rules.ADDRESS_PARTS)

    def clean_coordinates(self) -> str:
        return str(self.cleaned_data["coordinates"] or "")

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if not any(typed.get(name) for name in ("line", *rules.ADDRESS_PARTS)):
            self.add_error("line", _("Write the address in one line or by its parts: at least one of them."))
        return typed


class NewAddressForm(Form):
    """A new address in one line."""

    permission = "customers.edit"
    kind = forms.ChoiceField(label=_("Kind"), choices=Address.Kind.choices)
    line = forms.CharField(label=_("Address in one line"), max_length=300)
    coordinates = PointField(help_text=_("Latitude and longitude, as they are copied from a map."))

    def clean_coordinates(self) -> str:
        return str(self.cleaned_data["coordinates"] or "")


class DateForm(Form):
    """A day that comes again every year; the year may be unknown."""

    permission = "customers.edit"
    kind = forms.ChoiceField(label=_("What day"), choices=lambda: list(date_kinds().items()))
    day = forms.IntegerField(label=_("Day"), min_value=1, max_value=31)
    month = forms.IntegerField(label=_("Month"), min_value=1, max_value=12)
    year = forms.IntegerField(label=_("Year"), min_value=1900, max_value=2100, required=False)
    note = forms.CharField(label=_("Whose, or what"), max_length=100, required=False)

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        day, month = typed.get("day"), typed.get("month")
        if day and month and not dates.is_day(month, day, typed.get("year")):
            self.add_error("day", _("There is no such day."))
        return typed


class DateKindForm(Form):
    """A kind of dates of the company's own."""

    permission = "customers.kinds"
    code = forms.RegexField(
        r"^[a-z0-9_]{2,20}$",
        label=_("Code"),
        error_messages={
            "invalid": _("A code has 2 to 20 small Latin letters, digits and underscores."),
        },
    )
    name = forms.CharField(label=_("Name"), max_length=100)


class AlertForm(ModelForm):
    """What whoever meets the customer must know."""

    permission = "customers.note"
    until = forms.DateField(label=_("Until"), required=False, widget=DateInput())

    class Meta:
        model = Alert
        fields = ("text", "severity", "until")


class NoteForm(ModelForm):
    """A note."""

    permission = "customers.note"
    text = forms.CharField(label=_("Text"), max_length=5_000, widget=forms.Textarea(attrs={"rows": 3}))

    class Meta:
        model = Note
        fields = ("text", "pinned")
        labels = {"pinned": _("Keep on top")}
