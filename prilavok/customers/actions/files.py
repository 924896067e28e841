"""Files kept with a customer, and the customer's photo."""

import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from PIL import ExifTags, Image, ImageOps

from prilavok.customers.actions.people import lock
from prilavok.customers.actions.problems import (
    EmptyFile,
    FileTooLarge,
    NotAPhoto,
    ProgramRefused,
    TooManyFiles,
)
from prilavok.customers.events import CustomerChanged, FileAdded, FileRemoved
from prilavok.customers.models import CustomerFile, Profile
from prilavok.customers.queries import kin
from prilavok.customers.rules import files as rules
from prilavok.kernel import clock, jobs, journal
from prilavok.kernel.actors import Actor
from prilavok.kernel.event import Event
from prilavok.kernel.ids import uuid7

LARGEST = 20 * 1024**2  # bytes of a file
MOST = 200  # files of one customer
LARGEST_PHOTO = 15 * 1024**2
PIXELS = 60_000_000  # of a photo before it is made smaller; a JPEG is made smaller while it is read
PIXELS_WHOLE = 24_000_000  # of a picture that can only be read as a whole
SIDE = 320  # pixels of the square that is kept: sharp at 160 on a fine screen
KEPT = timedelta(days=30)  # what was deleted can be brought back
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "MPO")

FILE, PHOTO = CustomerFile.Purpose.FILE, CustomerFile.Purpose.PHOTO


def add_file(*, profile_id: int, name: str, chunks: Iterable[bytes], by: Actor, at: datetime) -> CustomerFile:
    """Keep a file with the customer. Raises EmptyFile, FileTooLarge, ProgramRefused, TooManyFiles, NotForErased."""
    by.must("customers.files")
    body = _read(chunks, LARGEST)
    if rules.is_program(body):
        raise ProgramRefused(field="file")
    tidy = rules.file_name(name)
    return _keep(profile_id, FILE, tidy, rules.media_type(body[: rules.LOOKED_AT], tidy), body, by, at)


def set_photo(*, profile_id: int, chunks: Iterable[bytes], by: Actor, at: datetime) -> CustomerFile:
    """Make this the customer's photo: cut to a square, written anew, without where and with what it was taken.

    Raises EmptyFile, FileTooLarge, NotAPhoto, NotForErased.
    """
    by.must("customers.edit")
    body = _square(_read(chunks, LARGEST_PHOTO))
    return _keep(profile_id, PHOTO, "photo.jpg", "image/jpeg", body, by, at)


def _read(chunks: Iterable[bytes], largest: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > largest:
            raise FileTooLarge(field="file", largest=largest // 1024**2)
    if not body:
        raise EmptyFile(field="file")
    return bytes(body)


def _square(body: bytes) -> bytes:
    """The middle of the picture as a JPEG. Raises NotAPhoto, whatever the bytes pretend to be."""
    try:
        with Image.open(io.BytesIO(body), formats=FORMATS) as picture:  # reads the head only
            most = PIXELS if picture.format in ("JPEG", "MPO") else min(PIXELS, PIXELS_WHOLE)
            if picture.width * picture.height > most:
                raise NotAPhoto(NotAPhoto.too_many_pixels, field="file", most=most // 1_000_000)
            picture.draft("RGB", (2 * SIDE, 2 * SIDE))
            turned = _UPRIGHT.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
            whole = picture if picture.mode in ("RGB", "RGBA", "L") else picture.convert("RGBA")
            small = ImageOps.fit(whole, (SIDE, SIDE)).convert("RGBA")
            upright = small if turned is None else small.transpose(turned)
            square = Image.new("RGBA", upright.size, "white")
            square.alpha_composite(upright)
    except NotAPhoto:
        raise
    except Exception as odd:  # the decoders fail in many ways on what somebody made by hand
        raise NotAPhoto(field="file") from odd
    written = io.BytesIO()
    square.convert("RGB").save(written, "JPEG", quality=85)
    return written.getvalue()


_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # by what a camera notes of how it was held; the middle of the picture stays the middle


def _keep(
    profile_id: int, purpose: str, name: str, kind: str, body: bytes, by: Actor, at: datetime
) -> CustomerFile:
    path = default_storage.save(f"customers/{uuid7().hex}", ContentFile(body))
    try:
        with transaction.atomic():
            profile = lock(profile_id, by)
            if purpose == FILE and _standing(profile).count() >= MOST:
                raise TooManyFiles(field="file", most=MOST)
            made = CustomerFile.objects.create(
                profile=profile,
                purpose=purpose,
                name=name,
                kind=kind,
                size=len(body),
                path=path,
                at=at,
                by_kind=by.kind,
                by_id=by.id,
            )
            _tell(made, by, at)
    except BaseException:
        default_storage.delete(path)
        raise
    return made


def _standing(profile: Profile) -> QuerySet[CustomerFile]:
    return CustomerFile.objects.filter(profile__in=kin(profile.pk), purpose=FILE, deleted_at=None)


@transaction.atomic
def remove_file(*, profile_id: int, file: UUID, by: Actor, at: datetime) -> CustomerFile:
    """Take a file or a photo away; `restore_file` brings it back within a month. Raises CustomerFile.DoesNotExist."""
    found = _lock_file(profile_id, file, by)
    if found.deleted_at is None:
        found.deleted_at = at
        found.save(update_fields=["deleted_at"])
        _tell(found, by, at)
    return found


@transaction.atomic
def restore_file(*, profile_id: int, file: UUID, by: Actor, at: datetime) -> CustomerFile:
    """Raises CustomerFile.DoesNotExist."""
    found = _lock_file(profile_id, file, by)
    if found.deleted_at is not None:
        found.deleted_at = None
        found.save(update_fields=["deleted_at"])
        _tell(found, by, at)
    return found


def _lock_file(profile_id: int, file: UUID, by: Actor) -> CustomerFile:
    by.must("customers.see")
    profile = lock(profile_id, by)
    found = CustomerFile.objects.select_for_update().get(public_id=file, profile__in=kin(profile.pk))
    by.must("customers.edit" if found.purpose == PHOTO else "customers.files")
    return found


def _tell(file: CustomerFile, by: Actor, at: datetime) -> None:
    event: Event
    if file.purpose == PHOTO:
        event = CustomerChanged(profile_id=file.profile_id, fields=("photo",))
    elif file.deleted_at is None:
        event = FileAdded(profile_id=file.profile_id, file_id=file.pk)
    else:
        event = FileRemoved(profile_id=file.profile_id, file_id=file.pk)
    journal.record(event, by=by, at=at, customer=file.profile_id)


def drop_files(files: QuerySet[CustomerFile]) -> int:
    """Delete these for good, their bytes once the transaction has ended; how many."""
    paths = list(files.values_list("path", flat=True))
    files.delete()
    for path in paths:
        transaction.on_commit(partial(default_storage.delete, path))
    return len(paths)


@jobs.job
def forget_deleted_files() -> int:
    """What was deleted a month ago is gone; how many. Called every night."""
    with transaction.atomic():
        return drop_files(CustomerFile.objects.filter(deleted_at__lt=clock.now() - KEPT))
