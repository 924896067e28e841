"""The panel of files, the files themselves, and the photo."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.company import actions as company_actions
from prilavok.company import queries as company
from prilavok.customers.actions import files as actions
from prilavok.customers.models import CustomerFile
from prilavok.customers.queries import Sheet
from prilavok.customers.queries import files as queries
from prilavok.customers.web.views import sheet_of, who
from prilavok.kernel import clock, paging
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast

SANDBOX = "default-src 'none'; sandbox"


@needs("customers.files", "customers.see")
def files(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «Files»; a POST keeps one more."""
    sheet = sheet_of(request, public_id)
    problem = ""
    if request.method == "POST":
        problem = _kept(request, sheet, "file")
    return _files(request, public_id, problem)


def _kept(request: Request, sheet: Sheet, what: str) -> str:
    """Keep what was sent as a file or a photo; why it could not be kept, if it could not."""
    sent = request.FILES.get("file")
    told: dict[str, Any] = {"profile_id": sheet.profile.pk, "by": request.actor, "at": clock.now()}
    try:
        chunks = sent.chunks() if sent else ()
        if what == "photo":
            made = actions.set_photo(chunks=chunks, **told)
        else:
            made = actions.add_file(name=(sent and sent.name) or "", chunks=chunks, **told)
    except Problem as problem:
        return str(problem)
    undo = reverse("customers:settle_file", args=[sheet.profile.public_id, made.public_id, "delete"])
    toast(request, _("The photo is set") if what == "photo" else _("The file is kept"), undo=undo)
    return ""


def _files(request: Request, public_id: UUID, problem: str = "") -> HttpResponse:
    sheet = sheet_of(request, public_id)
    found = queries.files_of(sheet.kin, request.actor)
    page = paging.keyset(found, order=("-at", "-id"), after=request.GET.get("after"), size=50)
    names = company.employee_names(
        {one.by_id for one in page.items if one.by_kind == "employee" and one.by_id}
    )
    context = {
        "profile": sheet.profile,
        "rows": [(one, names.get(one.by_id or 0, "")) for one in page.items],
        "more": page.next,
        "problem": problem,
        "largest": actions.LARGEST // 1024**2,
    }
    return render(request, "customers/files.html", context, status=422 if problem else 200)


@require_GET
@needs("customers.files", "customers.see")
def file(request: Request, public_id: UUID, file: UUID) -> HttpResponse:
    """The file itself: to be kept, never to be shown or run by the browser in our name."""
    sheet = sheet_of(request, public_id)
    try:
        found = queries.file_of(sheet.kin, file, request.actor)
        body = queries.body(found)
    except (CustomerFile.DoesNotExist, FileNotFoundError) as missing:
        raise Http404 from missing
    company_actions.note_look(profile_id=sheet.profile.pk, what="card", by=request.actor, at=clock.now())
    return handed_out(found, body)


def handed_out(found: CustomerFile, body: bytes) -> HttpResponse:
    """An attachment without rights in the browser."""
    answer = HttpResponse(body, content_type=found.kind)
    answer.headers["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@needs("customers.see")
def settle(request: Request, public_id: UUID, file: UUID, verb: str) -> HttpResponse:
    """Delete a file or the photo, or bring it back; each is the other's undo."""
    sheet = sheet_of(request, public_id)
    act = {"delete": actions.remove_file, "restore": actions.restore_file}.get(verb)
    if act is None:
        raise Http404
    try:
        found = act(profile_id=sheet.profile.pk, file=file, by=request.actor, at=clock.now())
    except CustomerFile.DoesNotExist as missing:
        raise Http404 from missing
    other = "restore" if verb == "delete" else "delete"
    said = _("Deleted") if verb == "delete" else _("It is back")
    toast(request, said, undo=reverse("customers:settle_file", args=[public_id, file, other]))
    if found.purpose == CustomerFile.Purpose.PHOTO:
        return _face(request, public_id)
    return _files(request, public_id)


@needs("customers.see")
def photo(request: Request, public_id: UUID) -> HttpResponse:
    """The photo; a POST sets another one and answers with the face of the card."""
    sheet = sheet_of(request, public_id)
    if request.method == "POST":
        request.actor.must("customers.edit")
        return _face(request, public_id, _kept(request, sheet, "photo"))
    found = queries.photo_of(sheet.kin, request.actor)
    if found is None:
        raise Http404
    answer = handed_out(found, queries.body(found))
    answer.headers["Content-Disposition"] = "inline"
    answer.headers["Cache-Control"] = "private, max-age=86400"  # its address changes with it
    return answer


def _face(request: Request, public_id: UUID, problem: str = "") -> HttpResponse:
    context = who(sheet_of(request, public_id), request.actor) | {"problem": problem}
    return render(request, "customers/photo.html", context, status=422 if problem else 200)
