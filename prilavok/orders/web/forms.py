"""What people ask the list of receipts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.kernel.actors import Actor
from prilavok.orders.models import ReceiptQuerySet
from prilavok.orders.web.words import KINDS

ANY = ("", _("Any"))


def _date() -> forms.DateField:
    return forms.DateField(required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))


class Filters(forms.Form):
    """The filters of the list; days are the shops' own days, inclusive."""

    shop = forms.ChoiceField(label=_("Shop"), required=False)
    since = _date()
    until = _date()
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[ANY, *KINDS.items()])
    identified = forms.ChoiceField(
        label=_("Customer"), required=False, choices=[ANY, ("yes", _("known")), ("no", _("not known"))]
    )

    def __init__(self, data: Any, by: Actor) -> None:
        super().__init__(data)
        shops = [(shop.code, shop.name) for shop in company.shops(by)]
        self.fields["shop"].choices = [ANY, *shops]  # type: ignore[attr-defined]
        self.fields["since"].label = _("Paid since")
        self.fields["until"].label = _("Paid until")

    def narrow(self, found: ReceiptQuerySet) -> ReceiptQuerySet:
        """What is wrong narrows to nothing rather than to everything."""
        if not self.is_valid():
            return found.none()
        chosen = self.cleaned_data
        exact = {
            "shop__code": chosen["shop"],
            "kind": chosen["kind"],
            "local_date__gte": chosen["since"],
            "local_date__lte": chosen["until"],
        }
        found = found.filter(**{name: value for name, value in exact.items() if value})
        if chosen["identified"]:
            found = found.filter(profile__isnull=chosen["identified"] == "no")
        return found

    def asked(self) -> bool:
        return any(self.data.get(name) for name in self.fields)
