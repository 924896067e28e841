"""The list of promotions as a table, its filters, and the verdict on a version."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import django_tables2 as tables
from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from prilavok.loyalty.models import Promotion
from prilavok.loyalty.queries import PromotionFigures
from prilavok.loyalty.templatetags.promotions import promotion_state, waits_state
from prilavok.ui.forms import Form
from prilavok.ui.tables import FigureColumn, LinkColumn, MomentColumn, MoneyColumn, Table


class PromotionFilters(forms.Form):
    """The filters and the order of the list."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("Any")),
            *(choice for choice in Promotion.State.choices if choice[0] != Promotion.State.WAITING),
            ("asked", _("Waits for approval")),
        ],
    )
    sort = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[
            ("", _("Changed last")),
            ("name", _("By name")),
            ("uses", _("Most used")),
            ("amount", _("Most taken off")),
        ],
    )


class PromotionTable(Table):
    name = LinkColumn(verbose_name=_("Promotion"), url="loyalty:promotion")
    state = tables.Column(verbose_name=_("State"))
    uses = FigureColumn(verbose_name=_("Uses"), empty_values=())
    customers = FigureColumn(verbose_name=_("Customers"), empty_values=())
    amount = MoneyColumn(verbose_name=_("Sum of discounts"), empty_values=())
    points = FigureColumn(verbose_name=_("Points given"), empty_values=())
    changed_at = MomentColumn(verbose_name=_("Changed"))

    def __init__(
        self,
        rows: list[Promotion],
        figures: Mapping[int, PromotionFigures],
        waiting: Collection[int],
        **more: Any,
    ) -> None:
        super().__init__(rows, **more)
        self.figures, self.waiting = figures, waiting

    def render_state(self, record: Promotion) -> SafeString:
        shown = promotion_state(record)
        if record.pk in self.waiting and record.state != Promotion.State.WAITING:
            return format_html("{} {}", shown, waits_state())
        return shown

    def render_uses(self, record: Promotion, column: Any) -> str:
        return str(column.render(self.figures[record.pk].uses))

    def render_customers(self, record: Promotion, column: Any) -> str:
        return str(column.render(self.figures[record.pk].customers))

    def render_amount(self, record: Promotion, column: Any) -> str:
        return str(column.render(self.figures[record.pk].amount))

    def render_points(self, record: Promotion, column: Any) -> str:
        return str(column.render(self.figures[record.pk].points))


class VerdictForm(Form):
    """Yes to a version, or no with a reason."""

    permission = "loyalty.approve"
    version = forms.IntegerField(min_value=1)
    verdict = forms.ChoiceField(choices=[("yes", _("Approve")), ("no", _("Send back"))])
    reason = forms.CharField(label=_("What has to be changed"), max_length=300, required=False)
