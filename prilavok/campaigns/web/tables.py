"""Lists of campaigns and of their people."""

import django_tables2 as tables
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from prilavok.campaigns.models import Campaign
from prilavok.ui.formats import number
from prilavok.ui.tables import DayColumn, FigureColumn, LinkColumn, MomentColumn, StateColumn, Table

STATE_KINDS = {
    "draft": "muted",
    "scheduled": "info",
    "preparing": "info",
    "sending": "info",
    "paused": "warn",
    "sent": "good",
    "cancelled": "muted",
}
STATE_WORDS = dict(Campaign.State.choices)


class CampaignTable(Table):
    name = LinkColumn(verbose_name=_("Campaign"), url="campaigns:campaign")
    state = StateColumn(verbose_name=_("State"), kinds=STATE_KINDS, words=STATE_WORDS)
    segment = tables.Column(verbose_name=_("Segment"), accessor="segment__name")
    people = FigureColumn(verbose_name=_("Customers"), empty_values=())
    shown_at = MomentColumn(verbose_name=_("Start"))

    def __init__(self, rows: list[Campaign], *, people: dict[int, int], more: str | None) -> None:
        self._people = people
        super().__init__(rows, more=more)

    def render_people(self, record: Campaign) -> str:
        return number(self._people.get(record.pk), language=get_language() or "ru")


class PastTable(Table):
    """Campaigns loaded from another system: they had no segment and no state of ours."""

    name = LinkColumn(verbose_name=_("Campaign"), url="campaigns:past")
    kind = tables.Column(verbose_name=_("Kind"))
    starts_on = DayColumn(verbose_name=_("First day"))
    ends_on = DayColumn(verbose_name=_("Last day"))
    written_to = FigureColumn(verbose_name=_("Written to"))
