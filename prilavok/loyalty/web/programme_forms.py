"""What people type about programmes, tiers and cards."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.kernel.actors import Actor
from prilavok.loyalty import queries
from prilavok.loyalty.definitions import PoliciesWritten
from prilavok.loyalty.models import Account, Card, CardKind, CardStatus, Programme, Tier
from prilavok.segments import queries as segments
from prilavok.ui.forms import Form

ANY: tuple[str, Any] = ("", _("Any"))
CODE = _("Latin letters, digits and hyphens; it does not change.")
TERMS = (
    "name",
    "pending_days",
    "lifetime_days",
    "grace_days",
    "owes",
    "coupon_back",
    "transfer_most",
    "transfer_month",
)


class ProgrammeForm(Form):
    """How a programme reckons. What was reckoned before stays as it is."""

    permission = "loyalty.programme"
    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("Seen by customers and cashiers."))
    pending_days = forms.IntegerField(
        label=_("Points may be spent after, days"),
        min_value=0,
        max_value=10_000,
        initial=0,
        help_text=_(
            "So long points wait after a purchase, for instance until goods can no longer be returned."
        ),
    )
    lifetime_days = forms.IntegerField(
        label=_("Then they live, days"),
        min_value=1,
        max_value=10_000,
        required=False,
        initial=365,
        help_text=_("Empty: points never lapse."),
    )
    grace_days = forms.IntegerField(
        label=_("Points given back after their time live, days"),
        min_value=0,
        max_value=10_000,
        initial=14,
        help_text=_(
            "A return gives spent points back with their first day of lapse; where it has passed, they live so long."
        ),
    )
    owes = forms.BooleanField(
        label=_("What a return takes back beyond the balance becomes a debt"),
        required=False,
        initial=True,
        help_text=_("Otherwise it is kept from the money that is refunded."),
    )
    coupon_back = forms.BooleanField(
        label=_("A receipt that is returned whole frees its coupon and the limits of its promotions"),
        required=False,
    )
    transfer_most = forms.DecimalField(
        label=_("Points that may go to another account at once"),
        min_value=0,
        max_digits=15,
        decimal_places=4,
        required=False,
        help_text=_("Empty or 0: points are not transferred."),
    )
    transfer_month = forms.DecimalField(
        label=_("And within 30 days"),
        min_value=0,
        max_digits=15,
        decimal_places=4,
        required=False,
        help_text=_("Empty: without limit."),
    )
    point_value = forms.DecimalField(
        label=_("One point is worth, in money"),
        min_value=Decimal("0.0001"),
        max_digits=12,
        decimal_places=4,
        initial=1,
    )
    point_step = forms.ChoiceField(
        label=_("Points are kept"),
        choices=[("1", _("whole")), ("0.01", _("with two decimals"))],
        initial="1",
    )
    points_share = forms.DecimalField(
        label=_("Points may pay of a receipt at most, %"),
        min_value=0,
        max_value=100,
        decimal_places=2,
        initial=100,
        help_text=_("Points are a discount: they lower what later points are earned on."),
    )
    block = forms.DecimalField(
        label=_("Points are spent in blocks of"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        initial=0,
        help_text=_("0: any number. With blocks of 3 and 10 points, 9 are spent."),
    )
    part_of_point = forms.ChoiceField(
        label=_("Part of a point"),
        choices=[("floor", _("dropped: 29.99 earns 29")), ("half_up", _("rounded: 29.99 earns 30"))],
        help_text=_("Reckoned once for a receipt, on the sum that a rule applies to."),
    )
    rounding = forms.ChoiceField(
        label=_("Rounding of a percentage"),
        choices=[
            ("line", _("by line of the receipt")),
            ("basket", _("by basket, then spread over the lines")),
        ],
    )
    choosing = forms.ChoiceField(
        label=_("Several promotions fit"),
        choices=[("best", _("the best for the customer")), ("priority", _("by priority"))],
    )
    threshold = forms.ChoiceField(
        label=_("A threshold counts the basket"),
        choices=[("before", _("before discounts")), ("after", _("after discounts"))],
    )
    n_for_m = forms.ChoiceField(
        label=_("N for M: which are free"),
        choices=[
            ("all", _("the cheapest of all")),
            ("each", _("the cheapest of each group, sorted by price")),
        ],
    )
    pairs = forms.ChoiceField(
        label=_("Pairs: which of them is cheaper"),
        choices=[
            ("each", _("the cheaper of a pair, sorted by price")),
            ("all", _("the cheapest of the basket")),
        ],
    )

    returns = forms.ChoiceField(
        label=_("A return of goods bought under a promotion"),
        choices=[
            ("share", _("refunds what the line cost with its discounts")),
            ("anew", _("reckons the rest of the receipt anew")),
        ],
        help_text=_(
            "Anew: what is left costs what it would have cost alone, and the difference to what was paid is refunded. "
            "It holds for receipts sold from then on."
        ),
    )

    @classmethod
    def of(cls, programme: Programme) -> "ProgrammeForm":
        """The form filled with how it reckons now."""
        policies = PoliciesWritten.model_validate(programme.policies).model_dump(mode="json")
        policies["points_share"] = Decimal(policies["points_share"]) * 100
        terms = {name: _plain(getattr(programme, name)) for name in TERMS}
        return cls(initial=terms | policies)

    def terms(self) -> dict[str, Any]:
        told = {name: self.cleaned_data[name] for name in TERMS}
        return told | {"transfer_most": told["transfer_most"] or Decimal(0)}

    def policies(self) -> dict[str, Any]:
        """As `definitions.PoliciesWritten` reads them."""
        told = {name: self.cleaned_data[name] for name in PoliciesWritten.model_fields}
        step = Decimal(told["point_step"])
        return told | {"points_share": told["points_share"] / 100, "point_step": step}


def _plain(term: Any) -> Any:
    """A number of points without zeros behind the point."""
    return f"{term.normalize():f}" if isinstance(term, Decimal) else term


class NewProgrammeForm(ProgrammeForm):
    """A new programme has a code and a brand too, which don't change."""

    code = forms.SlugField(label=_("Code"), max_length=40, help_text=CODE)
    brand: Any = forms.ModelChoiceField(
        label=_("Brand"), queryset=None, required=False, empty_label=_("every brand"), to_field_name="code"
    )
    field_order = ["name", "code", "brand"]

    def for_actor(self, by: Actor) -> "NewProgrammeForm":
        self.fields["brand"].queryset = company.brands(by)  # type: ignore[attr-defined]
        return self

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["brand"].queryset = company.brands(_NOBODY)  # type: ignore[attr-defined]


