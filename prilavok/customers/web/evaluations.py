"""The page of quality: what people judged, and the figures of labelled files with their curves."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from prilavok.customers import actions, queries
from prilavok.customers.models import Evaluation
from prilavok.kernel import clock, paging
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.forms import Form
from prilavok.ui.toasts import toast

SHOWN = 10  # evaluations on a page
WIDTH, HEIGHT = 300, 180  # of the picture without its words


class LabelledFile(Form):
    """A file of which it is known who is who."""

    permission = "customers.merge"
    check_on_leaving = False
    file = forms.FileField(
        label=gettext_lazy("Labelled file"),
        help_text=gettext_lazy("CSV, XLSX or Parquet, at most 100 MB. It is deleted once it has been read."),
        allow_empty_file=True,
    )
    column = forms.CharField(
        label=gettext_lazy("Column that says who is who"),
        help_text=gettext_lazy(
            "The same in all rows of one person. Empty: it is guessed (cluster, entity_id …)."
        ),
        required=False,
        max_length=200,
    )


@needs("customers.merge")
def quality(request: Request) -> HttpResponse:
    """How often the pairs were right, how often merges were undone, how labelled files went; a POST brings one."""
    sent = request.method == "POST"
    form = LabelledFile(request.POST, request.FILES) if sent else LabelledFile()
    if sent and form.is_valid() and _brought(request, form):
        toast(request, _("The file is being compared; the bell tells when it is done"))
        return HttpResponseRedirect(reverse("customers:quality"))
    context = {"quality": queries.quality(request.actor), "at": clock.now(), "form": form, **_files(request)}
    return render(request, "customers/quality.html", context, status=422 if form.errors else 200)


def _brought(request: Request, form: LabelledFile) -> bool:
    """Whether the file was taken; if not, the form says why."""
    sent = form.cleaned_data["file"]
    try:
        actions.evaluate_file(
            name=sent.name,
            chunks=sent.chunks(),
            column=form.cleaned_data["column"],
            by=request.actor,
            at=clock.now(),
        )
    except Problem as problem:
        form.add_error("file", str(problem))
    return not form.errors


@require_GET
@needs("customers.merge")
def evaluations(request: Request) -> HttpResponse:
    """The figures of files alone: the page asks for them anew while one is being compared."""
    return render(request, "customers/evaluations.html", _files(request))


@require_POST
@needs("customers.merge")
def delete_evaluation(request: Request, public_id: UUID) -> HttpResponse:
    try:
        actions.delete_evaluation(public_id=public_id, by=request.actor)
    except Evaluation.DoesNotExist as missing:
        raise Http404 from missing
    toast(request, _("The figures are deleted"))
    return HttpResponseRedirect(reverse("customers:quality"))


def _files(request: Request) -> dict[str, Any]:
    page = paging.keyset(
        queries.evaluations(request.actor),
        order=("-at", "-id"),
        after=request.GET.get("after"),
        size=SHOWN,
    )
    rows = [
        (one, queries.evaluation_trouble(one), _lines(one) if one.figures else [], _drawn(one))
        for one in page.items
    ]
    waits = any(one.state == Evaluation.State.WAITING for one in page.items)
    return {"evaluations": rows, "more": page.next, "waits": waits}


def _lines(one: Evaluation) -> list[tuple[dict[str, Any], bool, bool]]:
    """Figures by threshold, the strictest first: whether it is the one in use, whether the one that is chosen."""
    asked, chosen = one.figures["asked"], one.figures["chosen"]
    lines = {told["threshold"]: told for told in (*one.figures["thresholds"], asked, chosen)}
    return [
        (told, threshold == asked["threshold"], threshold == chosen["threshold"])
        for threshold, told in sorted(lines.items(), reverse=True)
    ]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The curve in points of the picture: recall to the right, precision upwards from `lowest`."""

    line: str
    asked: tuple[str, str]
    chosen: tuple[str, str]
    lowest: float


def _drawn(one: Evaluation) -> Drawing | None:
    """The curve as a picture; None where nothing was found."""
    if not one.points:
        return None
    asked, chosen = one.figures["asked"], one.figures["chosen"]
    least = min(precision for _threshold, _recall, precision in one.points)
    lowest = min(int(least * 10) / 10, 0.9)

    def place(recall: float, precision: float) -> tuple[str, str]:
        down = HEIGHT * (1 - (precision - lowest) / (1 - lowest))
        return f"{recall * WIDTH:.1f}", f"{min(down, HEIGHT):.1f}"

    return Drawing(
        " ".join(",".join(place(recall, precision)) for _threshold, recall, precision in one.points),
        place(asked["recall"], asked["precision"]),
        place(chosen["recall"], chosen["precision"]),
        lowest,
    )
