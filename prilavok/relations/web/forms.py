"""What people type about relations and households."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from prilavok.customers import actions as customer_actions
from prilavok.customers import queries as customers
from prilavok.kernel import clock
from prilavok.kernel.actors import Actor
from prilavok.relations import queries
from prilavok.relations.models import Membership, RelationKind, Role, Side
from prilavok.ui.forms import Form, ModelForm

if TYPE_CHECKING:
    from prilavok.customers.models import Profile

OFFERED = 8  # customers to choose among when a name fits several


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class WhomForm(Form):
    """Another customer, by whatever is known of them; where that fits several, the form asks which."""

    permission = "relations.edit"
    check_on_leaving = False
    whom = forms.CharField(label=_("Name, phone, card or INN"), max_length=100)

    def chosen(self, by: Actor, *, besides: int = 0) -> int | None:
        """The profile that is meant; None, and the form asks, when nobody or several are."""
        found = customers.listed(by, self.cleaned_data["whom"]).exclude(pk=besides)
        ids = [one.pk for one in customers.page_of(found, size=OFFERED).items]
        known = customers.short(ids, by)
        picked = [one for one in ids if str(known[one].public_id) == self.data.get("other")]
        if len(ids) == 1 or picked:
            return (picked or ids)[0]
        if not ids:
            self.add_error("whom", _("Nobody is like that."))
            return None
        customer_actions.note_contacts(ids, by=by, at=clock.now())
        told = [(one, " · ".join(part for part in (one.name or str(_("No name")), one.phone, one.card) if part))
                for one in known.values()]  # fmt: skip
        self.fields["other"] = forms.ChoiceField(
            label=_("Which of them?"),
            widget=forms.RadioSelect,
            choices=[(str(one.public_id), words) for one, words in told],
        )
        self.order_fields(["what", "whom", "other"])
        self.add_error("other", _("Several are like that: choose one, or type more."))
        return None


class RelationForm(WhomForm):
    """What another customer is to this one."""

    field_order = ("what", "whom")
    what = forms.ChoiceField(label=_("Who it is to this customer"))
    position = forms.CharField(label=_("Position"), max_length=100, required=False)
    role = forms.ChoiceField(
        label=_("Role in the buying committee"), required=False, choices=[("", "—"), *Role.choices]
    )
    since = forms.DateField(label=_("Since"), required=False, widget=DateInput())

    def for_customer(self, profile: "Profile") -> "RelationForm":
        """Only what fits a person, or a company."""
        what: Any = self.fields["what"]
        what.choices = _readings(profile.person.kind)
        if not any(value.startswith(queries.COMMITTEE) for value, _words in what.choices):
            del self.fields["role"]
        return self

    def sides(self, own: int, other: int) -> dict[str, Any]:
        """Kind, first and second, as the reading says."""
        kind, other_is = self.cleaned_data["what"].split(":")
        first, second = (other, own) if other_is == "first" else (own, other)
        return {"kind": kind, "first_id": first, "second_id": second}


def _readings(own: str) -> list[tuple[str, str]]:
    """What somebody else may be to a person or a company: `kind:first` where the other stands first."""
    found = []
    for kind in queries.kinds().values():
        name, back = queries.names(kind)
        if kind.active and kind.second in (Side.ANY, own):
            found.append((f"{kind.code}:first", str(name)))
        if kind.active and kind.first in (Side.ANY, own) and not queries.is_mutual(kind):
            found.append((f"{kind.code}:second", str(back)))
    return found


class ChangeForm(Form):
    """Position, role and days of a relation."""

    permission = "relations.edit"
    check_on_leaving = False
    position = forms.CharField(label=_("Position"), max_length=100, required=False)
    role = forms.ChoiceField(
        label=_("Role in the buying committee"), required=False, choices=[("", "—"), *Role.choices]
    )
    since = forms.DateField(label=_("Since"), required=False, widget=DateInput())
    until = forms.DateField(label=_("Until"), required=False, widget=DateInput())


class MemberForm(WhomForm):
    """Somebody more in a household."""

    part = forms.ChoiceField(
        label=_("As"), choices=[one for one in Membership.Part.choices if one[0] != Membership.Part.HEAD]
    )


class NameForm(Form):
    """What a household is called."""

    permission = "relations.edit"
    name = forms.CharField(label=_("Name of the household"), max_length=100, required=False)


class KindForm(ModelForm):
    """A kind of relations."""

    permission = "relations.kinds"
    check_on_leaving = False

    class Meta:
        model = RelationKind
        fields = ("code", "name", "back", "first", "second", "active")
