"""Files kept with customers."""

from collections.abc import Collection, Iterator
from typing import IO
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import Count, QuerySet

from prilavok.customers.models import CustomerFile
from prilavok.kernel.actors import Actor

FILE, PHOTO = CustomerFile.Purpose.FILE, CustomerFile.Purpose.PHOTO


def files_of(profile_ids: Collection[int], by: Actor) -> QuerySet[CustomerFile]:
    """Files of the records of one person, the latest first."""
    by.must("customers.files")
    found = CustomerFile.objects.filter(profile__in=profile_ids, purpose=FILE, deleted_at=None)
    return found.order_by("-at", "-id")


def file_of(profile_ids: Collection[int], public_id: UUID, by: Actor) -> CustomerFile:
    """One file of this person. Raises CustomerFile.DoesNotExist."""
    return files_of(profile_ids, by).get(public_id=public_id)


def photo_of(profile_ids: Collection[int], by: Actor) -> CustomerFile | None:
    """The photo that is shown of this person."""
    by.must("customers.see")
    found = CustomerFile.objects.filter(profile__in=profile_ids, purpose=PHOTO, deleted_at=None)
    return found.order_by("-at", "-id").first()


def body(file: CustomerFile) -> bytes:
    """The bytes. Raises FileNotFoundError when the storage has lost them."""
    with default_storage.open(file.path) as opened:
        return bytes(opened.read())


def opened_files(profile_ids: Collection[int], by: Actor) -> Iterator[tuple[str, IO[bytes]]]:
    """Every file and photo of the person with a name of its own, for the archive: open until the next one."""
    by.must("customers.erase")
    for number, one in enumerate(CustomerFile.objects.filter(profile__in=profile_ids).order_by("id"), 1):
        with default_storage.open(one.path) as opened:
            yield f"{number} {one.name}", opened


def numbers_of_files(profile_ids: Collection[int]) -> dict[int, int]:
    """How many files each profile has; those without any are missing."""
    rows = CustomerFile.objects.filter(profile__in=profile_ids, deleted_at=None).order_by()
    return dict(rows.values_list("profile").annotate(Count("pk")))
