import zoneinfo
from datetime import date, datetime, time, timedelta
from functools import cache
from html import escape
from operator import itemgetter
from typing import Any

from babel import Locale
from babel.core import get_global
from django import forms
from django.apps import apps
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from prilavok.company import actions, queries
from prilavok.company.models import Company, Employee
from prilavok.kernel import clock, permissions
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.permissions import Permission
from prilavok.kernel.places import PointField


def _zones() -> list[tuple[str, str]]:
    return _zones_in(get_language() or "ru")


@cache  # the list is gathered from hundreds of files
def _zones_in(language: str) -> list[tuple[str, str]]:
    """Every time zone by country and city in the reader's language; those of no country come last."""
    locale = Locale.parse(language, sep="-")
    countries, aliases = get_global("zone_territories"), get_global("zone_aliases")
    known = zoneinfo.available_timezones()
    placed = {zone for zone in known if countries.get(zone, "001") != "001" and zone not in aliases}
    named = [
        (zone, f"{locale.territories[countries[zone]]}: {_city(zone, locale)} ({zone})") for zone in placed
    ]
    return sorted(named, key=itemgetter(1)) + [(zone, zone) for zone in sorted(known - placed)]


def _city(zone: str, locale: Locale) -> str:
    return locale.time_zones.get(zone, {}).get("city") or zone.rpartition("/")[2].replace("_", " ")


class ZoneSelect(forms.Select):
    """The choice of a time zone: the hundreds of options are drawn once for each language."""

    def __init__(self, attrs: dict[str, Any] | None = None, *, none: str | Promise = "") -> None:
        super().__init__(attrs)
        self.none = none

    def use_required_attribute(self, initial: Any) -> bool:
        return False  # Django would look through them all to see whether the first one is empty

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        none = format_html('<option value="">{}</option>', self.none) if self.none else ""
        chosen = f'<option value="{escape(value or "")}"'
        options = (none + _zone_options(get_language() or "ru")).replace(chosen, f"{chosen} selected", 1)
        own = flatatt(self.build_attrs({"name": name}, attrs))
        return format_html("<select{}>{}</select>", own, mark_safe(options))


@cache
def _zone_options(language: str) -> str:
    return format_html_join("", '<option value="{}">{}</option>', _zones_in(language))


def _currencies() -> list[tuple[str, str]]:
    names = Locale.parse(get_language() or "ru").currencies
    often = ("RUB", "USD", "EUR", "KZT", "BYN", "AMD", "GEL", "UZS", "KGS", "AZN", "TRY", "CNY")
    return [(code, f"{code} — {names.get(code, code)}") for code in often]


class LogIn(AuthenticationForm):
    """The door. One answer to a wrong address and to a wrong password: it tells nobody who works here."""

    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": _(
            "E-mail and password do not fit together. Check the keyboard's language and Caps Lock."
        )
    }


class CompanyForm(forms.ModelForm[Company]):
    site = forms.URLField(
        label=_("Your site"),
        help_text=_("The button of new letters leads there."),
        required=False,
        max_length=500,
        assume_scheme="https",
    )
    timezone = forms.ChoiceField(label=_("Time zone"), choices=_zones, widget=ZoneSelect)
    currency = forms.ChoiceField(label=_("Currency"), choices=_currencies)

    class Meta:
        model = Company
        fields = ("name", "site", "currency", "timezone", "language")
        labels = {"name": _("Name"), "language": _("Language")}
        widgets = {"language": forms.Select(choices=[("ru", "Русский"), ("en", "English")])}


class MySettings(forms.ModelForm[Employee]):
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=lambda: [("", _("The company's")), *_zones()],
        widget=ZoneSelect(none=_("The company's")),
    )

    class Meta:
        model = Employee
        fields = ("language", "theme", "timezone")
        labels = {"language": _("Language"), "theme": _("Theme")}


class ShopPlace(forms.Form):
    """Where a shop stands."""

    coordinates = PointField(
        help_text=_(
            "Latitude and longitude, as they are copied from a map. By them each customer's nearest shop is found."
        )
    )


def _roles() -> list[tuple[str, str]]:
    return [(role.code, role.label) for role in queries.roles()]


