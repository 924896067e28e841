"""The list of imports as a table."""

from django.utils.translation import gettext_lazy as _
from django_tables2 import Column

from prilavok.exchange.kinds import KINDS
from prilavok.exchange.models import Import
from prilavok.ui.tables import FigureColumn, LinkColumn, MomentColumn, StateColumn, Table

KINDS_OF_STATES = {
    "waiting": "warn",
    "running": "info",
    "finished": "good",
    "failed": "bad",
    "undone": "muted",
}


class Imports(Table):
    file_name = LinkColumn(verbose_name=_("File"), url="exchange:import", key="public_id")
    kind = Column(verbose_name=_("What"))
    state = StateColumn(verbose_name=_("State"), kinds=KINDS_OF_STATES, words=dict(Import.State.choices))
    rows = FigureColumn(verbose_name=_("Rows read"))
    loaded = FigureColumn(verbose_name=_("Loaded"))
    unchanged = FigureColumn(verbose_name=_("Unchanged"))
    rejected = FigureColumn(verbose_name=_("Rejected"))
    made_at = MomentColumn(verbose_name=_("Brought"))

    def render_kind(self, value: str) -> str:
        return str(KINDS[value].label)