_NOBODY = Actor("stranger", brands=frozenset())


class TierForm(Form):
    """What a tier asks."""

    permission = "loyalty.programme"
    name = forms.CharField(label=_("Name"), max_length=100)
    measure = forms.ChoiceField(label=_("Measured by"), choices=Tier.Measure.choices)
    segment: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=_("Segment"),
        queryset=None,
        required=False,
        to_field_name="public_id",
        empty_label=_("none"),
        help_text=_(
            "For “Being in a segment”: its people reach the tier at once. Sums and days aren't asked then."
        ),
    )
    entry = forms.DecimalField(
        label=_("To enter, from"), required=False, min_value=0, max_digits=15, decimal_places=2
    )
    days = forms.IntegerField(
        label=_("Within, days"),
        required=False,
        min_value=1,
        max_value=10_000,
        initial=365,
        help_text=_("Empty: ever."),
    )
    held_days = forms.IntegerField(
        label=_("Held at least, days"),
        min_value=1,
        max_value=10_000,
        initial=365,
        help_text=_("Nobody steps down before that, whatever is returned."),
    )
    kept = forms.DecimalField(
        label=_("Then to stay, from"),
        required=False,
        min_value=0,
        max_digits=15,
        decimal_places=2,
        help_text=_("Empty: as much as to enter."),
    )
    grace_days = forms.IntegerField(
        label=_("Waited for after that, days"), min_value=0, max_value=10_000, initial=0
    )
    place = forms.IntegerField(
        label=_("Place, the lowest tier first"),
        required=False,
        min_value=1,
        max_value=1000,
        help_text=_("Empty: above all others."),
    )

    def for_actor(self, by: Actor) -> None:
        """Offer the segments that may be seen; whoever sees none leaves what the tier asks for as it is."""
        if by.may("segments.see"):
            offered = segments.segments(by).filter(archived_at=None).order_by("name", "id")
            self.fields["segment"].queryset = offered  # type: ignore[attr-defined]
        else:
            del self.fields["segment"]


class NewTierForm(TierForm):
    code = forms.SlugField(label=_("Code"), max_length=40, help_text=CODE)
    field_order = ["name", "code"]


class CardKindForm(Form):
    """What the numbers of a kind look like."""

    permission = "loyalty.programme"
    name = forms.CharField(label=_("Name"), max_length=100)
    prefix = forms.CharField(  # type: ignore[assignment]
        label=_("Numbers begin with"),
        max_length=12,
        required=False,
        help_text=_("Such as 29, which EAN keeps for shops."),
    )
    length = forms.IntegerField(label=_("Digits altogether"), min_value=1, max_value=32, initial=13)
    check_digit = forms.ChoiceField(
        label=_("Last digit checks"), choices=CardKind.Check.choices, initial="ean13"
    )


class NewCardKindForm(CardKindForm):
    code = forms.SlugField(label=_("Code"), max_length=40, help_text=CODE)
    field_order = ["name", "code"]


class RangeForm(Form):
    permission = "loyalty.programme"
    count = forms.IntegerField(label=_("How many cards"), min_value=1, max_value=10_000_000, initial=1000)


