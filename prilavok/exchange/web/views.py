"""Pages of imports."""

from typing import cast
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from prilavok.exchange import actions, queries
from prilavok.exchange.models import Import
from prilavok.exchange.web import forms, tables
from prilavok.exchange.wording import in_words, note_in_words
from prilavok.kernel import paging
from prilavok.kernel.errors import Problem
from prilavok.kernel.sheets import BadFile
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast


@require_safe
@needs("exchange.see")
def imports(request: Request) -> HttpResponse:
    page = paging.keyset(
        queries.imports(request.actor), order=("-made_at", "-id"), after=request.GET.get("after")
    )
    table = tables.Imports(page.items)
    table.more = page.next
    return render(request, "exchange/list.html", {"table": table, "rows": page.items})


@needs("exchange.import")
def new(request: Request) -> HttpResponse:
    form = forms.Upload(request.POST or None, request.FILES or None, kinds=queries.kinds(request.actor))
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            brought = actions.bring(form.cleaned_data["kind"], file.name, file.chunks(), by=request.actor)
        except Problem as problem:
            form.add_error("file", str(problem))
        else:
            return redirect("exchange:import", brought.public_id)
    return render(request, "exchange/new.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@needs("exchange.see")
def one(request: Request, public_id: UUID) -> HttpResponse:
    found = _found(request, public_id)
    if found.state == Import.State.WAITING:
        return _choose(request, found)
    shown: dict[str, object] = {"may_see_rows": queries.shows_rows(found, request.actor)}
    if shown["may_see_rows"]:
        shown["header"], shown["rejects"] = queries.rejected_rows(found, request.actor)
    return render(request, "exchange/import.html", _report(found) | shown)


@require_POST
@needs("exchange.import")
def start(request: Request, public_id: UUID) -> HttpResponse:
    found = _found(request, public_id)
    form = forms.Mapping(
        request.POST, preview=queries.preview(found, request.actor), kind=queries.kind_of(found)
    )
    link = reverse("exchange:import", args=[public_id])
    if form.is_valid():
        try:
            actions.start(
                found.pk, mapping=form.mapping(), options=form.options(), by=request.actor, link=link
            )
        except Problem as problem:
            form.add_error(None, str(problem))
        else:
            return redirect(link)
    return _choose(request, found, form, status=422)


@require_POST
@needs("exchange.import")
def again(request: Request, public_id: UUID) -> HttpResponse:
    link = reverse("exchange:import", args=[public_id])
    try:
        actions.start(_found(request, public_id).pk, by=request.actor, link=link)
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return redirect(link)


@require_POST
@needs("exchange.import")
def drop(request: Request, public_id: UUID) -> HttpResponse:
    actions.drop(_found(request, public_id).pk, by=request.actor)
    toast(request, _("The file was removed"))
    return redirect("exchange:list")


@require_safe
@needs("exchange.see")
def progress(request: Request, public_id: UUID) -> HttpResponse:
    found = _found(request, public_id)
    answer = render(request, "exchange/progress.html", _report(found))
    if found.closed:
        answer["HX-Refresh"] = "true"
    return answer


@require_safe
@needs("exchange.see")
def rejects(request: Request, public_id: UUID) -> HttpResponse:
    found = _found(request, public_id)
    chunks = queries.rejects_chunks(found, request.actor)
    answer = StreamingHttpResponse(chunks, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="rejects-{found.kind}-{found.pk}.csv"'
    return cast(HttpResponse, answer)


def _found(request: Request, public_id: UUID) -> Import:
    return get_object_or_404(queries.imports(request.actor), public_id=public_id)


def _choose(
    request: Request, found: Import, form: forms.Mapping | None = None, status: int = 200
) -> HttpResponse:
    """The page of a file that waits: what it holds and what its columns mean."""
    try:
        preview = queries.preview(found, request.actor)
    except BadFile as bad:
        return render(
            request, "exchange/unreadable.html", {"import": found, "why": in_words(bad.code, bad.values)}
        )
    form = form or forms.Mapping(preview=preview, kind=queries.kind_of(found))
    return render(
        request,
        "exchange/mapping.html",
        {"import": found, "preview": preview, "form": form, "kind": form.kind},
        status=status,
    )


def _report(found: Import) -> dict[str, object]:
    return {
        "import": found,
        "kind": queries.kind_of(found),
        "books": queries.books(found),
        "notes": [note_in_words(note) for note in found.notes],
        "link": reverse("exchange:rejects", args=[found.public_id]) if queries.rejects(found) else "",
    }