class _Scope(forms.Form):
    """Where something holds: brands and shops within one's own; neither is everywhere."""

    def __init__(self, *args: Any, by: Actor, **more: Any) -> None:
        super().__init__(*args, **more)
        brands = queries.brands(by)
        if len(brands) < 2:  # one brand is everywhere
            self.fields.pop("brands", None)
        for name, found in {"brands": brands, "shops": queries.shops(by)}.items():
            if name in self.fields:
                self.fields[name].queryset = found  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, Any]:
        """What was typed, as actions take it: places by their ids."""
        places = {
            name: [one.pk for one in found] for name, found in self.cleaned_data.items() if name in _PLACES
        }
        return self.cleaned_data | places


_PLACES = ("brands", "shops")


def _places(label: Any, help_text: Any = "") -> "forms.ModelMultipleChoiceField[Any]":
    return forms.ModelMultipleChoiceField(
        label=label, queryset=None, required=False, help_text=help_text, widget=forms.CheckboxSelectMultiple
    )


def _brands() -> "forms.ModelMultipleChoiceField[Any]":
    return _places(_("Only these brands"))


def _shops() -> "forms.ModelMultipleChoiceField[Any]":
    return _places(_("Only these shops"), _("No brand and no shop: everywhere."))


class NewEmployee(_Scope):
    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=200)
    email = forms.EmailField(label=_("E-mail"), help_text=_("The log-in."))
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=[("ru", "Русский"), ("en", "English")])
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=_roles, widget=forms.CheckboxSelectMultiple, required=False
    )
    brands = _brands()
    shops = _shops()


class Grant(_Scope):
    role = forms.ChoiceField(label=_("Role"), choices=_roles)
    brands = _brands()
    shops = _shops()


def _rights(offered: list[Permission]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Rights by the domain that they are about."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in offered:
        about = str(apps.get_app_config(one.domain).verbose_name)
        groups.setdefault(about, []).append((one.key, str(one.label)))
    return list(groups.items())


class Code(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )


class CodeOfAnotherPhone(Code):
    """A code that takes the place of a factor: whoever sits down at an open page does not know the password."""

    password = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class Rights(forms.Form):
    second_factor = forms.BooleanField(
        label=_("Demand a second factor"),
        required=False,
        help_text=_("Whoever has the role and no second factor may do nothing but set one up."),
    )
    rights = forms.MultipleChoiceField(
        label=_("Rights"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: _rights(permissions.declared()),
    )


class Token(_Scope):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Who will use it, for example “1C”."))
    rights = forms.MultipleChoiceField(
        label=_("Rights"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only what this program needs; rights that you lack are not offered."),
    )
    shops = _shops()
    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("Empty: until it is revoked."),
    )

    def __init__(self, *args: Any, by: Actor, **more: Any) -> None:
        super().__init__(*args, by=by, **more)
        self.fields["shops"].help_text = _("None: everywhere.")
        offered = [one for one in permissions.declared() if by.may(one.key)]
        self.fields["rights"].choices = _rights(offered)  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, Any]:
        typed = super().chosen()
        last: date | None = typed.pop("last_day")
        end = datetime.combine(last + timedelta(days=1), time.min, queries.zone()) if last else None
        return {
            "name": typed["name"],
            "permissions_wanted": typed["rights"],
            "shops": typed["shops"],
            "expires_at": end,
        }


class MyPassword(forms.Form):
    old = forms.CharField(
        label=_("Password of today"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    new = forms.CharField(
        label=_("New password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters."),
    )


class Forgotten(forms.Form):
    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))


class NewPassword(forms.Form):
    """By a link: `user` is whom it was given to."""

    password = MyPassword.base_fields["new"]

    def __init__(self, user: Employee | None, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password

    def save(self) -> Employee:
        assert self.user is not None  # Django shows no form for a link that leads to nobody
        return actions.choose_password(
            employee_id=self.user.pk, new=self.cleaned_data["password"], at=clock.now()
        )


def blame(form: forms.Form, problem: Problem, **names: str) -> None:
    """Put the problem beside its field, if the form has it; `names`: what the form calls the action's fields."""
    field = names.get(problem.field or "", problem.field)
    form.add_error(field if field in form.fields else None, str(problem))


class SavedView(forms.Form):
    name = forms.CharField(max_length=100)
    query = forms.CharField(max_length=4000, required=False)
    shared = forms.BooleanField(required=False)
