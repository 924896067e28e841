import zoneinfo
from typing import Any

from babel import Locale
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries
from prilavok.company.models import Company, Employee
from prilavok.kernel import permissions


def _zones() -> list[tuple[str, str]]:
    return [(zone, zone) for zone in sorted(zoneinfo.available_timezones())]


def _currencies() -> list[tuple[str, str]]:
    names = Locale.parse(get_language() or "ru").currencies
    often = ("RUB", "USD", "EUR", "KZT", "BYN", "AMD", "GEL", "UZS", "KGS", "AZN", "TRY", "CNY")
    return [(code, f"{code} — {names.get(code, code)}") for code in often]


class CompanyForm(forms.ModelForm[Company]):
    timezone = forms.ChoiceField(label=_("Time zone"), choices=_zones)
    currency = forms.ChoiceField(label=_("Currency"), choices=_currencies)

    class Meta:
        model = Company
        fields = ("name", "currency", "timezone", "language")
        labels = {"name": _("Name"), "language": _("Language")}
        widgets = {"language": forms.Select(choices=[("ru", "Русский"), ("en", "English")])}


class MySettings(forms.ModelForm[Employee]):
    timezone = forms.ChoiceField(
        label=_("Time zone"), required=False, choices=lambda: [("", _("The company's")), *_zones()]
    )

    class Meta:
        model = Employee
        fields = ("language", "theme", "timezone")
        labels = {"language": _("Language"), "theme": _("Theme")}


def _roles() -> list[tuple[str, str]]:
    return [(role.code, role.label) for role in queries.roles()]


class NewEmployee(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    email = forms.EmailField(label=_("E-mail"), help_text=_("The log-in."))
    password = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput, help_text=_("At least 10 characters.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=[("ru", "Русский"), ("en", "English")])
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=_roles, widget=forms.CheckboxSelectMultiple, required=False
    )


class Grant(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=_roles)
    shops: forms.ModelMultipleChoiceField[Any] = forms.ModelMultipleChoiceField(
        label=_("Only these shops"),
        queryset=None,
        required=False,
        help_text=_("Choose none to give the role everywhere."),
    )

    def __init__(self, *args: object, by: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["shops"].queryset = queries.shops(by)  # type: ignore[attr-defined, arg-type]


class Rights(forms.Form):
    rights = forms.MultipleChoiceField(
        label=_("Rights"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(one.key, f"{one.label} ({one.key})") for one in permissions.declared()],
    )


class Token(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Who will use it, for example “1C”."))
    rights = forms.MultipleChoiceField(label=_("Rights"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: object, by: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["rights"].choices = [  # type: ignore[attr-defined]
            (one.key, f"{one.label} ({one.key})")
            for one in permissions.declared()
            if by.may(one.key)  # type: ignore[attr-defined]
        ]


class SavedView(forms.Form):
    name = forms.CharField(max_length=100)
    query = forms.CharField(max_length=4000, required=False)
    shared = forms.BooleanField(required=False)
