"""Growth and churn of active customers, and who bought how many times: every figure opens as a list or a segment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import dateformat
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.customers import actions as customer_actions
from prilavok.customers import queries as customers
from prilavok.facts.client import FactsBusy, FactsDown, TooHeavy
from prilavok.kernel import clock, paging
from prilavok.kernel.web import Request, needs
from prilavok.segments import actions, queries
from prilavok.segments.reckoning import day_of
from prilavok.segments.rfm import actives as figures
from prilavok.segments.rfm import asking
from prilavok.segments.rfm.actives import Month, Orders
from prilavok.segments.web import files, tables
from prilavok.segments.web.rfm import FOLDER, framed
from prilavok.ui import charts, formats

PAGE = 50
SHOWN = 13
WORDS = {
    "start": gettext_lazy("Active at the start"),
    "new": gettext_lazy("New"),
    "returned": gettext_lazy("Came back"),
    "churned": gettext_lazy("Left"),
    "end": gettext_lazy("Active at the end"),
}
NO_FACTS = (FactsDown, FactsBusy, TooHeavy)


@require_GET
@needs("segments.see")
def actives(request: Request) -> HttpResponse:
    days, count = (
        _number(request.GET, "days", figures.DAYS, figures.ACTIVE_DAYS),
        _number(request.GET, "months", figures.MONTHS, SHOWN),
    )
    context = framed(request, asking.scheme(request.actor), "actives") | {
        "days": days,
        "months": count,
        "allowed": figures.DAYS,
    }
    try:
        found, as_of = figures.months(request.actor, count=count, days=days, at=clock.now())
    except NO_FACTS as problem:
        return render(request, "segments/actives.html", context | {"problem": problem})
    if request.GET.get("file"):
        header = [_("Month"), *map(str, WORDS.values())]
        rows = ((f"{one.first:%Y-%m}", *(getattr(one, kind) for kind in figures.KINDS)) for one in found)
        return files.answer(request.GET["file"], "actives", header, rows)
    context |= {"rows": [_row(one, days) for one in reversed(found)], "as_of": as_of, "words": WORDS}
    context |= {"charts": _charts(found, days) if any(one.end or one.start for one in found) else []}
    return render(request, "segments/actives.html", context | {"finding": _finding(found)})


def _number(typed: QueryDict, name: str, among: range, usual: int) -> int:
    text = typed.get(name, "")
    return int(text) if text.isdecimal() and int(text) in among else usual


def _row(one: Month, days: int) -> dict[str, Any]:
    cells = [(kind, getattr(one, kind), address(kind, one.first, days)) for kind in figures.KINDS]
    return {"name": month_name(one.first), "whole": one.whole, "cells": cells}


def month_name(first: date) -> str:
    """«Октябрь 2026»."""
    return dateformat.format(first, "F Y")


def address(kind: str, month: date, days: int) -> str:
    """The list behind a figure of a month."""
    asked = {"of": kind, "month": f"{month:%Y-%m}", "days": str(days)}
    return reverse("segments:actives_people") + "?" + urlencode(asked)


def _charts(found: list[Month], days: int) -> list[charts.Chart]:
    labels = [month_name(one.first) for one in found]
    return [
        charts.line(
            _("Active customers at the end of a month"),
            labels,
            charts.Series(_("Active"), [one.end for one in found]),
            links=[address("end", one.first, days) for one in found],
        ),
        charts.stacked(
            _("Who came and who left"),
            labels,
            charts.Series(_("New"), [one.new for one in found]),
            charts.Series(_("Came back"), [one.returned for one in found]),
            charts.Series(_("Left"), [-one.churned for one in found]),
        ),
    ]


def _finding(found: list[Month]) -> str:
    """The last whole month in a sentence."""
    whole = [one for one in found if one.whole]
    if not whole or not (whole[-1].start or whole[-1].end):
        return ""
    last, language = whole[-1], get_language() or "ru"
    grown = last.end - last.start
    told = {
        "month": month_name(last.first),
        "n": formats.number(abs(grown), 0, language),
        "end": formats.number(last.end, 0, language),
    }
    if not grown:
        return _("%(month)s: as many active customers at the end as at the start, %(end)s.") % told
    if grown < 0:
        return (
            ngettext(
                "%(month)s: %(n)s active customer fewer, %(end)s at the end.",
                "%(month)s: %(n)s active customers fewer, %(end)s at the end.",
                -grown,
            )
            % told
        )
    return (
        ngettext(
            "%(month)s: %(n)s active customer more, %(end)s at the end.",
            "%(month)s: %(n)s active customers more, %(end)s at the end.",
            grown,
        )
        % told
    )


@require_GET
@needs("segments.see")
def orders(request: Request) -> HttpResponse:
    days = _number(request.GET, "days", figures.DAYS, figures.ACTIVE_DAYS)
    context = framed(request, asking.scheme(request.actor), "orders") | {
        "days": days,
        "allowed": figures.DAYS,
    }
    try:
        found = figures.orders(request.actor, days=days, at=clock.now())
    except NO_FACTS as problem:
        return render(request, "segments/orders.html", context | {"problem": problem})
    rows = _shares(found)
    if request.GET.get("file"):
        header = [
            _("Receipts"),
            _("Customers"),
            _("Share of the base"),
            _("Revenue"),
            _("Share of the revenue"),
        ]
        return files.answer(request.GET["file"], "orders", header, (row[:5] for row in rows))
    context |= {"found": found, "rows": rows, "finding": _told(found), "chart": _bars(found, rows)}
    context |= {
        "valuable_url": _address("valuable", days, least=found.valuable_from),
        "churned_url": _address("churned", days),
        "never_url": _address("0", days),
        "valuable_share": found.valuable_revenue / found.year_revenue if found.year_revenue > 0 else None,
    }
    return render(request, "segments/orders.html", context)


def _address(key: str, days: int, **more: Any) -> str:
    return reverse("segments:actives_people") + "?" + urlencode({"of": key, "days": days, **more})


def _shares(found: Orders) -> list[tuple[Any, ...]]:
    """Rows of the table: the class in words, people, their share, revenue, its share, the list's address."""
    return [
        (
            class_name(one.low, one.high),
            one.people,
            one.people / found.base if found.base else 0,
            one.revenue,
            one.revenue / found.revenue if found.revenue > 0 else Decimal(0),
            _address(one.key, found.days),
        )
        for one in found.classes
    ]


