"""Who moved between the groups of RFM from one day to another: every flow opens as a list or becomes a segment."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.kernel import clock
from prilavok.kernel.web import Request, needs
from prilavok.segments import actions, names
from prilavok.segments.models import RfmScheme
from prilavok.segments.rfm import asking
from prilavok.segments.rfm.asking import Between, Flow
from prilavok.segments.rules import Layout
from prilavok.segments.web import files
from prilavok.segments.web.rfm import FOLDER, chosen, framed, listed, text
from prilavok.ui import charts, formats

HEADER = (
    gettext_lazy("From the group"),
    gettext_lazy("To the group"),
    gettext_lazy("Customers"),
    gettext_lazy("Revenue in the period"),
)


@require_GET
@needs("segments.see")
def moves(request: Request) -> HttpResponse:
    scheme = chosen(request, request.GET)
    layout, days = asking.layout_of(scheme), _days(scheme, request.GET)
    flows = asking.flows(request.actor, scheme, days)
    if request.GET.get("file"):
        return files.answer(request.GET["file"], "rfm-moves", HEADER, (_line(layout, one) for one in flows))
    moved = [one for one in flows if one.came_from != one.into]
    context = framed(request, scheme, "moves") | {
        "days": days,
        "chart": _chart(scheme, layout, days, flows) if flows else None,
        "rows": [_row(scheme, layout, days, one) for one in moved],
        "stayed": sum(one.people for one in flows if one.came_from == one.into),
        "moved": sum(one.people for one in moved if one.came_from),
        "finding": _finding(layout, moved),
    }
    return render(request, "segments/rfm_moves.html", context)


def _days(scheme: RfmScheme, typed: QueryDict) -> Between:
    return asking.between(scheme, _day(typed, "from"), _day(typed, "to"), at=clock.now())


def _day(typed: QueryDict, name: str) -> date | None:
    try:
        return date.fromisoformat(text(typed, name)) if text(typed, name) else None
    except ValueError:
        return None


def _line(layout: Layout, one: Flow) -> tuple[Any, ...]:
    return names.of(layout, one.came_from), names.of(layout, one.into), one.people, one.revenue


def _row(scheme: RfmScheme, layout: Layout, days: Between, one: Flow) -> dict[str, Any]:
    return {
        "came_from": names.of(layout, one.came_from),
        "into": names.of(layout, one.into),
        "colours": (layout.group(one.came_from).colour, layout.group(one.into).colour),
        "people": one.people,
        "revenue": one.revenue,
        "url": address(scheme, days, one.came_from, one.into),
    }


def address(scheme: RfmScheme, days: Between, came_from: str, into: str) -> str:
    """The list behind a flow."""
    return reverse("segments:rfm_movers") + "?" + urlencode(_asked(scheme, days, came_from, into))


def _asked(scheme: RfmScheme, days: Between, came_from: str, into: str) -> dict[str, Any]:
    own = {} if scheme.is_main else {"scheme": scheme.public_id}
    return own | {"from": days.first, "to": days.last, "of": came_from, "into": into}


def _chart(scheme: RfmScheme, layout: Layout, days: Between, flows: list[Flow]) -> charts.Chart:
    order = [group.key for group in layout.groups]
    order += sorted({key for one in flows for key in (one.came_from, one.into)} - {*order, names.ABSENT})
    known = {(one.came_from, one.into): one.people for one in flows}
    left = [key for key in [*order, names.ABSENT] if any(one.came_from == key for one in flows)]
    right = [key for key in order if any(one.into == key for one in flows)]
    return charts.sankey(
        _("Customers"),
        [names.of(layout, key) for key in left],
        [names.of(layout, key) for key in right],
        [[known.get((a, b), 0) for b in right] for a in left],
        links=[address(scheme, days, a, b) for a in left for b in right],
        colours=[layout.group(key).colour for key in [*left, *right]],
    )


def _finding(layout: Layout, moved: list[Flow]) -> str:
    """The finding as a sentence: how many moved, and the largest move of those who had been there."""
    known = [one for one in moved if one.came_from]
    if not known:
        return ""
    people = sum(one.people for one in known)
    return ngettext(
        "%(n)s customer moved to another group; most often from “%(a)s” to “%(b)s”.",
        "%(n)s customers moved to another group; most often from “%(a)s” to “%(b)s”.",
        people,
    ) % {
        "n": formats.number(people, 0, get_language() or "ru"),
        "a": names.of(layout, known[0].came_from),
        "b": names.of(layout, known[0].into),
    }


@require_GET
@needs("segments.see")
def movers(request: Request) -> HttpResponse:
    """The customers of one flow, with their scores as they are now."""
    scheme = chosen(request, request.GET)
    layout, days, (came_from, into) = _flow(scheme, request.GET)
    found = asking.movers(request.actor, scheme, days, came_from, into)
    if request.GET.get("file"):
        return files.of_scores(request.GET["file"], "rfm-moved", found, layout, request.actor)
    rows, table = listed(request, found, layout)
    asked = _asked(scheme, days, came_from, into)
    context = framed(request, scheme, "moves") | {
        "name": _name(layout, came_from, into),
        "rows": rows,
        "table": table,
    }
    context |= {"advice": _between(days), "hidden": asked, "back_name": _("Moves")}
    context |= {
        "back": reverse("segments:rfm_moves")
        + "?"
        + urlencode({"from": str(days.first), "to": str(days.last)}),
        "to_segment": reverse("segments:rfm_movers_segment"),
    }
    return render(request, "segments/rfm_people.html", context)


def _flow(scheme: RfmScheme, typed: QueryDict) -> tuple[Layout, Between, tuple[str, str]]:
    if not text(typed, "into"):
        raise Http404
    return asking.layout_of(scheme), _days(scheme, typed), (text(typed, "of"), text(typed, "into"))


def _name(layout: Layout, came_from: str, into: str) -> str:
    return f"{names.of(layout, came_from)} → {names.of(layout, into)}"


def _between(days: Between) -> str:
    language = get_language() or "ru"
    told = {"first": formats.day(days.first, language), "last": formats.day(days.last, language)}
    return (
        _("Stood in the first group at the end of %(first)s and in the second at the end of %(last)s.") % told
    )


@require_POST
@needs("segments.edit")
def to_segment(request: Request) -> HttpResponse:
    """Keep the very people of a flow as a static segment: a flow between two days does not change any more."""
    scheme = chosen(request, request.POST)
    layout, days, (came_from, into) = _flow(scheme, request.POST)
    found = asking.movers(request.actor, scheme, days, came_from, into)
    made = actions.hold(
        name=f"{_name(layout, came_from, into)} · {days.first:%d.%m.%Y}–{days.last:%d.%m.%Y}",
        profile_ids=list(found.values_list("profile_id", flat=True)),
        by=request.actor,
        at=clock.now(),
        folder=FOLDER,
    )
    return HttpResponseRedirect(reverse("segments:segment", args=[made.public_id]))
