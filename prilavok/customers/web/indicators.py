"""Which indicators stand on the card: rows that are added, moved and taken away, one's own or the company's."""

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.customers import actions, queries
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast

WHOSE = ("mine", "company")


@require_GET
@needs("customers.see")
def rows(request: Request, whose: str) -> HttpResponse:
    _check(request, whose)
    labels = queries.indicator_labels(request.actor)
    chosen = _rows(request, whose)
    context = {
        "whose": whose,
        "rows": [(key, labels[key]) for key in chosen],
        "more": [(key, label) for key, label in labels.items() if key not in chosen],
        "own": queries.chosen_rows(_owner(request, whose)) is not None,
    }
    return render(request, "customers/indicator_rows.html", context)


@require_POST
@needs("customers.see")
def move(request: Request, whose: str, what: str) -> HttpResponse:
    """`add`, `up`, `down` or `remove` one row; `forget` the whole choice."""
    _check(request, whose)
    chosen, key = _rows(request, whose), request.POST.get("key", "")
    if what == "forget":
        actions.choose_indicators(keys=None, for_all=whose == "company", by=request.actor)
        toast(request, _("The order is as it was before"))
    else:
        moved = _moved(chosen, key, what)
        actions.choose_indicators(keys=moved, for_all=whose == "company", by=request.actor)
    return HttpResponseRedirect(reverse("customers:indicator_rows", args=[whose]))


def _moved(chosen: list[str], key: str, what: str) -> list[str]:
    if what == "add":
        return [*chosen, key]
    if key not in chosen or what not in ("up", "down", "remove"):
        raise Http404
    place = chosen.index(key)
    chosen.remove(key)
    if what != "remove":
        chosen.insert(max(0, place - 1) if what == "up" else place + 1, key)
    return chosen


def _rows(request: Request, whose: str) -> list[str]:
    labels = queries.indicator_labels(request.actor)
    if whose == "mine":
        return queries.indicator_rows(request.actor)
    chosen = queries.chosen_rows(None)
    return list(labels) if chosen is None else [key for key in chosen if key in labels]


def _owner(request: Request, whose: str) -> int | None:
    return request.actor.id if whose == "mine" else None


def _check(request: Request, whose: str) -> None:
    if whose not in WHOSE:
        raise Http404
    if whose == "company":
        request.actor.must("customers.indicators")
