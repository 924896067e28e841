"""Files kept with a customer, and the photo."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from ninja import Field, File, Router, Schema, UploadedFile
from ninja import Status as HttpStatus
from ninja.params.functions import Query

from prilavok.company import actions as company_actions
from prilavok.customers import queries
from prilavok.customers.actions import files as actions
from prilavok.customers.models import CustomerFile, Profile
from prilavok.customers.queries.files import body, file_of, files_of, photo_of
from prilavok.customers.web.files import handed_out
from prilavok.kernel import clock, paging
from prilavok.kernel.web import Request

router = Router(tags=["customers"])


class FileOut(Schema):
    id: UUID
    name: str
    kind: str = Field(description="The media type by the bytes, whatever the name says.")
    size: int = Field(description="Bytes.")
    at: datetime

    @staticmethod
    def resolve_id(file: CustomerFile) -> UUID:
        return file.public_id


class FileList(Schema):
    items: list[FileOut]
    next: str | None


def _customer(request: Request, public_id: UUID, right: str) -> Profile:
    request.actor.must(right)
    return queries.get(public_id, request.actor)


@router.get("/customers/{uuid:public_id}/files", response=FileList, summary="Files, the latest first")
def customer_files(
    request: Request, public_id: UUID, after: str | None = None, limit: int = Query(50, ge=1, le=200)
) -> paging.Page[CustomerFile]:
    profile = _customer(request, public_id, "customers.files")
    found = files_of(queries.kin(profile.pk), request.actor)
    return paging.keyset(found, order=("-at", "-id"), after=after, size=limit)


@router.post("/customers/{uuid:public_id}/files", response={201: FileOut}, summary="Keep a file")
def add_file(request: Request, public_id: UUID, file: File[UploadedFile]) -> HttpStatus[CustomerFile]:
    """At most 20 MB. Programs are refused."""
    profile = _customer(request, public_id, "customers.files")
    made = actions.add_file(
        profile_id=profile.pk, name=file.name or "", chunks=file.chunks(), by=request.actor, at=clock.now()
    )
    return HttpStatus(201, made)


@router.get("/customers/{uuid:public_id}/files/{uuid:file_id}", summary="The file itself")
def file_body(request: Request, public_id: UUID, file_id: UUID) -> HttpResponse:
    profile = _customer(request, public_id, "customers.files")
    found = file_of(queries.kin(profile.pk), file_id, request.actor)
    company_actions.note_look(profile_id=profile.pk, what="api", by=request.actor, at=clock.now())
    return handed_out(found, body(found))


@router.delete(
    "/customers/{uuid:public_id}/files/{uuid:file_id}",
    response={204: None},
    summary="Delete a file; within a month it can be restored",
)
def remove_file(request: Request, public_id: UUID, file_id: UUID) -> HttpStatus[None]:
    profile = _customer(request, public_id, "customers.files")
    actions.remove_file(profile_id=profile.pk, file=file_id, by=request.actor, at=clock.now())
    return HttpStatus(204, None)


@router.post(
    "/customers/{uuid:public_id}/files/{uuid:file_id}/restoration",
    response=FileOut,
    summary="Bring a deleted file back",
)
def restore_file(request: Request, public_id: UUID, file_id: UUID) -> CustomerFile:
    profile = _customer(request, public_id, "customers.files")
    return actions.restore_file(profile_id=profile.pk, file=file_id, by=request.actor, at=clock.now())


@router.get("/customers/{uuid:public_id}/photo", summary="The photo: a square JPEG")
def photo(request: Request, public_id: UUID) -> HttpResponse:
    profile = _customer(request, public_id, "customers.see")
    found = photo_of(queries.kin(profile.pk), request.actor)
    if found is None:
        raise CustomerFile.DoesNotExist
    return handed_out(found, body(found))


@router.post("/customers/{uuid:public_id}/photo", response={201: FileOut}, summary="Set the photo")
def set_photo(request: Request, public_id: UUID, file: File[UploadedFile]) -> HttpStatus[CustomerFile]:
    """JPEG, PNG, WebP or GIF of at most 15 MB; it is cut to a square and written anew without its EXIF data."""
    profile = _customer(request, public_id, "customers.edit")
    made = actions.set_photo(profile_id=profile.pk, chunks=file.chunks(), by=request.actor, at=clock.now())
    return HttpStatus(201, made)


@router.delete("/customers/{uuid:public_id}/photo", response={204: None}, summary="Delete the photo")
def remove_photo(request: Request, public_id: UUID) -> HttpStatus[None]:
    profile = _customer(request, public_id, "customers.edit")
    found = photo_of(queries.kin(profile.pk), request.actor)
    if found is not None:
        actions.remove_file(profile_id=profile.pk, file=found.public_id, by=request.actor, at=clock.now())
    return HttpStatus(204, None)
