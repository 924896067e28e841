"""What segments put into the frame and into the customer's card: menu, palette, tab, filter, timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prilavok.customers import ports
from prilavok.customers.ports import (
    ArchivePart,
    IndicatorSource,
    ListFilter,
    Panel,
    TimelineKind,
    TimelineLine,
)
from prilavok.kernel import retention
from prilavok.kernel.actors import Actor
from prilavok.kernel.retention import KeptKind
from prilavok.kernel.timeline import StoredEvent
from prilavok.segments import lists, queries
from prilavok.segments.events import EnteredSegment, LeftSegment
from prilavok.segments.models import Membership
from prilavok.segments.rfm import asking
from prilavok.segments.web.figures import figures, labels
from prilavok.ui import ports as ui

if TYPE_CHECKING:
    from prilavok.customers.models import ProfileQuerySet


def fill() -> None:
    ui.menu.fill(
        ui.MenuItem("segments", _("Segments"), "segments:list", permission="segments.see"), position=30
    )
    ui.menu.fill(
        ui.MenuItem(
            "rfm",
            _("RFM"),
            "segments:rfm",
            permission="segments.see",
            section="segments",
            also=("segments:actives", "segments:orders"),
        ),
        position=31,
    )
    ui.commands.fill(
        ui.Command(_("Moves between RFM groups"), "segments:rfm_moves", "segments.see"), position=40
    )
    ui.commands.fill(
        ui.Command(_("Growth and churn of active customers"), "segments:actives", "segments.see"), position=41
    )
    ui.commands.fill(
        ui.Command(_("Who bought how many times"), "segments:orders", "segments.see"), position=42
    )
    ui.commands.fill(ui.Command(_("Make a segment"), "segments:editor", "segments.edit"), position=10)
    ui.palette.fill(ui.PaletteSource(_search, _("Segments")), position=30)
    ui.menu.fill(
        ui.MenuItem(
            "own_indicators",
            _("Indicators"),
            "segments:indicators",
            permission="segments.indicators",
            section="settings",
            group="customers",
        ),
        position=94,
    )
    ports.indicators.fill(IndicatorSource("made", "segments.see", figures, {}, made=labels), position=60)
    ports.panels.fill(Panel("segments", _("Segments"), "segments:panel", "segments.see"), position=40)
    ports.archive.fill(ArchivePart("rfm", _("RFM"), asking.archived), position=65)
    ports.filters.fill(
        ListFilter("segment", _("Segment"), _in_segment, choices=_choices, permission="segments.see"),
        position=60,
    )
    ports.field_users.fill(lambda code: [one.name for one in queries.asking(f"own.{code}")])
    retention.kinds.fill(
        KeptKind(
            "segments.list_lines",
            _("Lines of uploaded lists that were not recognised"),
            _("The segment and its people"),
            lists.count_old_lines,
            lists.forget_old_lines,
            days=lists.KEPT_DAYS,
        )
    )
    ports.timeline.fill(
        TimelineKind(
            (EnteredSegment, LeftSegment), _("Segments"), "chart-pie", lines=_lines, permission="segments.see"
        ),
        position=60,
    )


def _search(by: Actor, text: str) -> list[ui.Hit]:
    if not by.may("segments.see"):
        return []
    found = queries.segments(by).filter(archived_at=None, name__icontains=text).order_by("-changed_at")[:6]
    return [
        ui.Hit(
            one.name, one.get_kind_display(), reverse("segments:segment", args=[one.public_id]), "chart-pie"
        )
        for one in found
    ]


def _choices(by: Actor) -> list[tuple[str, str | Promise]]:
    found = (
        queries.segments(by).filter(archived_at=None).order_by("name").values_list("public_id", "name")[:200]
    )
    return [(str(key), name) for key, name in found]


def _in_segment(profiles: ProfileQuerySet, value: str, by: Actor) -> ProfileQuerySet:
    try:
        key = UUID(value)
    except ValueError:
        return profiles.none()
    stays = Membership.objects.open().filter(segment__public_id=key)
    return profiles.filter(pk__in=stays.values("profile_id"))


def _lines(events: Sequence[StoredEvent], by: Actor) -> Mapping[UUID, TimelineLine]:
    known = queries.by_id({event.body["segment_id"] for event in events})
    words = {EnteredSegment.type_name(): gettext("Entered segment “%(name)s”")}
    found = {}
    for event in events:
        one = known.get(event.body["segment_id"])
        if one is not None:
            text = words.get(event.type, gettext("Left segment “%(name)s”")) % {"name": one.name}
            found[event.id] = TimelineLine(text, reverse("segments:segment", args=[one.public_id]))
    return found
