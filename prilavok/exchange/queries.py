"""Everything others may ask about imports."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.exchange.kinds import KINDS
from prilavok.exchange.kinds.base import Kind
from prilavok.exchange.models import Import
from prilavok.kernel import sheets
from prilavok.kernel.actors import Actor
from prilavok.kernel.sheets import BadFile, Sheet

PREVIEW_ROWS = 12


def folder() -> Path:
    """Where brought files and their rejects lie."""
    return Path(settings.HOME) / "imports"


def imports(by: Actor) -> QuerySet[Import]:
    """Imports, the latest first; whoever works in some shops only sees what they brought themselves."""
    by.must("exchange.see")
    found = Import.objects.order_by("-made_at", "-id")
    return found if by.is_everywhere else found.filter(by_kind=by.kind, by_id=by.id)


def get(public_id: UUID, by: Actor) -> Import:
    """One import. Raises Import.DoesNotExist."""
    return imports(by).get(public_id=public_id)


def kinds(by: Actor) -> list[Kind]:
    """The kinds that the actor may bring."""
    return [kind for kind in KINDS.values() if by.may(kind.permission)]


def source(one: Import) -> Path:
    """The file of an import."""
    return Path(one.path)


def rejects(one: Import) -> Path | None:
    """The file of rejects, if there are any."""
    path = rejects_path(one)
    return path if one.rejected and path.exists() else None


def rejects_path(one: Import) -> Path:
    return folder() / str(one.public_id) / "rejects.csv"


@dataclass(frozen=True)
class Preview:
    """The first rows of a file and how its columns are understood."""

    sheet: Sheet
    rows: list[list[str]]
    mapping: dict[str, str]
    missing: list[str | Promise]

    @property
    def unused(self) -> list[str]:
        """Names in the header that no column takes."""
        return [name for name in self.sheet.header if name and name not in self.mapping.values()]


def shows_rows(one: Import, by: Actor) -> bool:
    """Whether the actor may read rows of the file as they came: those of customers hold phones and e-mails."""
    return by.may("exchange.see") and by.may(KINDS[one.kind].to_see_rows)


def preview(one: Import, by: Actor) -> Preview:
    """What the file holds. Raises BadFile, Refused."""
    by.must(KINDS[one.kind].to_see_rows)
    sheet = look(source(one))
    rows = [row.cells for row in islice(sheet.rows(), PREVIEW_ROWS)]
    kind = KINDS[one.kind]
    mapping = one.mapping or kind.guess(sheet.header)
    mapping = {key: name for key, name in mapping.items() if name in sheet.header}
    return Preview(sheet, rows, mapping, [column.label for column in kind.missing(mapping)])


def look(path: Path) -> Sheet:
    """The file as a table. Raises BadFile."""
    if not path.exists():
        raise BadFile("file_gone")
    return sheets.look(path)


def rejected_rows(one: Import, by: Actor, *, limit: int = 50) -> tuple[list[str], list[list[str]]]:
    """The header and the first rows of the rejects, as their file has them. Raises Refused."""
    by.must(KINDS[one.kind].to_see_rows)
    path = rejects(one)
    if path is None:
        return [], []
    sheet = sheets.look(path)
    return sheet.header, [row.cells for row in islice(sheet.rows(), limit)]


def rejects_chunks(one: Import, by: Actor) -> Iterator[bytes]:
    """The file of rejects, piece by piece. Raises Refused."""
    by.must(KINDS[one.kind].to_see_rows)
    path = rejects(one)
    return iter(()) if path is None else _chunks(path)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 16):
            yield block


def kind_of(one: Import) -> Kind:
    return KINDS[one.kind]


@dataclass(frozen=True)
class BooksShown:
    """One line of the reconciliation for people: sums in currency units, counts as they are."""

    label: str | Promise
    is_money: bool
    file: Decimal
    rejected: Decimal
    base: Decimal
    difference: Decimal


BOOKS: dict[str, Promise] = {
    "rows": _("Rows of the file"),
    "receipts": _("Receipts"),
    "lines": _("Receipt lines"),
    "revenue": _("Revenue"),
    "redemptions": _("Redemptions"),
}


def books(one: Import) -> list[BooksShown]:
    """The reconciliation of a finished import: in the file = in the base + rejected."""
    return [
        BooksShown(
            BOOKS.get(line["key"], line["key"]),
            line["is_money"],
            *(_amount(line[name], line["is_money"]) for name in ("file", "rejected", "base", "difference")),
        )
        for line in one.reconciliation
    ]


def _amount(value: int, is_money: bool) -> Decimal:
    return Decimal(value) / 10_000 if is_money else Decimal(value)
