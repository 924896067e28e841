"""The list of receipts as a table."""

from collections.abc import Mapping
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from prilavok.customers.queries import Short
from prilavok.orders.models import Receipt
from prilavok.orders.templatetags.orders import shop_moment
from prilavok.orders.web.words import KIND_STATES, KINDS
from prilavok.ui.tables import FigureColumn, LinkColumn, MoneyColumn, StateColumn, Table


class ReceiptTable(Table):
    number = LinkColumn(verbose_name=_("Receipt"), url="orders:receipt", side=True)
    paid_at = tables.Column(verbose_name=_("Paid"))
    shop = tables.Column(verbose_name=_("Shop"), accessor="shop__name")
    customer = tables.Column(verbose_name=_("Customer"), accessor="profile_id", empty_values=())
    kind = StateColumn(verbose_name=_("Kind"), kinds=KIND_STATES, words=KINDS)
    items = FigureColumn(verbose_name=_("Items"))
    discount = MoneyColumn(verbose_name=_("Discount"))
    revenue = MoneyColumn(verbose_name=_("Revenue"))

    def __init__(self, rows: list[Receipt], people: Mapping[int, Short], **more: Any) -> None:
        super().__init__(rows, **more)
        self.people = people

    def render_paid_at(self, record: Receipt) -> str:
        return shop_moment(record)

    def render_customer(self, record: Receipt) -> SafeString | str:
        person = self.people.get(record.profile_id or 0)
        if person is None:
            return "—"
        address = reverse("customers:card", args=[person.public_id])
        return format_html('<a href="{}">{}</a>', address, person.name or _("No name"))
