"""The customer list as a table."""

from typing import Any

import django_tables2 as tables
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django_tables2.utils import OrderByTuple

from prilavok.customers.models import Person, Sex, Status
from prilavok.customers.queries import Line, reach_reason
from prilavok.ui.icons import icon
from prilavok.ui.tables import DayColumn, LinkColumn, StateColumn, Table, state

STATUS_KINDS = {"active": "good", "blocked": "bad", "erased": "muted"}
ALWAYS = ("name",)
AT_FIRST = ("phone", "email", "card", "status", "reach", "registered_at")


class ReachColumn(tables.Column):  # type: ignore[misc]
    """Whether the customer may be written to by e-mail, and if not, why."""

    def render(self, value: Any, record: Line) -> SafeString:
        if record.reach is None:
            return state(str(_("by e-mail")), "good")
        return state(str(reach_reason(record.reach)), "muted")


class NameColumn(LinkColumn):
    def render(self, value: Any, record: Line) -> SafeString:
        told = super().render(record.name or _("No name"), record)
        if record.kind == Person.Kind.COMPANY:
            return format_html("{} {}", icon("building", str(_("Company"))), told)
        return told


class CustomerTable(Table):
    name = NameColumn(verbose_name=_("Customer"), url="customers:card", orderable=True, empty_values=())
    phone = tables.Column(verbose_name=_("Phone"), attrs={"td": {"class": "nowrap"}})
    email = tables.Column(verbose_name=_("E-mail"))
    card = tables.Column(verbose_name=_("Card"))
    status = StateColumn(verbose_name=_("Status"), kinds=STATUS_KINDS, words=dict(Status.choices))
    reach = ReachColumn(verbose_name=_("Reachable"), accessor="reachable")
    sex = tables.Column(verbose_name=_("Sex"))
    birth_date = DayColumn(verbose_name=_("Birth date"))
    registered_at = DayColumn(verbose_name=_("Registered"), orderable=True, attrs={"td": {"class": "nowrap"}})
    shop = tables.Column(verbose_name=_("Shop of registration"))

    def __init__(self, rows: list[Line], *, shown: tuple[str, ...], sort: str, more: str | None) -> None:
        hidden = [name for name in self.base_columns if name not in (*ALWAYS, *shown)]
        super().__init__(rows, exclude=hidden, more=more, order_by_field="sort")
        self._order_by = OrderByTuple([sort or "-registered_at"])  # the rows come sorted: by the query

    def render_sex(self, value: str) -> str:
        return str(Sex(value).label)


def columns() -> dict[str, str | Promise]:
    """Columns that may be shown or hidden, with their labels."""
    return {
        name: column.verbose_name for name, column in CustomerTable.base_columns.items() if name not in ALWAYS
    }
