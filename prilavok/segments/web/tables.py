"""Segments and their people as tables."""

import csv
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import django_tables2 as tables
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prilavok.customers.queries import Short
from prilavok.segments import names
from prilavok.segments.models import Cause, Kind, ListLine, Membership, RfmScore, Segment
from prilavok.segments.rules import Layout
from prilavok.ui.tables import (
    DayColumn,
    FigureColumn,
    LinkColumn,
    MomentColumn,
    MoneyColumn,
    StateColumn,
    Table,
)


@dataclass(frozen=True)
class SegmentLine:
    public_id: UUID
    name: str
    folder: str
    told: str
    kind: str
    size: int | None
    reckoned_at: datetime | None
    trouble: str
    author: str


def line(one: Segment, told: str, authors: Mapping[int, str], size: int | None) -> SegmentLine:
    """A segment with its conditions in words, its author's name and its size for whoever reads."""
    return SegmentLine(
        one.public_id,
        one.name,
        one.folder,
        told,
        one.kind,
        size,
        one.reckoned_at,
        one.trouble,
        authors.get(one.made_by or 0, ""),
    )


class SegmentColumn(LinkColumn):
    def render(self, value: Any, record: SegmentLine) -> SafeString:
        link = super().render(value, record)
        return format_html('{}<div class="muted segment-told">{}</div>', link, record.trouble or record.told)


class Segments(Table):
    name = SegmentColumn(verbose_name=_("Segment"), url="segments:segment", key="public_id")
    kind = StateColumn(
        verbose_name=_("Kind"), kinds={Kind.DYNAMIC: "info", Kind.STATIC: "muted"}, words=dict(Kind.choices)
    )
    folder = tables.Column(verbose_name=_("Folder"))
    size = FigureColumn(verbose_name=_("Customers"))
    reckoned_at = MomentColumn(verbose_name=_("True as of"))
    author = tables.Column(verbose_name=_("Made by"))


@dataclass(frozen=True)
class StayLine:
    segment: UUID
    public_id: UUID
    name: str
    email: str
    phone: str
    since: datetime
    until: datetime | None
    why: str | Promise
    end_why: str | Promise


def stay_line(segment: Segment, stay: Membership, who: Short) -> StayLine:
    """A stay with whose it is."""
    end = Cause(stay.end_cause).label if stay.end_cause else ""
    return StayLine(
        segment.public_id,
        who.public_id,
        who.name or gettext("No name"),
        who.email,
        who.phone,
        stay.since,
        stay.until,
        Cause(stay.cause).label,
        end,
    )


class Lines(Table):
    row = FigureColumn(verbose_name=_("Row"))
    value = tables.Column(verbose_name=_("As written"))
    reason = tables.Column(verbose_name=_("Why not recognised"))

    def render_reason(self, record: ListLine) -> str:
        return record.get_reason_display()


def lines_as_csv(segment: Segment, lines: QuerySet[ListLine]) -> StreamingHttpResponse:
    """The lines as a file that tables open: texts that look like formulas are not taken for them."""
    head: list[Any] = [gettext("Row"), gettext("As written"), gettext("Why not recognised")]
    reasons = {
        key: str(words) for key, words in ListLine.Reason.choices
    }  # now: the file is written after the answer
    told = ([line.row, _harmless(line.value), reasons[line.reason]] for line in lines.iterator(10_000))
    writer = csv.writer(_Echo())
    body = (writer.writerow(row) for row in itertools.chain([head], told))
    name = f"attachment; filename=unknown-{segment.pk}.csv"
    return StreamingHttpResponse(
        body, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name}
    )


def _harmless(value: str) -> str:
    return f"'{value}" if value[:1] in "=+-@\t" else value


class _Echo:
    """Gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


class WhyColumn(tables.Column):  # type: ignore[misc]
    """What brought them in or out, and the way to the conditions one by one."""

    def render(self, value: Any, record: StayLine) -> SafeString:
        address = reverse("segments:explain", args=[record.segment, record.public_id])
        asked = format_html('<a class="underlined" href="{}" data-side>{}</a>', address, _("Why?"))
        return format_html('{} <span class="nowrap">{}</span>', value, asked)


SPARE = {"th": {"class": "spare"}, "td": {"class": "spare"}}


class Stays(Table):
    name = LinkColumn(verbose_name=_("Customer"), url="customers:card", key="public_id")
    phone = tables.Column(verbose_name=_("Phone"), attrs=SPARE)
    email = tables.Column(verbose_name=_("E-mail"), attrs=SPARE)
    since = MomentColumn(verbose_name=_("In since"))
    why = WhyColumn(verbose_name=_("Why"))
    until = MomentColumn(verbose_name=_("Until"))
    end_why = WhyColumn(verbose_name=_("Why it ended"))

    def __init__(self, rows: list[StayLine], *, gone: bool, more: str | None) -> None:
        super().__init__(rows, exclude=["why"] if gone else ["until", "end_why"], more=more)


@dataclass(frozen=True)
class ScoreLine:
    public_id: UUID
    name: str
    email: str
    group: str
    scores: str
    last_date: Any
    receipts: int
    revenue: Any


def score_line(score: RfmScore, who: Short, layout: Layout) -> ScoreLine:
    """A customer's scores with whose they are."""
    scores = f"{score.r}·{score.f}·{score.m}" if score.r else "—"
    return ScoreLine(
        who.public_id,
        who.name or gettext("No name"),
        who.email,
        names.of(layout, score.cell),
        scores,
        score.last_date,
        score.receipts,
        score.revenue,
    )


class Scores(Table):
    name = LinkColumn(verbose_name=_("Customer"), url="customers:card", key="public_id")
    email = tables.Column(verbose_name=_("E-mail"))
    group = tables.Column(verbose_name=_("Group"))
    scores = tables.Column(verbose_name=_("R·F·M"))
    last_date = DayColumn(verbose_name=_("Last purchase"))
    receipts = FigureColumn(verbose_name=_("Receipts in the period"))
    revenue = MoneyColumn(verbose_name=_("Revenue in the period"))


@dataclass(frozen=True)
class PersonLine:
    public_id: UUID
    name: str
    phone: str
    email: str


def person_line(who: Short) -> PersonLine:
    """A customer by name and contacts."""
    return PersonLine(who.public_id, who.name or gettext("No name"), who.phone, who.email)


class People(Table):
    name = LinkColumn(verbose_name=_("Customer"), url="customers:card", key="public_id")
    phone = tables.Column(verbose_name=_("Phone"))
    email = tables.Column(verbose_name=_("E-mail"))
