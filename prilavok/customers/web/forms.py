"""What people type about customers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.customers import queries, rules
from prilavok.customers.actions import contacts
from prilavok.customers.actions.problems import PROBLEM_OF
from prilavok.customers.models import (
    Candidate,
    ContactKind,
    IdentifierKind,
    LegalForm,
    Person,
    Proof,
    Sex,
    Status,
)
from prilavok.customers.ports import ListFilter
from prilavok.customers.web.picking import ReferenceField
from prilavok.kernel import clock
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.ui.forms import Form, ModelForm

_ANY: tuple[str, Any] = ("", _("Any"))


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class Filters(forms.Form):
    """The filters of the list that this actor may use, one field each."""

    def __init__(self, data: Any, by: Actor) -> None:
        super().__init__(data)
        for item in queries.filters_of(by):
            self.fields[item.key] = _field(item, by, self.data.get(item.key, ""))

    def chosen(self) -> dict[str, str]:
        """Values as they stand in the address; an unknown value finds nobody rather than everybody."""
        return {name: self.data.get(name, "") for name in self.fields if self.data.get(name)}


def _field(item: ListFilter, by: Actor, value: str) -> forms.Field:
    if item.kind == "reference":
        picked = ReferenceField(item.target, by, empty=True, label=str(item.label), required=False)
        names = queries.referred(item.target, [value], by) if value else {}
        picked.choices = [("-", _("no value")), *((key, told[0]) for key, told in names.items())]  # type: ignore[attr-defined]
        return picked
    if item.choices is not None:
        return forms.ChoiceField(label=str(item.label), required=False, choices=[_ANY, *item.choices(by)])
    if item.kind == "date":
        return forms.DateField(label=str(item.label), required=False, widget=DateInput())
    return forms.CharField(label=str(item.label), required=False)


class TimelineForm(forms.Form):
    """What of the timeline is wanted. What cannot be understood narrows nothing."""

    group = forms.CharField(required=False, max_length=50)
    text = forms.CharField(required=False, max_length=100)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)

    def wanted(self) -> dict[str, Any]:
        """Values by name, those that are wrong left out."""
        self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if value}


class PersonForm(ModelForm):
    """Who the customer is."""

    permission = "customers.edit"
    birth_date = forms.DateField(label=_("Birth date"), required=False, widget=DateInput())
    sex = forms.ChoiceField(label=_("Sex"), required=False, choices=[("", _("Unknown")), *Sex.choices])

    class Meta:
        model = Person
        fields = ("last_name", "first_name", "middle_name", "sex", "birth_date")

    def clean_birth_date(self) -> Any:
        value = self.cleaned_data["birth_date"]
        if value and not (value.year >= 1900 and value <= clock.now().date()):
            raise forms.ValidationError(_("Nobody was born on this day: give a date between 1900 and today."))
        return value


class CompanyNameForm(Form):
    """What a company is called, corrected on its card."""

    permission = "customers.edit"
    name = forms.CharField(label=_("Name"), max_length=200)


class CompanyForm(Form):
    """What a company is by law, and what it is called."""

    permission = "customers.edit"
    field_order: tuple[str, ...] = ("name", "form")
    name = forms.CharField(
        label=_("Name"), max_length=200, help_text=_("How it is shown and searched: LLC Daisy.")
    )
    form = forms.ChoiceField(label=_("Kind"), choices=LegalForm.choices)
    full_name = forms.CharField(label=_("Full legal name"), max_length=500, required=False)
    inn = forms.CharField(label=_("INN"), max_length=30, required=False)
    kpp = forms.CharField(label=_("KPP"), max_length=30, required=False)
    ogrn = forms.CharField(label=_("OGRN"), max_length=30, required=False)
    address = forms.CharField(label=_("Legal address"), max_length=500, required=False)
    bank = forms.CharField(label=_("Bank"), max_length=200, required=False)
    bic = forms.CharField(label=_("BIC"), max_length=30, required=False)
    account = forms.CharField(label=_("Account"), max_length=40, required=False)

    def clean(self) -> dict[str, Any]:
        """Each number by its own check, all that are wrong at once."""
        typed: dict[str, Any] = super().clean() or {}
        for name in rules.NUMBERS:
            told = {one: typed.get(one, "") for one in (name, *(["bic"] if name == "account" else []))}
            try:
                typed |= {name: rules.numbers(told, typed.get("form", ""))[name]}
            except rules.BadValue as error:
                if error.args[0] == f"bad_{name}":
                    self.add_error(name, str(PROBLEM_OF[error.args[0]]()))
        return typed


class NewCompanyForm(CompanyForm):
    """A company that comes to the shop."""

    permission = "customers.register"
    field_order = ("name", "form", "inn", "kpp", "phone", "email", "shop")
    phone = forms.CharField(label=_("Phone"), required=False, max_length=50)
    email = forms.CharField(label=_("E-mail"), required=False, max_length=254)
    shop = forms.CharField(label=_("Shop of registration"), required=False, widget=forms.Select)

    def for_actor(self, by: Actor) -> "NewCompanyForm":
        self.fields["shop"].widget.choices = _shops(by)
        return self

    def clean_phone(self) -> str:
        return _contact(self.cleaned_data["phone"], "phone")

    def clean_email(self) -> str:
        return _contact(self.cleaned_data["email"], "email")


def _linkable() -> list[tuple[str, Any]]:
    """Kinds in use, without phones and e-mails: those are contacts."""
    return [
        (code, queries.kind_name(kind))
        for code, kind in queries.identifier_kinds().items()
        if kind.active and code not in ContactKind.values
    ]


class ContactForm(Form):
    """One more phone or e-mail."""

    permission = "customers.edit"
    value = forms.CharField(label=_("Phone or e-mail"), max_length=254)

    def clean_value(self) -> str:
        value: str = self.cleaned_data["value"]
        try:
            contacts.normal_contact(value)
        except Problem as problem:
            raise forms.ValidationError(str(problem)) from problem
        return value


class CardForm(Form):
    """One more card."""

    permission = "customers.edit"
    number = forms.CharField(label=_("Card number"), max_length=64)

    def clean_number(self) -> str:
        try:
            return rules.normal_card(self.cleaned_data["number"])
        except rules.BadValue as error:
            raise forms.ValidationError(
                _("A card number has only digits and Latin letters, at most 64 of them.")
            ) from error


class IdentifierForm(Form):
    """One more thing that the customer is known by: an account in a messenger, a tag, a device, another system's id."""

    permission = "customers.edit"
    kind = forms.ChoiceField(label=_("Kind"), choices=_linkable)
    value = forms.CharField(label=_("Value"), max_length=200)
    proof = forms.ChoiceField(
        label=_("Proof"),
        choices=[(Proof.CLAIMED, _("the customer says so")), (Proof.VERIFIED, _("it was shown or checked"))],
        help_text=_("What is only said joins nobody and is not spent by: it waits for its proof."),
    )

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("kind") and typed.get("value"):
            try:
                contacts.normal_identifier(typed["kind"], typed["value"])
            except Problem as problem:
                self.add_error("value", str(problem))
        return typed


