"""Labelled files that were evaluated, and in words what was wrong with the others."""

from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.customers.models import Evaluation
from prilavok.kernel.actors import Actor

RIGHT = "customers.merge"


def evaluations(by: Actor) -> QuerySet[Evaluation]:
    """The latest first. Raises Refused."""
    by.must(RIGHT)
    return Evaluation.objects.order_by("-at", "-id")


def evaluation(public_id: UUID, by: Actor) -> Evaluation:
    """Raises Evaluation.DoesNotExist, Refused."""
    return evaluations(by).get(public_id=public_id)


def evaluation_folder() -> Path:
    """Where labelled files wait for being read: not among the files that a backup takes."""
    return Path(settings.HOME) / "evaluations"


def evaluation_trouble(one: Evaluation) -> str:
    """Why the file could not be evaluated and what to do; empty if it could."""
    if not one.trouble:
        return ""
    values = one.trouble["values"]
    text = _WHY.get(str(values.get("why"))) or _TROUBLES.get(one.trouble["code"]) or _TROUBLES["broke_off"]
    told: str = str(text) % values
    return told


_TROUBLES: dict[str, str | Promise] = {
    "no_column": _("The file has no column “%(column)s”. Write the name as it stands in its first row."),
    "none_understood": _(
        "None of the columns is understood. Call them last_name, first_name, birth_date, phone, email, address."
    ),
    "no_two_rows": _("The file has no two rows to compare."),
    "no_cluster": _(
        "The file doesn't say which rows are one person. It needs a column that is the same in all rows of a person: "
        "call it cluster, or name it here."
    ),
    "nothing_to_find": _(
        "By the column “%(column)s” no two rows are one person: there is nothing to find. Is it the right column?"
    ),
    "too_many_pairs": _(
        "By the column “%(column)s” more than %(most)s pairs of rows are one person. Is it the right column?"
    ),
    "too_many_rows": _("The file has more than %(most)s rows. Take a part of it, or use the command line."),
    "unreadable": _("The file can't be read. Bring CSV, XLSX or Parquet."),
    "file_gone": _("The file is gone. Bring it again."),
    "broke_off": _(
        "The comparison broke off. Bring the file again; if it happens again, look into the log of the worker."
    ),
}
_WHY: dict[str, str | Promise] = {
    "empty_file": _("The file is empty. Choose another one."),
    "no_header": _("The first row of the file must name its columns."),
    "same_column_twice": _("Two columns of the file have one name. Rename one."),
    "broken_book": _("The book is broken or protected. Save it again as XLSX or CSV."),
    "broken_parquet": _("The Parquet file is damaged. Write it again."),
}