def class_name(low: int, high: int | None) -> str:
    """«Ни разу», «1», «3–5», «11 и более»."""
    if high is None:
        return _("%(n)d and more") % {"n": low}
    return _("Never") if high == 0 else str(low) if low == high else f"{low}–{high}"


def _bars(found: Orders, rows: list[tuple[Any, ...]]) -> charts.Chart | None:
    if not found.base:
        return None
    return charts.bars(
        _("Customers by the number of receipts"),
        [row[0] for row in rows],
        charts.Series(_("Customers"), [row[1] for row in rows]),
        links=[row[5] for row in rows],
        x_title=_("Receipts, ever"),
    )


def _told(found: Orders) -> str:
    if not found.base:
        return ""
    language = get_language() or "ru"
    once = found.classes[1].people
    return _("%(bought)s of the customers have bought; %(once)s of these only once.") % {
        "bought": formats.percent(found.bought / found.base, 0, language),
        "once": formats.percent(once / found.bought if found.bought else 0, 0, language),
    }


# ── The people behind a figure ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Figure:
    """One figure of these pages, as an address or a form names it."""

    name: str
    tree: dict[str, Any]
    hidden: dict[str, Any]
    back: str
    back_name: str


def _figure(typed: QueryDict) -> Figure:
    """Raises Http404 for what is none of the figures."""
    key, days = typed.get("of", ""), _number(typed, "days", figures.DAYS, figures.ACTIVE_DAYS)
    if key in figures.KINDS:
        return _of_month(key, typed.get("month", ""), days)
    least = _money(typed.get("least", ""))
    tree = figures.of_class(key, days=days, least=least)
    if tree is None:
        raise Http404
    hidden = {"of": key, "days": days} | ({"least": least} if least is not None else {})
    back = reverse("segments:orders") + f"?days={days}"
    return Figure(_class_title(key, days), tree, hidden, back, _("How many times"))


def _of_month(kind: str, month: str, days: int) -> Figure:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Http404 from None
    today = day_of(clock.now())
    if not date(2000, 1, 1) <= first <= today:
        raise Http404
    one = figures.slice_of(kind, first, days, today=today)
    hidden = {"of": kind, "month": month, "days": days}
    back = reverse("segments:actives") + f"?days={days}"
    return Figure(f"{WORDS[kind]} · {month_name(first)}", one.tree, hidden, back, _("Growth and churn"))


def _money(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 <= value < 10**12 else None


def _class_title(key: str, days: int) -> str:
    if key == "valuable":
        return _("The most valuable tenth")
    if key == "churned":
        return _("Bought, but not for %(days)d days") % {"days": days}
    low, high = next(one for one in figures.CLASSES if str(one[0]) == key)
    return _("Receipts: %(n)s") % {"n": class_name(low, high).lower()}


@require_GET
@needs("segments.see")
def people(request: Request) -> HttpResponse:
    """The customers behind a figure, in the order they came into the base."""
    one = _figure(request.GET)
    if request.GET.get("file"):
        request.actor.must("customers.export")
        found = figures.people(one.tree, request.actor, at=clock.now())
        return files.of_people(request.GET["file"], "customers", found, request.actor)
    context: dict[str, Any] = {
        "name": one.name,
        "hidden": one.hidden,
        "back": one.back,
        "back_name": one.back_name,
    }
    context |= {"to_segment": reverse("segments:actives_segment")}
    try:
        counted = queries.count(one.tree, request.actor, at=clock.now())
        rows, more = _page(request, one.tree)
    except NO_FACTS as problem:
        return render(request, "segments/rfm_people.html", context | {"problem": problem})
    context |= {
        "rows": rows,
        "table": tables.People(rows, more=more),
        "people": counted.people,
        "as_of": counted.as_of,
    }
    return render(request, "segments/rfm_people.html", context)


def _page(request: Request, tree: dict[str, Any]) -> tuple[list[tables.PersonLine], str | None]:
    after = paging.decode(request.GET["after"], 1)[0] if request.GET.get("after") else 0
    if not isinstance(after, int):
        raise paging.BadCursor
    found = figures.people(tree, request.actor, at=clock.now(), after=after, size=PAGE + 1)
    known = customers.short(found[:PAGE], request.actor)
    customer_actions.note_contacts(known, by=request.actor, at=clock.now())
    rows = [tables.person_line(known[one]) for one in found[:PAGE] if one in known]
    return rows, paging.encode([found[PAGE - 1]]) if len(found) > PAGE else None


@require_POST
@needs("segments.edit")
def to_segment(request: Request) -> HttpResponse:
    """Make a segment of a figure: its conditions, so that what is loaded or returned later counts."""
    one = _figure(request.POST)
    made = actions.create(
        name=one.name[:200], tree=one.tree, kind="dynamic", by=request.actor, at=clock.now(), folder=FOLDER
    )
    return HttpResponseRedirect(reverse("segments:segment", args=[made.public_id]))
