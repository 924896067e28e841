"""The three steps of a campaign: whom, what, when."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from prilavok.messaging.ports import Policy
from prilavok.ui.forms import Form


class Whom(Form):
    """Step one."""

    permission = "campaigns.edit"
    check_on_leaving = False
    name = forms.CharField(label=_("Name of the campaign"), max_length=150, required=False)
    segment = forms.UUIDField(label=_("Segment"), error_messages={"required": _("Choose whom to write to.")})


class What(Form):
    """Step two."""

    permission = "campaigns.edit"
    check_on_leaving = False
    template = forms.UUIDField(label=_("Letter"), error_messages={"required": _("Choose a letter.")})
    coupon_series = forms.UUIDField(label=_("Coupon"), required=False)
    points_programme = forms.UUIDField(label=_("Points"), required=False)
    points = forms.DecimalField(
        label=_("How many points each gets"), max_digits=15, decimal_places=4, required=False
    )
    points_days = forms.IntegerField(
        label=_("They live, days"),
        min_value=1,
        max_value=3650,
        required=False,
        help_text=_("Empty: as the programme has it."),
    )
    points_wait = forms.IntegerField(
        label=_("They may be spent after, days"),
        min_value=0,
        max_value=3650,
        required=False,
        help_text=_("Empty: at once."),
    )
    topic = forms.UUIDField(label=_("Topic"), required=False)

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["points"].required = data is None or bool(data.get("points_programme"))

    def points_of_campaign(self, programme_id: int | None) -> dict[str, Any]:
        """What is chosen of the points; without a programme nothing of it."""
        data = self.cleaned_data
        if programme_id is None:
            return {"points_programme_id": None}
        return {
            "points_programme_id": programme_id,
            "points": data["points"],
            "points_days": data["points_days"],
            "points_wait": data["points_wait"] or 0,
        }


class When(Form):
    """Step three: everything has a sensible default."""

    permission = "campaigns.launch"
    check_on_leaving = False
    control_share = forms.DecimalField(
        label=_("Control group"),
        min_value=0,
        max_value=Decimal("0.5"),
        max_digits=4,
        decimal_places=3,
        help_text=_("They get no letter; what they buy shows what the others would have bought anyway."),
    )
    analysis_days = forms.IntegerField(
        label=_("Days of analysis"),
        min_value=1,
        max_value=366,
        help_text=_("How long purchases are counted after the start. Fixed before it."),
    )
    start_at = forms.DateTimeField(
        label=_("Start"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M"],
        help_text=_("Empty: right after the launch."),
    )
    policy = forms.ChoiceField(
        label=_("When a letter may or may not have arrived"),
        choices=[
            (Policy.NEVER_TWICE, _("Never twice: such a customer is shown as “unknown”")),
            (Policy.NEVER_LOSE, _("Never lose: the letter is sent once more")),
        ],
        widget=forms.RadioSelect,
    )
    cost = forms.DecimalField(
        label=_("Cost of the campaign"),
        min_value=0,
        max_digits=15,
        decimal_places=2,
        required=False,
        help_text=_("Beyond the discounts: it is taken off the effect in the report."),
    )

    def fields_of_campaign(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        data["cost"] = data["cost"] or 0
        if data["start_at"] is not None and timezone.is_naive(data["start_at"]):
            data["start_at"] = timezone.make_aware(data["start_at"])
        return data
