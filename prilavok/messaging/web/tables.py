"""Lists of templates and messages."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from prilavok.messaging.models import Message
from prilavok.ui.tables import FigureColumn, LinkColumn, MomentColumn, StateColumn, Table

STATE_KINDS = {
    "planned": "info",
    "in_flight": "info",
    "delivered": "good",
    "refused": "bad",
    "unknown": "warn",
    "suppressed": "muted",
}
STATE_WORDS = dict(Message.State.choices)


class TemplateTable(Table):
    name = LinkColumn(verbose_name=_("Template"), url="messaging:template")
    subject = tables.Column(verbose_name=_("Subject"))
    number = FigureColumn(verbose_name=_("Version"))
    saved_at = MomentColumn(verbose_name=_("Saved"))


class MessageTable(Table):
    subject = LinkColumn(
        verbose_name=_("Letter"),
        url="messaging:message",
        accessor="mailing__template_version__template__name",
        side=True,
    )
    state = StateColumn(verbose_name=_("State"), kinds=STATE_KINDS, words=STATE_WORDS)
    settled_at = MomentColumn(verbose_name=_("When"))
    opens = FigureColumn(verbose_name=_("Opened"))
    clicks = FigureColumn(verbose_name=_("Clicked"))
