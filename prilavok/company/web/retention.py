"""How long each kind of data is kept: what would go, what has gone."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from prilavok.company import actions, queries
from prilavok.kernel import clock, paging, retention
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast

LONGEST = 36_500


@needs("company.retention")
def rules(request: Request) -> HttpResponse:
    """The rules; a GET with other days shows what would go by them and changes nothing."""
    if request.method == "POST":
        try:
            actions.keep_for(_typed(request.POST), by=request.actor, at=clock.now())
            toast(request, _("Saved: the next night works by it"))
        except Problem as problem:
            toast(request, str(problem), bad=True)
        return HttpResponseRedirect(reverse("company:retention"))
    days = queries.retention_days() | {
        key: number for key, number in _typed(request.GET).items() if number is None or number <= LONGEST
    }
    rows = [
        (kind, days[kind.key], kind.count(timedelta(days=number)) if (number := days[kind.key]) else 0)
        for kind in retention.kinds.items()
    ]
    page = paging.keyset(
        queries.retention_runs(request.actor), order=("-at", "-id"), after=request.GET.get("after"), size=50
    )
    labels = {kind.key: kind.label for kind in retention.kinds.items()}
    runs = [(one, labels.get(one.kind, one.kind)) for one in page.items]
    return render(request, "company/retention.html", {"rows": rows, "runs": runs, "more": page.next})


def _typed(data: Any) -> dict[str, int | None]:
    """Days by kind as they stand in the fields; an empty field is for ever, nonsense is left out."""
    typed = {kind.key: data.get(kind.key, "x").strip() for kind in retention.kinds.items()}
    return {key: int(text) if text else None for key, text in typed.items() if not text or text.isdecimal()}
