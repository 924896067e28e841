"""What the public API offers of exchange: bring a file, start it, read what became of it."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from ninja import File, Form, Router, Schema, UploadedFile

from prilavok.exchange import actions, queries
from prilavok.exchange.models import Import
from prilavok.exchange.wording import note_in_words
from prilavok.kernel import paging
from prilavok.kernel.actors import Actor

router = Router(tags=["exchange"])


class ColumnOut(Schema):
    key: str
    label: str
    required: bool
    names: list[str]


class KindOut(Schema):
    key: str
    label: str
    columns: list[ColumnOut]
    options: list[str]


class BooksOut(Schema):
    of: str
    file: Decimal
    rejected: Decimal
    base: Decimal
    difference: Decimal


class ImportOut(Schema):
    id: UUID
    kind: str
    file: str
    state: str
    made_at: datetime
    rows: int
    loaded: int
    changed: int
    unchanged: int
    rejected: int
    mapping: dict[str, str]
    reconciliation: list[BooksOut]
    notes: list[str]
    problem: str


class ImportPage(Schema):
    items: list[ImportOut]
    next: str | None


class StartIn(Schema):
    """`mapping`: column key → name in the file's header; what is missing is guessed. `options` as the kind has them."""

    mapping: dict[str, str] = {}
    options: dict[str, Any] = {}

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {"example": {"mapping": {"receipt": "Чек №"}, "options": {"add_shops": True}}},
    }


@router.get("/imports/kinds", response=list[KindOut], summary="What may be brought, with its columns")
def kinds(request: HttpRequest) -> list[dict[str, Any]]:
    by = _by(request)
    by.must("exchange.see")
    return [
        {
            "key": kind.key,
            "label": str(kind.label),
            "options": list(kind.options),
            "columns": [
                {"key": one.key, "label": str(one.label), "required": one.required, "names": list(one.names)}
                for one in kind.columns
            ],
        }
        for kind in queries.kinds(by)
    ]


@router.get("/imports", response=ImportPage, summary="Imports, the latest first")
def imports(request: HttpRequest, after: str | None = None, size: int = 50) -> dict[str, Any]:
    found = queries.imports(_by(request))
    page = paging.keyset(found, order=("-made_at", "-id"), after=after, size=max(1, min(size, 200)))
    return {"items": [_shown(one) for one in page.items], "next": page.next}


@router.post("/imports", response=ImportOut, summary="Bring a file")
def bring(request: HttpRequest, kind: Form[str], file: File[UploadedFile]) -> dict[str, Any]:
    """The file waits until it is started, so that its columns can be looked at first."""
    return _shown(actions.bring(kind, file.name or "file", file.chunks(), by=_by(request)))


@router.post("/imports/{import_id}/start", response=ImportOut, summary="Load a brought file")
def start(request: HttpRequest, import_id: UUID, wanted: StartIn) -> dict[str, Any]:
    """The work goes on in the background; ask for the import to see how far it is. One that failed may be started
    again: what is loaded stays as it is."""
    one = _found(request, import_id)
    guessed = queries.preview(one, _by(request)).mapping if wanted.mapping else {}
    mapping = guessed | wanted.mapping
    started = actions.start(one.pk, mapping=mapping or None, options=wanted.options or None, by=_by(request))
    return _shown(started)


@router.get("/imports/{import_id}", response=ImportOut, summary="What became of an import")
def one(request: HttpRequest, import_id: UUID) -> dict[str, Any]:
    return _shown(_found(request, import_id))


@router.get("/imports/{import_id}/rejects", summary="The rejected rows with their reasons, as CSV")
def rejects(request: HttpRequest, import_id: UUID) -> StreamingHttpResponse:
    chunks = queries.rejects_chunks(_found(request, import_id), _by(request))
    return StreamingHttpResponse(chunks, content_type="text/csv; charset=utf-8")


def _by(request: HttpRequest) -> Actor:
    by: Actor = request.actor  # type: ignore[attr-defined]
    return by


def _found(request: HttpRequest, import_id: UUID) -> Import:
    return get_object_or_404(queries.imports(_by(request)), public_id=import_id)


def _shown(one: Import) -> dict[str, Any]:
    return {
        "id": one.public_id,
        "kind": one.kind,
        "file": one.file_name,
        "state": one.state,
        "made_at": one.made_at,
        "rows": one.rows,
        "loaded": one.loaded,
        "changed": one.changed,
        "unchanged": one.unchanged,
        "rejected": one.rejected,
        "mapping": one.mapping,
        "reconciliation": [
            {
                "of": line["key"],
                "file": shown.file,
                "rejected": shown.rejected,
                "base": shown.base,
                "difference": shown.difference,
            }
            for line, shown in zip(one.reconciliation, queries.books(one), strict=True)
        ],
        "notes": [note_in_words(note) for note in one.notes],
        "problem": (one.problem or {}).get("text", ""),
    }