class StatusForm(Form):
    """Why the status changes."""

    permission = "customers.edit"
    status = forms.ChoiceField(
        choices=[(Status.ACTIVE, Status.ACTIVE.label), (Status.BLOCKED, Status.BLOCKED.label)]
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class NewCustomerForm(PersonForm):
    """A customer who comes by name, phone, e-mail or card."""

    permission = "customers.register"
    field_order = ("last_name", "first_name", "middle_name", "phone", "email", "card", "shop")
    phone = forms.CharField(label=_("Phone"), required=False, max_length=50)
    email = forms.CharField(label=_("E-mail"), required=False, max_length=254)
    card = forms.CharField(label=_("Card number"), required=False, max_length=64)
    shop = forms.CharField(label=_("Shop of registration"), required=False, widget=forms.Select)
    consent = forms.BooleanField(
        label=_("Agrees to offers by e-mail"),
        required=False,
        help_text=_("Tick it only if the customer has said so now; the consent is kept with your name."),
    )

    def for_actor(self, by: Actor) -> "NewCustomerForm":
        """The shops to choose from are those of the actor's scope."""
        self.fields["shop"].widget.choices = _shops(by)
        return self

    def clean_phone(self) -> str:
        return _contact(self.cleaned_data["phone"], "phone")

    def clean_email(self) -> str:
        return _contact(self.cleaned_data["email"], "email")

    def clean_card(self) -> str:
        try:
            return rules.normal_card(self.cleaned_data["card"]) if self.cleaned_data["card"] else ""
        except rules.BadValue as error:
            raise forms.ValidationError(
                _("A card number has only digits and Latin letters, at most 64 of them.")
            ) from error


def _shops(by: Actor) -> list[tuple[str, str]]:
    """The shops of the actor's scope; who works in one has nothing to choose."""
    shops = [(shop.code, shop.name) for shop in company.shops(by)]
    return [*([] if by.shops is not None and len(shops) == 1 else [("", "—")]), *shops]


def _contact(value: str, kind: str) -> str:
    try:
        return contacts.normal_contact(value, kind)[1] if value else ""
    except Problem as problem:
        raise forms.ValidationError(str(problem)) from problem


# ── Who it is ────────────────────────────────────────────────────────────────────────────────────────────


class DuplicatesFilter(forms.Form):
    """Which pairs stand in the queue."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=Candidate.State.choices)
    source = forms.ChoiceField(
        label=_("Found"),
        required=False,
        choices=[
            _ANY,
            ("batch", _("by likeness")),
            ("proof", _("by proof of the same")),
            ("claim", _("by a claim")),
        ],
    )


class ModesForm(Form):
    """How fields are settled when two records become one: `fill` unless another way was chosen."""

    permission = "customers.merge"
    check_on_leaving = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        own = [rules.OWN + one.code for one in queries.recent_own_fields() if one.archived_at is None]
        for name in (*rules.FIELDS, *own):
            self.fields[name] = forms.ChoiceField(required=False, choices=[(one, one) for one in rules.MODES])

    def modes(self) -> dict[str, str]:
        """Only what was chosen and is a way at all."""
        return {name: self.data[name] for name in self.fields if self.data.get(name) in rules.MODES}


class KindForm(ModelForm):
    """A kind of identifiers."""

    permission = "customers.kinds"
    field_order = ("code", "name")

    class Meta:
        model = IdentifierKind
        fields = (
            "code",
            "name",
            "shape",
            "min_length",
            "max_length",
            "exclusive",
            "channel_only",
            "shared_by",
            "family",
            "reach",
            "cost",
            "limits",
            "active",
        )


def _kinds() -> list[tuple[str, Any]]:
    return [(code, queries.kind_name(kind)) for code, kind in queries.identifier_kinds().items()]


class QuarantineForm(Form):
    """A value that tells nobody."""

    permission = "customers.merge"
    kind = forms.ChoiceField(label=_("Kind"), choices=_kinds)
    value = forms.CharField(label=_("Value"), max_length=254)


class EraseForm(Form):
    """Erasing cannot be undone: the name is typed, so that nobody does it by a slip."""

    permission = "customers.erase"
    check_on_leaving = False
    typed = forms.CharField(label=_("Type the customer's name to confirm"), required=False, max_length=300)

    def __init__(self, *args: Any, name: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self.name = name
        self.fields["typed"].required = bool(name)

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"].strip()
        if rules.name_key(typed) != rules.name_key(self.name):
            raise forms.ValidationError(
                _("Type the name as it stands above: %(name)s"), params={"name": self.name}
            )
        return typed


class OwnNamesForm(PersonForm):
    """What customers correct themselves on their own page."""

    check_on_leaving = False
