"""What people type about corrections of points, and how they stand in lists."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import django_tables2 as tables
from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prilavok.customers import ports
from prilavok.customers import queries as customers
from prilavok.customers.queries import Short
from prilavok.kernel.actors import Actor
from prilavok.kernel.timeline import StoredEvent
from prilavok.loyalty import queries
from prilavok.loyalty.events import CorrectionApproved, CorrectionProposed, CorrectionRejected
from prilavok.loyalty.models import Account, Correction
from prilavok.ui.forms import Form
from prilavok.ui.tables import LinkColumn, MomentColumn, StateColumn, Table
from prilavok.ui.templatetags import ui as words

KINDS = {"waiting": "warn", "approved": "good", "rejected": "muted"}


class Filters(forms.Form):
    """What waits, what was decided, or all."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", Correction.State.WAITING.label), *Correction.State.choices[1:], ("all", _("Any"))],
    )


class ProposalForm(Form):
    """How many points, why, and what happened. `cause` makes a second click propose nothing more."""

    permission = "loyalty.correct"
    cause = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    amount = forms.DecimalField(
        label=_("Points"),
        max_digits=12,
        decimal_places=4,
        help_text=_("More than zero: given to the customer. Below zero: taken."),
        widget=forms.NumberInput(attrs={"step": "any", "placeholder": "+100"}),
    )
    reason = forms.ChoiceField(label=_("Why"), choices=Correction.Reason.choices)
    note = forms.CharField(
        label=_("What happened"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("So that a colleague can decide without asking you."),
    )

    def clean_amount(self) -> Any:
        amount = self.cleaned_data["amount"]
        if not amount:
            raise forms.ValidationError(_("Zero points change nothing."))
        return amount


class RejectionForm(Form):
    """Why the points stay as they are."""

    permission = "loyalty.correct"
    reason = forms.CharField(label=_("Why not"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class CorrectionTable(Table):
    reason = LinkColumn(verbose_name=_("Why"), url="loyalty:correction", key="public_id", side=True)
    whose = tables.Column(verbose_name=_("Whose account"), accessor="account_id")
    amount = tables.Column(
        verbose_name=_("Points"), attrs={"th": {"class": "figure"}, "td": {"class": "figure"}}
    )
    state = StateColumn(verbose_name=_("State"), accessor="state", kinds=KINDS)
    proposed_at = MomentColumn(verbose_name=_("Proposed"))
    proposed_by = tables.Column(verbose_name=_("Proposed by"), accessor="proposed_by__name")
    decided_by = tables.Column(verbose_name=_("Decided by"), accessor="decided_by__name")

    def __init__(self, rows: list[Correction], people: Mapping[int, Short], **more: Any) -> None:
        super().__init__(rows, **more)
        self.people = people

    def render_whose(self, record: Correction) -> SafeString | str:
        return owner(record.account, self.people)

    def render_amount(self, record: Correction) -> str:
        return words.signed(record.amount)


def people(accounts: Collection[Account], by: Actor) -> dict[int, Short]:
    """The customers of these accounts that the reader may see, by profile."""
    profiles = {one.profile_id for one in accounts if one.profile_id}
    return customers.short(profiles, by) if profiles and by.may("customers.see") else {}


def owner(account: Account, known: Mapping[int, Short]) -> SafeString | str:
    """Whose account it is, with the way there."""
    if account.household is not None:
        name = account.household.name or gettext("Household")
        return format_html(
            '<a href="{}">{}</a>', reverse("relations:household", args=[account.household.public_id]), name
        )
    person = known.get(account.profile_id or 0)
    if person is None:
        return "—"
    address = reverse("customers:card", args=[person.public_id])
    return format_html('<a href="{}">{}</a>', address, person.name or gettext("No name"))


def _lines(events: Sequence[StoredEvent], by: Actor) -> Mapping[UUID, ports.TimelineLine]:
    known = queries.correction_addresses({event.body["correction_id"] for event in events})
    return {event.id: _line(event, known.get(event.body["correction_id"])) for event in events}


def _line(event: StoredEvent, public_id: UUID | None) -> ports.TimelineLine:
    link = reverse("loyalty:correction", args=[public_id]) if public_id else None
    if event.type == CorrectionRejected.type_name():
        told = _("Correction withdrawn") if event.body["withdrawn"] else _("Correction rejected")
        return ports.TimelineLine(str(told), link)
    amount = {"amount": words.signed(Decimal(event.body["amount"]))}
    if event.type == CorrectionProposed.type_name():
        why = str(Correction.Reason(event.body["reason"]).label)
        return ports.TimelineLine(gettext("Correction proposed: %(amount)s points") % amount, link, why)
    return ports.TimelineLine(gettext("Correction approved: %(amount)s points") % amount, link)


TIMELINE = ports.TimelineKind(
    (CorrectionProposed, CorrectionApproved, CorrectionRejected),
    _("Corrections of points"),
    "scale",
    lines=_lines,
    permission="loyalty.correct",
    key="corrections",
)
