"""Lists of series and of codes as tables."""

from collections.abc import Mapping
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from prilavok.customers.queries import Short
from prilavok.loyalty.models import CodeAttempt, Coupon, CouponSeries
from prilavok.loyalty.queries import SeriesFigures
from prilavok.loyalty.templatetags.loyalty import code_state, series_state
from prilavok.loyalty.web import words
from prilavok.ui.tables import (
    DayColumn,
    FigureColumn,
    LinkColumn,
    MomentColumn,
    MoneyColumn,
    PercentColumn,
    Table,
)


class SeriesTable(Table):
    name = LinkColumn(verbose_name=_("Series"), url="loyalty:one")
    code = tables.Column(verbose_name=_("Code"))
    gives = tables.Column(verbose_name=_("Gives"), accessor="reward_kind")
    window = tables.Column(verbose_name=_("Valid"), accessor="valid_from")
    state = tables.Column(verbose_name=_("State"), accessor="public_id")
    codes = FigureColumn(verbose_name=_("Codes"), empty_values=())
    used = FigureColumn(verbose_name=_("Uses"), empty_values=())
    share = PercentColumn(verbose_name=_("Share used"), empty_values=())
    revenue = MoneyColumn(verbose_name=_("Revenue of receipts with it"), empty_values=())

    def __init__(self, rows: list[CouponSeries], figures: Mapping[int, SeriesFigures], **more: Any) -> None:
        super().__init__(rows, **more)
        self.figures = figures

    def render_gives(self, record: CouponSeries) -> str:
        return words.reward(record)

    def render_window(self, record: CouponSeries) -> str:
        return words.window(record)

    def render_state(self, record: CouponSeries) -> SafeString:
        return series_state(record)

    def render_codes(self, record: CouponSeries, column: Any) -> str:
        return str(column.render(self.figures[record.pk].codes))

    def render_used(self, record: CouponSeries, column: Any) -> str:
        return str(column.render(self.figures[record.pk].uses))

    def render_share(self, record: CouponSeries, column: Any) -> str:
        return str(column.render(self.figures[record.pk].share))

    def render_revenue(self, record: CouponSeries, column: Any) -> str:
        return str(column.render(self.figures[record.pk].revenue))


def person(people: Mapping[int, Short], profile_id: int | None, nobody: str | Promise) -> SafeString | str:
    """The customer's name, leading to the card; a line where the reader may not see them."""
    if profile_id is None:
        return str(nobody)
    known = people.get(profile_id)
    if known is None:
        return "—"
    address = reverse("customers:card", args=[known.public_id])
    return format_html('<a href="{}">{}</a>', address, known.name or _("No name"))


class AttemptTable(Table):
    at = MomentColumn(verbose_name=_("Last time"))
    code = tables.Column(verbose_name=_("Code"))
    reason = tables.Column(verbose_name=_("Why it is not good"), accessor="get_reason_display")
    times = FigureColumn(verbose_name=_("Times that day"))
    place = tables.Column(verbose_name=_("Shop and till"), accessor="shop__name")
    customer = tables.Column(verbose_name=_("Who named it"), accessor="profile_id", empty_values=())
    series = tables.Column(verbose_name=_("Series"), accessor="coupon", empty_values=())

    def __init__(self, rows: list[CodeAttempt], people: Mapping[int, Short], **more: Any) -> None:
        super().__init__(rows, **more)
        self.people = people

    def render_code(self, record: CodeAttempt) -> SafeString | str:
        if record.coupon is None:
            return record.code
        address = reverse("loyalty:code", args=[record.coupon.code])
        return format_html('<a href="{}">{}</a>', address, record.code)

    def render_place(self, record: CodeAttempt) -> str:
        return f"{record.shop.name}, {record.till}" if record.till else record.shop.name

    def render_customer(self, record: CodeAttempt) -> SafeString | str:
        return person(self.people, record.profile_id, _("not named"))

    def render_series(self, record: CodeAttempt) -> SafeString | str:
        if record.coupon is None:
            return "—"
        address = reverse("loyalty:one", args=[record.coupon.series.public_id])
        return format_html('<a href="{}">{}</a>', address, record.coupon.series.name)


class CodeTable(Table):
    code = LinkColumn(verbose_name=_("Code"), url="loyalty:code", key="code", side=True)
    state = tables.Column(verbose_name=_("State"), accessor="pk")
    holder = tables.Column(verbose_name=_("Customer"), accessor="profile_id", empty_values=())
    issued_at = DayColumn(verbose_name=_("Issued"))
    used = FigureColumn(verbose_name=_("Uses"))
    last_used_at = DayColumn(verbose_name=_("Last use"))

    def __init__(self, rows: list[Coupon], people: Mapping[int, Short], **more: Any) -> None:
        super().__init__(rows, **more)
        self.people = people

    def render_state(self, record: Any) -> SafeString:
        return code_state(record, record.used)

    def render_holder(self, record: Coupon) -> SafeString | str:
        return person(self.people, record.profile_id, _("whoever holds it"))
