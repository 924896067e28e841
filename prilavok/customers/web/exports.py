"""Customers as a file: the rows of the list, with the masks of whoever takes it."""

from collections.abc import Callable, Iterator
from datetime import date, datetime

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.customers import queries
from prilavok.customers.models import ProfileQuerySet, Sex, Status
from prilavok.customers.queries import Line
from prilavok.kernel import tables
from prilavok.kernel.actors import Actor

Row = tuple[str | date | datetime | None, ...]

PAGE = 1_000


def header() -> list[str | Promise]:
    return [
        _("Customer"),
        _("Phone"),
        _("E-mail"),
        _("Card"),
        _("Status"),
        _("Reachable by e-mail"),
        _("Sex"),
        _("Birth date"),
        _("Registered"),
        _("Shop of registration"),
        _("Number"),
    ]


def rows(profiles: ProfileQuerySet, by: Actor) -> Iterator[Row]:
    """All rows, page by page: no long transaction, no large memory."""
    after = None
    while True:
        page = queries.page_of(profiles, after=after, size=PAGE)
        for line in queries.lines(page.items, by):
            yield _row(line)
        after = page.next
        if after is None:
            return


def _row(line: Line) -> Row:
    return (
        line.name,
        line.phone,
        line.email,
        line.card,
        str(Status(line.status).label),
        str(_("yes") if line.reach is None else queries.reach_reason(line.reach)),
        str(Sex(line.sex).label) if line.sex else "",
        line.birth_date,
        timezone.localtime(line.registered_at).replace(tzinfo=None),
        line.shop,
        str(line.public_id),
    )


def csv(rows: Iterator[Row]) -> StreamingHttpResponse:
    disposition = 'attachment; filename="customers.csv"'
    return StreamingHttpResponse(
        tables.csv_chunks(header(), rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition},
    )


def xlsx(rows: Iterator[Row]) -> FileResponse:
    return FileResponse(tables.xlsx_file(header(), rows), as_attachment=True, filename="customers.xlsx")


FORMATS: dict[str, Callable[[Iterator[Row]], HttpResponseBase]] = {"csv": csv, "xlsx": xlsx}
