"""The RFM map: every cell opens as a list, every list becomes a segment or a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.customers import actions as customer_actions
from prilavok.customers import queries as customers
from prilavok.kernel import clock, paging
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.segments import actions, facts, names, rules
from prilavok.segments.models import RfmScheme
from prilavok.segments.rfm import asking
from prilavok.segments.rfm.asking import Cell
from prilavok.segments.rules import Layout
from prilavok.segments.web import files, tables
from prilavok.ui import charts, formats
from prilavok.ui.toasts import toast

FOLDER = "RFM"


def text(typed: QueryDict, name: str) -> str:
    """What an address or a form says under that name; nothing is an empty text."""
    return str(typed.get(name, ""))


def chosen(request: Request, typed: QueryDict) -> RfmScheme:
    """The scheme that the address or the form names, else the main one. Raises Http404."""
    key = text(typed, "scheme")
    try:
        return asking.scheme(request.actor, UUID(key) if key else None)
    except (ValueError, RfmScheme.DoesNotExist):
        raise Http404 from None


def framed(request: Request, scheme: RfmScheme, page: str) -> dict[str, Any]:
    """What every page of RFM shows: which scheme it is, as of when, and the way to the others."""
    live = asking.all_schemes(request.actor).filter(archived_at=None)
    return {"scheme": scheme, "schemes": list(live), "run": asking.last_run(scheme), "rfm_page": page}


@require_GET
@needs("segments.see")
def rfm(request: Request) -> HttpResponse:
    scheme = chosen(request, request.GET)
    layout = asking.layout_of(scheme)
    places, groups = asking.places(request.actor, scheme), asking.groups(request.actor, scheme)
    bought = sum(cell.people for cell in places)
    context = framed(request, scheme, "map") | {
        "layout": layout,
        "chart": _chart(scheme, layout, places),
        "groups": sorted(
            (one for one in groups if one.people and one.key not in rules.ALONE), key=lambda one: -one.revenue
        ),
        "alone": [one for one in groups if one.key in rules.ALONE],
        "bought": bought,
        "finding": _finding(layout, groups),
        "widest": range(1, max(layout.r.bands, layout.f.bands, layout.m.bands) + 1),
    }
    return render(request, "segments/rfm.html", context)


def _chart(scheme: RfmScheme, layout: Layout, places: list[Cell]) -> charts.Chart:
    by_place = {(cell.r, cell.f): cell for cell in places}
    columns = range(1, layout.f.bands + 1)
    rows = [[by_place[r, f] for f in columns] for r in range(layout.r.bands, 0, -1)]
    return charts.heat(
        _("Customers by recency and frequency"),
        [_("F %(score)d") % {"score": f} for f in columns],
        [_("R %(score)d") % {"score": r} for r in range(layout.r.bands, 0, -1)],
        [[cell.people for cell in row] for row in rows],
        x_title=_("How often (%(best)d: most often)") % {"best": layout.f.bands},
        y_title=_("How lately (%(best)d: most lately)") % {"best": layout.r.bands},
        links=[address(scheme, r=cell.r, f=cell.f) for row in rows for cell in row],
        cells=[cell.name for row in rows for cell in row],
    )


def address(scheme: RfmScheme, **asked: Any) -> str:
    """The list behind a cell or a group."""
    return reverse("segments:rfm_people") + "?" + urlencode(_of(scheme) | asked)


def _of(scheme: RfmScheme) -> dict[str, Any]:
    return {} if scheme.is_main else {"scheme": scheme.public_id}


def _finding(layout: Layout, groups: list[Cell]) -> str:
    """The finding as a sentence: what the best bring, and how many have fallen silent."""
    known = {group.key: group for group in groups}
    total = sum(group.revenue for group in groups)
    if not total:
        return ""
    best = known[layout.cell(layout.r.bands, layout.f.bands)]
    silent = sum(known[group.key].people for group in layout.groups if group.silent)
    return ngettext(
        "“%(best)s” bring %(share)s of the revenue; %(n)s customer who used to buy has fallen silent.",
        "“%(best)s” bring %(share)s of the revenue; %(n)s customers who used to buy have fallen silent.",
        silent,
    ) % {
        "best": best.name,
        "share": formats.percent(best.revenue / total, 0, get_language() or "ru"),
        "n": formats.number(silent, 0, get_language() or "ru"),
    }


@dataclass(frozen=True)
class Asked:
    """A cell of the map or a named group, as an address or a form names it."""

    scheme: RfmScheme
    layout: Layout
    key: str
    r: int
    f: int

    @property
    def name(self) -> str:
        place = f" · R {self.r}, F {self.f}" if self.r else ""
        return names.of(self.layout, self.key) + place

    @property
    def hidden(self) -> dict[str, Any]:
        return {**_of(self.scheme), **({"r": self.r, "f": self.f} if self.r else {"cell": self.key})}

    @property
    def tree(self) -> dict[str, Any]:
        """The conditions that the same people meet, always."""
        if self.scheme.is_main and not self.r:
            return {"all": [{"trait": "rfm_cell", "op": "in", "value": [self.key]}]}
        if self.scheme.is_main:
            both = (("rfm_r", self.r), ("rfm_f", self.f))
            return {"all": [{"trait": trait, "op": "=", "value": value} for trait, value in both]}
        places = [f"r{self.r}", f"f{self.f}"] if self.r else [self.key]
        values = [facts.asked(self.scheme.pk, place) for place in places]
        return {"all": [{"trait": "rfm_place", "op": "in", "value": [value]} for value in values]}


def _asked(request: Request, typed: QueryDict) -> Asked:
    scheme = chosen(request, typed)
    layout = asking.layout_of(scheme)
    r, f = (int(text(typed, key)) if text(typed, key).isdecimal() else 0 for key in ("r", "f"))
    key = text(typed, "cell")
    if (r, f) in layout.places():
        return Asked(scheme, layout, layout.cell(r, f), r, f)
    if key not in {group.key for group in layout.groups}:
        raise Http404
    return Asked(scheme, layout, key, 0, 0)


@require_GET
@needs("segments.see")
def people(request: Request) -> HttpResponse:
    """The customers of one cell of the map or of one named group."""
    one = _asked(request, request.GET)
    found = asking.people(request.actor, one.scheme, cell="" if one.r else one.key, r=one.r, f=one.f)
    if request.GET.get("file"):
        return files.of_scores(request.GET["file"], "rfm", found, one.layout, request.actor)
    rows, table = listed(request, found, one.layout)
    context = framed(request, one.scheme, "map") | {"name": one.name, "hidden": one.hidden, "rows": rows}
    context |= {"table": table, "advice": names.advice(one.layout, one.key), "back": reverse("segments:rfm")}
    return render(
        request, "segments/rfm_people.html", context | {"to_segment": reverse("segments:rfm_segment")}
    )


def listed(request: Request, found: Any, layout: Layout) -> tuple[list[tables.ScoreLine], tables.Scores]:
    """A page of customers with their scores; that their contacts were shown is kept."""
    page = paging.keyset(found, order=("-revenue", "-profile_id"), after=request.GET.get("after"))
    known = customers.short([score.profile_id for score in page.items], request.actor)
    customer_actions.note_contacts(known, by=request.actor, at=clock.now())
    shown = [score for score in page.items if score.profile_id in known]
    rows = [tables.score_line(score, known[score.profile_id], layout) for score in shown]
    return rows, tables.Scores(rows, more=page.next)


@require_POST
@needs("segments.edit")
def to_segment(request: Request) -> HttpResponse:
    """Make a segment of a cell or group: dynamic, so whoever moves there comes in."""
    one = _asked(request, request.POST)
    title = "RFM" if one.scheme.is_main else one.scheme.title
    made = actions.create(
        name=f"{title}: {one.name}",
        tree=one.tree,
        kind="dynamic",
        by=request.actor,
        at=clock.now(),
        folder=FOLDER,
    )
    return HttpResponseRedirect(reverse("segments:segment", args=[made.public_id]))


@require_POST
@needs("segments.edit")
def reckon(request: Request) -> HttpResponse:
    scheme = chosen(request, request.POST)
    try:
        run = actions.reckon_rfm(scheme_id=scheme.pk, by=request.actor, at=clock.now())
        told = ngettext(
            "Reckoned: %(n)s customer changed their place",
            "Reckoned: %(n)s customers changed their place",
            run.changed,
        )
        toast(request, told % {"n": formats.number(run.changed, 0, get_language() or "ru")})
    except Problem as problem:
        toast(request, str(problem))
    return HttpResponseRedirect(reverse("segments:rfm") + "?" + urlencode(_of(scheme)))
