"""Lists of the administration's pages."""

import django_tables2
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.models import ProcrastinateJob

from prilavok.administration import queries
from prilavok.kernel.models import Parked, Work
from prilavok.ui.tables import FigureColumn, LinkColumn, MomentColumn, Table, state


class ParkedEvents(Table):
    type = LinkColumn(
        verbose_name=_("Event"),
        accessor="event__type",
        url="administration:parked_event",
        key="pk",
        side=True,
    )
    consumer = django_tables2.Column(verbose_name=_("Reader"))
    reason = django_tables2.Column(verbose_name=_("Reason"), empty_values=())
    attempts = FigureColumn(verbose_name=_("Attempts"))
    parked_at = MomentColumn(verbose_name=_("Parked"))

    def render_reason(self, record: Parked) -> str:
        if record.waits_for_id:
            return gettext("waits behind an earlier one of the same customer")
        return record.reason[:160]


class FailedJobs(Table):
    name = django_tables2.Column(verbose_name=_("Job"), empty_values=())
    attempts = FigureColumn(verbose_name=_("Attempts"))
    retry = django_tables2.TemplateColumn(
        template_name="administration/retry.html", verbose_name="", orderable=False
    )

    def render_name(self, record: ProcrastinateJob) -> str:
        return queries.job_name(record)


class LongWork(Table):
    title = django_tables2.Column(verbose_name=_("Work"))
    state = django_tables2.Column(verbose_name=_("State"), empty_values=())
    done = FigureColumn(verbose_name=_("So far"))
    total = FigureColumn(verbose_name=_("Of"))
    note = django_tables2.Column(verbose_name=_("Remark"))
    started_at = MomentColumn(verbose_name=_("Begun"))

    def render_state(self, record: Work) -> str:
        if record.finished_at is None:
            return state(gettext("under way"), "info")
        return state(gettext("failed"), "bad") if record.failed else state(gettext("done"), "good")