class NumbersForm(Form):
    """Numbers that came from a printer."""

    permission = "loyalty.programme"
    numbers = forms.CharField(
        label=_("Numbers"), widget=forms.Textarea(attrs={"rows": 4}), help_text=_("One per line.")
    )


class CardStatusForm(Form):
    """A status of cards of the company's own."""

    permission = "loyalty.programme"
    check_on_leaving = False
    name = forms.CharField(label=_("Name"), max_length=100)
    code = forms.SlugField(label=_("Code"), max_length=40, help_text=CODE)


class CardFilters(forms.Form):
    """The filters of the list of cards."""

    kind = forms.ChoiceField(label=_("Kind"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[ANY, *Card.State.choices])
    status = forms.ChoiceField(label=_("Status"), required=False)

    def __init__(self, data: Any, kinds: Iterable[CardKind], statuses: Iterable[CardStatus]) -> None:
        super().__init__(data)
        self.fields["status"].choices = [ANY, *((one.code, one.name) for one in statuses)]  # type: ignore[attr-defined]
        self.fields["kind"].choices = [ANY, *((str(one.public_id), one.name) for one in kinds)]  # type: ignore[attr-defined]


class AccountFilters(forms.Form):
    """The filters of the list of accounts."""

    programme = forms.ChoiceField(label=_("Programme"), required=False)
    tier = forms.ChoiceField(label=_("Tier"), required=False)

    def __init__(self, data: Any, by: Actor) -> None:
        super().__init__(data)
        programmes = list(queries.programmes(by))
        self.fields["programme"].choices = [ANY, *((str(one.public_id), one.name) for one in programmes)]  # type: ignore[attr-defined]
        tiers = [tier for one in programmes for tier in queries.tiers(one, by)]
        self.fields["tier"].choices = [ANY, *((str(one.public_id), one.name) for one in tiers)]  # type: ignore[attr-defined]


class IssueForm(Form):
    """A card is handed over: one from the stock by its number, or a new number of a kind."""

    permission = "loyalty.open_accounts"
    check_on_leaving = False
    number = forms.CharField(
        label=_("Number of the card"),
        required=False,
        max_length=64,
        help_text=_("From the stock. Empty: a new number."),
    )
    kind = forms.ChoiceField(label=_("Kind of a new number"), required=False)
    account = forms.ChoiceField(label=_("Account of points"), required=False)
    shop = forms.ChoiceField(
        label=_("In which shop"), required=False, help_text=_("Where it is handed over, and activated.")
    )
    inactive = forms.BooleanField(label=_("It will be activated later"), required=False)

    def for_customer(self, accounts: Iterable[Account], by: Actor) -> "IssueForm":
        kinds = queries.card_kinds(by).filter(programme__active=True)
        self.fields["kind"].choices = [(str(one.pk), one.name) for one in kinds]  # type: ignore[attr-defined]
        pools = [(str(one.pk), _("of the household")) for one in accounts if one.household_id]
        self.fields["account"].choices = [("", _("the customer's own")), *pools]  # type: ignore[attr-defined]
        _offer_shops(self, by)
        return self


class ActivationForm(Form):
    """A card that was issued before is good from now on."""

    permission = "loyalty.open_accounts"
    check_on_leaving = False
    shop = forms.ChoiceField(label=_("In which shop"), required=False)

    def for_actor(self, by: Actor) -> "ActivationForm":
        _offer_shops(self, by)
        return self


def _offer_shops(form: Form, by: Actor) -> None:
    """The shops that one sees; whoever sees one is there."""
    shops = list(company.shops(by))
    form.fields["shop"].choices = [("", _("not told")), *((str(one.pk), one.name) for one in shops)]  # type: ignore[attr-defined]
    if len(shops) == 1:
        form.fields["shop"].initial = str(shops[0].pk)


class ReplaceForm(Form):
    permission = "loyalty.open_accounts"
    number = forms.CharField(
        label=_("Number of the new card"),
        required=False,
        max_length=64,
        help_text=_("From the stock. Empty: a new number of the same kind."),
    )
    reason = forms.CharField(label=_("Why"), required=False, max_length=200)


class PutForm(Form):
    """The tier that an account stands in from now on."""

    permission = "loyalty.programme"
    check_on_leaving = False
    tier = forms.ChoiceField(label=_("Tier"), required=False)

    def among(self, tiers: Iterable[Tier]) -> "PutForm":
        self.fields["tier"].choices = [("", _("none")), *((str(one.public_id), one.name) for one in tiers)]  # type: ignore[attr-defined]
        return self


class ProgrammeChoice(Form):
    """In which programme an account is opened."""

    permission = "loyalty.open_accounts"
    check_on_leaving = False
    programme = forms.ChoiceField(label=_("Programme"))

    def among(self, programmes: Iterable[Programme]) -> "ProgrammeChoice":
        self.fields["programme"].choices = [(str(one.public_id), one.name) for one in programmes]  # type: ignore[attr-defined]
        return self
