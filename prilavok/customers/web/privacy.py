"""What a person may ask of the shop: all that is kept about them, and to be forgotten."""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from html import escape  # Django's asks of every cell whether it is a translation
from typing import IO, Any, cast
from uuid import UUID

from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from prilavok.company import actions as company_actions
from prilavok.customers import actions, queries
from prilavok.customers.queries import Section
from prilavok.customers.queries.archive import Row
from prilavok.customers.queries.files import opened_files
from prilavok.customers.templatetags.customers import archived
from prilavok.customers.web import forms
from prilavok.customers.web.views import sheet_of
from prilavok.kernel import clock
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast


@require_GET
@needs("customers.erase")
def archive(request: Request, public_id: UUID) -> HttpResponse:
    """Everything about the person: a page to read and the same as JSON, in one ZIP file."""
    sheet = sheet_of(request, public_id)
    company_actions.note_look(profile_id=sheet.profile.pk, what="archive", by=request.actor, at=clock.now())
    sections = queries.archive(sheet.profile.public_id, request.actor)
    packed = zipped(sections, opened_files(sheet.kin, request.actor))
    name = f"customer-{sheet.profile.public_id}.zip"
    return cast(HttpResponse, FileResponse(packed, as_attachment=True, filename=name))


def zipped(sections: list[Section], files: Iterable[tuple[str, IO[bytes]]] = ()) -> IO[bytes]:
    """The archive as a file of the disk that goes when it is closed, in the page's language; `files` by name lie in it
    beside the page. None of them is held in memory."""
    context = {
        "sections": [_shown(one) for one in sections],
        "at": clock.now(),
        "language": translation.get_language(),
    }
    file = tempfile.TemporaryFile()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("index.html", render_to_string("customers/archive.html", context))
        packed.writestr("data.json", _plain(sections))
        for name, opened in files:
            with packed.open(f"files/{name}", "w") as place:
                shutil.copyfileobj(opened, place)
    file.seek(0)
    return file


def _plain(sections: Iterable[Section]) -> str:
    """The sections as JSON, a row a line: so it can be read, and is written by the compiled encoder."""
    write = json.JSONEncoder(ensure_ascii=False, default=str).encode
    told = (
        f"{write(one.key)}: [" + ",".join(f"\n {write(row)}" for row in one.rows) + "]" for one in sections
    )
    return "{" + ",\n".join(told) + "}\n"


def _shown(section: Section) -> dict[str, Any]:
    names = list(dict.fromkeys(name for row in section.rows for name in row))
    return {"label": section.label, "names": names, "rows": _drawn(names, section.rows)}


def _drawn(names: Sequence[str], rows: Iterable[Row]) -> SafeString:
    """The rows of a table. There may be tens of thousands of cells: a template takes several times as long."""
    drawn: dict[str, str] = {"": "<td></td>"}  # thousands of lines say the same

    def cell(value: Any) -> str:
        text = value if type(value) is str else archived(value)
        found = drawn.get(text)
        if found is None:
            found = drawn[text] = f"<td>{escape(text)}</td>"
        return found

    return mark_safe(
        "".join([f"<tr>{''.join([cell(row.get(name)) for name in names])}</tr>" for row in rows])
    )


@needs("customers.erase")
def erase(request: Request, public_id: UUID) -> HttpResponse:
    """What will go and what will stay; a POST with the name typed erases."""
    sheet = sheet_of(request, public_id)
    form = forms.EraseForm(request.POST or None, name=sheet.profile.person.full_name)
    if request.method == "POST" and form.is_valid():
        actions.erase(profile_id=sheet.profile.pk, by=request.actor, at=clock.now())
        toast(request, _("Erased: nothing here says any more who it was"))
        return HttpResponseRedirect(reverse("customers:card", args=[sheet.profile.public_id]))
    context = {"profile": sheet.profile, "sheet": sheet, "form": form}
    return render(request, "customers/erase.html", context, status=422 if form.errors else 200)
