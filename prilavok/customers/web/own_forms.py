"""Values of the company's own fields as they are typed: on the card and at registration."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from prilavok.customers import queries
from prilavok.customers.models import OwnField
from prilavok.customers.rules import OWN
from prilavok.customers.rules.own_fields import BadOwn, read_own
from prilavok.customers.web.picking import ReferenceField
from prilavok.kernel.actors import Actor
from prilavok.ui.forms import Form


class OwnForm(Form):
    """Values of own fields, those that this actor may change; `registering`: those that registration asks for."""

    permission = "customers.edit"
    check_on_leaving = False

    def __init__(
        self,
        data: Any = None,
        *,
        by: Actor,
        kind: str,
        own: dict[str, Any] | None = None,
        registering: bool = False,
    ) -> None:
        known = [
            one
            for one in queries.seen_own_fields(by, kind)
            if queries.may_change(one, by) and (not registering or one.required or one.at_registration)
        ]
        self.known = {OWN + one.code: one for one in known}
        self.by = by
        super().__init__(data, initial={OWN + code: value for code, value in (own or {}).items()})
        for name, one in self.known.items():
            self.fields[name] = own_input(one, by, (own or {}).get(one.code))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for name, one in self.known.items():
            try:
                if name in values:
                    values[name] = read_own(queries.shape_of(one), self._key(one, values[name]))
            except BadOwn as bad:
                options = one.live_options().values()
                self.add_error(name, queries.own_reason(one.name, bad.why, bad.told, options))
        return values

    def _key(self, field: OwnField, typed: Any) -> Any:
        """Of a reference that is typed: the key of the only one that the text may mean."""
        return queries.reference_key(field.target, typed, self.by) if field.kind == "reference" else typed

    def told(self) -> dict[str, Any]:
        """Values by code."""
        return {name.removeprefix(OWN): value for name, value in self.cleaned_data.items()}


def own_input(field: OwnField, by: Actor, value: Any) -> forms.Field:
    plain: dict[str, Any] = {"label": field.name, "required": field.required, "help_text": field.help}
    if field.kind == "many":
        choices = list(field.live_options().items())
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **plain)
    if field.kind == "date":
        day = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        return forms.CharField(widget=day, **plain)
    if field.kind == "flag":
        choices = [("", _("Unknown")), ("True", _("yes")), ("False", _("no"))]
        return forms.ChoiceField(choices=choices, **plain)
    if field.kind == "choice":
        return forms.ChoiceField(choices=_with_now(list(field.live_options().items()), field, value), **plain)
    if field.kind == "reference":
        return ReferenceField(field.target, by, **plain)
    return forms.CharField(max_length=1_000, **plain)


def _with_now(choices: list[tuple[str, str]], field: OwnField, value: Any) -> list[tuple[str, str]]:
    """The choices, the one that is chosen now among them though it may be out of use."""
    missing = [] if not value or value in dict(choices) else [(value, queries.own_text(field, value))]
    return [("", "—"), *choices, *missing]
