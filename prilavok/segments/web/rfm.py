"""The RFM map: every cell opens as a list, every list becomes a segment."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
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
from prilavok.segments import actions, names, queries, rules
from prilavok.segments.queries import Cell
from prilavok.segments.web import tables
from prilavok.ui import charts, formats
from prilavok.ui.toasts import toast

ALONE = (rules.NEVER, rules.GONE)


@require_GET
@needs("segments.see")
def rfm(request: Request) -> HttpResponse:
    cells, groups = queries.rfm_map(request.actor), queries.rfm_groups(request.actor)
    bought = sum(cell.people for cell in cells)
    named = [(group, names.ADVICE[group.key]) for group in groups if group.people and group.key not in ALONE]
    context = {
        "run": queries.last_rfm(),
        "chart": _chart(cells),
        "groups": sorted(named, key=lambda pair: -pair[0].revenue),
        "alone": [group for group in groups if group.key in ALONE],
        "bought": bought,
        "finding": _finding(groups),
        "days": rules.DAYS,
    }
    return render(request, "segments/rfm.html", context)


def _chart(cells: list[Cell]) -> charts.Chart:
    by_place = {(cell.r, cell.f): cell for cell in cells}
    places = [[by_place[r, f] for f in range(1, 6)] for r in range(5, 0, -1)]
    return charts.heat(
        _("Customers by recency and frequency"),
        [_("F %(score)d") % {"score": f} for f in range(1, 6)],
        [_("R %(score)d") % {"score": r} for r in range(5, 0, -1)],
        [[cell.people for cell in row] for row in places],
        x_title=_("How often (5: most often)"),
        y_title=_("How lately (5: most lately)"),
        links=[address(r=cell.r, f=cell.f) for row in places for cell in row],
    )


def address(**asked: Any) -> str:
    """The list behind a cell or a group."""
    return reverse("segments:rfm_people") + "?" + urlencode(asked)


def _finding(groups: list[Cell]) -> str:
    """The finding as a sentence: what the best bring, and who is being lost."""
    known = {group.key: group for group in groups}
    total = sum(group.revenue for group in groups)
    if not total:
        return ""
    best = known["champions"]
    share = formats.percent(best.revenue / total, 0, get_language() or "ru")
    leaving = known["risk"].people + known["precious"].people
    return ngettext(
        "Champions bring %(share)s of the year's revenue; %(count)d frequent customer is leaving.",
        "Champions bring %(share)s of the year's revenue; %(count)d frequent customers are leaving.",
        leaving,
    ) % {"share": share, "count": leaving}


@require_GET
@needs("segments.see")
def people(request: Request) -> HttpResponse:
    """The customers of one cell of the map or of one named group."""
    r, f = (int(request.GET[key]) if request.GET.get(key, "").isdigit() else 0 for key in ("r", "f"))
    key = request.GET.get("cell", "")
    if not (r in rules.GRID and 1 <= f <= 5) and key not in names.CELLS:
        raise Http404
    page = paging.keyset(
        queries.rfm_people(request.actor, cell=key, r=r, f=f),
        order=("-revenue", "-profile_id"),
        after=request.GET.get("after"),
    )
    known = customers.short([score.pk for score in page.items], request.actor)
    customer_actions.note_contacts(known, by=request.actor, at=clock.now())
    rows = [tables.score_line(score, known[score.pk]) for score in page.items if score.pk in known]
    name = names.CELLS[key or rules.cell(r, f)]
    context: dict[str, Any] = {
        "name": name,
        "r": r,
        "f": f,
        "cell": key or rules.cell(r, f),
        "rows": rows,
        "run": queries.last_rfm(),
    }
    context["advice"] = names.ADVICE[str(context["cell"])]
    return render(
        request, "segments/rfm_people.html", context | {"table": tables.Scores(rows, more=page.next)}
    )


@require_POST
@needs("segments.edit")
def to_segment(request: Request) -> HttpResponse:
    """Make a segment of a cell or group: dynamic, so whoever moves there comes in."""
    typed = request.POST
    key = typed.get("cell", "")
    if key not in names.CELLS:
        raise Http404
    tree: dict[str, Any] = {"all": [{"trait": "rfm_cell", "op": "in", "value": [key]}]}
    if typed.get("r", "0").isdigit() and typed.get("r") != "0":
        tree = {
            "all": [{"trait": f"rfm_{axis}", "op": "=", "value": int(typed[axis])} for axis in ("r", "f")]
        }
    made = actions.create(
        name=f"RFM: {names.CELLS[key]}",
        tree=tree,
        kind="dynamic",
        by=request.actor,
        at=clock.now(),
        folder="RFM",
    )
    return HttpResponseRedirect(reverse("segments:segment", args=[made.public_id]))


@require_POST
@needs("segments.edit")
def reckon(request: Request) -> HttpResponse:
    try:
        run = actions.reckon_rfm(by=request.actor, at=clock.now())
        told = ngettext(
            "Reckoned: %(n)s customer changed their place",
            "Reckoned: %(n)s customers changed their place",
            run.changed,
        )
        toast(request, told % {"n": formats.number(run.changed, 0, get_language() or "ru")})
    except Problem as problem:
        toast(request, str(problem))
    return HttpResponseRedirect(reverse("segments:rfm"))
