"""What people type about gift cards, and their lists as tables."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.customers.queries import Short
from prilavok.kernel.actors import Actor
from prilavok.loyalty.models import CardKind, GiftCard, GiftKind
from prilavok.loyalty.web.programme_forms import ANY, CODE
from prilavok.ui.forms import Form
from prilavok.ui.tables import DayColumn, LinkColumn, MoneyColumn, StateColumn, Table

GIFT_STATES = {
    "issued": "muted",
    "active": "good",
    "partly": "info",
    "used": "muted",
    "expired": "warn",
    "blocked": "bad",
}


class GiftCardTable(Table):
    number = LinkColumn(verbose_name=_("Number"), url="loyalty:gift_card", accessor="shown")
    kind = tables.Column(verbose_name=_("Kind"), accessor="kind__name")
    state = StateColumn(verbose_name=_("State"), accessor="state", kinds=GIFT_STATES)
    value = MoneyColumn(verbose_name=_("Sold for"))
    left = MoneyColumn(verbose_name=_("Left on it"), accessor="pk")
    holder = tables.Column(verbose_name=_("Customer"), accessor="profile_id", empty_values=())
    sold_at = DayColumn(verbose_name=_("Sold"))
    expires_at = DayColumn(verbose_name=_("Good until"))

    def __init__(
        self, rows: list[GiftCard], left: Mapping[int, Decimal], people: Mapping[int, Short], **more: Any
    ) -> None:
        super().__init__(rows, **more)
        self.balances, self.people = left, people

    def render_left(self, record: GiftCard, column: Any) -> str:
        return str(column.render(self.balances[record.pk]))

    def render_holder(self, record: GiftCard) -> SafeString | str:
        return holder(record, self.people)


def holder(card: GiftCard, people: Mapping[int, Short]) -> SafeString | str:
    """The customer that a card is bound to, as far as the reader may know."""
    if card.value is None:
        return "—"
    if card.profile_id is None:
        return str(_("whoever holds it"))
    person = people.get(card.profile_id)
    if person is None:
        return str(_("known, but not to you"))
    address = reverse("customers:card", args=[person.public_id])
    return format_html('<a href="{}">{}</a>', address, person.name or _("No name"))


class GiftFilters(forms.Form):
    """The filters of the list of gift cards."""

    kind = forms.ChoiceField(label=_("Kind"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[ANY, *GiftCard.State.choices])

    def __init__(self, data: Any, kinds: Iterable[GiftKind]) -> None:
        super().__init__(data)
        self.fields["kind"].choices = [ANY, *((str(one.public_id), one.name) for one in kinds)]  # type: ignore[attr-defined]


def _sum(label: Any, **more: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, min_value=Decimal("0.01"), max_digits=15, decimal_places=2, **more
    )


class GiftKindForm(Form):
    """What cards of a kind are worth, and how long."""

    permission = "loyalty.issue_gift_cards"
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Seen by customers and cashiers."))
    value = _sum(_("Each is worth"), help_text=_("Empty: chosen at the sale, within the bounds below."))
    least = _sum(_("At least"))
    most = _sum(_("At most"))
    lifetime_days = forms.IntegerField(
        label=_("Good for, days from the sale"),
        required=False,
        min_value=1,
        max_value=10_000,
        initial=365,
        help_text=_("Empty: for ever. What is left after that is the shop's."),
    )


class NewGiftKindForm(GiftKindForm):
    """What the numbers look like is said once."""

    code = forms.SlugField(label=_("Code"), max_length=40, help_text=CODE)
    secret = forms.ChoiceField(
        label=_("Numbers"),
        choices=[("yes", _("codes that nobody can guess")), ("", _("a range, with a PIN"))],
        required=False,
        initial="yes",
        help_text=_("Codes for certificates on paper or by e-mail; a range for plastic with bars."),
    )
    pin = forms.BooleanField(
        label=_("Paid with together with its PIN"),
        required=False,
        help_text=_("A range always asks for it: six digits that are printed under a scratch layer."),
    )
    prefix = forms.CharField(  # type: ignore[assignment]
        label=_("A range begins with"), max_length=12, required=False, help_text=_("Such as 27.")
    )
    length = forms.IntegerField(label=_("Digits altogether"), min_value=1, max_value=32, initial=13)
    check_digit = forms.ChoiceField(
        label=_("Last digit checks"), choices=CardKind.Check.choices, initial="ean13"
    )
    field_order = ["name", "code"]

    def terms(self) -> dict[str, Any]:
        secret = bool(self.cleaned_data["secret"])
        return self.cleaned_data | {"secret": secret, "pin": self.cleaned_data["pin"] or not secret}


class GiftCountForm(Form):
    permission = "loyalty.issue_gift_cards"
    count = forms.IntegerField(label=_("How many numbers"), min_value=1, max_value=10_000_000, initial=100)


class GiftSaleForm(Form):
    """A card is sold by hand, where no till tells of it."""

    permission = "loyalty.sell_gift_cards"
    check_on_leaving = False
    shop = forms.ChoiceField(label=_("Shop"))
    receipt = forms.CharField(label=_("Fiscal number"), max_length=64)
    amount = _sum(_("Sold for"), help_text=_("Empty where each is worth the same."))

    def for_actor(self, by: Actor) -> "GiftSaleForm":
        self.fields["shop"].choices = [(one.code, one.name) for one in company.shops(by)]  # type: ignore[attr-defined]
        return self


class GiftTopUpForm(GiftSaleForm):
    """More money is put on a card by hand."""

    amount = forms.DecimalField(
        label=_("How much"), min_value=Decimal("0.01"), max_digits=15, decimal_places=2
    )


class GiftNumbersForm(Form):
    """Cards that a printer made, with the PINs printed on them."""

    permission = "loyalty.issue_gift_cards"
    check_on_leaving = False
    numbers = forms.CharField(
        label=_("Numbers, one a line"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Number, a space and the PIN; without a PIN it is ours. Of PINs only a seal is kept."),
    )

    def printed(self) -> list[tuple[str, str]]:
        """Numbers with their PINs."""
        rows = [line.replace(";", " ").split() for line in self.cleaned_data["numbers"].splitlines()]
        return [(row[0], "".join(row[1:])) for row in rows if row]


class DayForm(forms.Form):
    """Of which day."""

    day = forms.DateField(required=False)
