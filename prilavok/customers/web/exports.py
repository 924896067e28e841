"""Customers as a file: the columns of the list as it stands, with the masks of whoever takes it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.customers import queries
from prilavok.customers.models import ProfileQuerySet, Sex, Status
from prilavok.customers.queries import Line
from prilavok.customers.rules import OWN
from prilavok.customers.web.tables import (
    CONSENT,
    INDICATOR,
    LEGAL,
    asked_indicators,
    asks_consents,
    asks_legal,
    columns,
    legal,
)
from prilavok.kernel import tables
from prilavok.kernel.actors import Actor

Value = str | date | datetime | Decimal | int | float | None
Row = tuple[Value, ...]
Header = list[str | Promise]

PAGE = 1_000


def header(shown: Sequence[str], by: Actor) -> Header:
    """The customer, the columns that are shown, and the number by which a program knows the customer."""
    labels = columns(by)
    return [_("Customer"), *(labels[name] for name in shown), _("Number")]


def sheet(
    profiles: ProfileQuerySet, shown: tuple[str, ...], by: Actor, sort: str = ""
) -> tuple[Header, Iterator[Row]]:
    """The header and all rows in the order of the list, page by page: no long transaction, no large memory."""
    return header(shown, by), _rows(profiles, shown, by, sort)


def _rows(profiles: ProfileQuerySet, shown: tuple[str, ...], by: Actor, sort: str) -> Iterator[Row]:
    after = None
    while True:
        page = queries.page_of(profiles, sort=sort, after=after, size=PAGE, by=by)
        more = {"legal": asks_legal(shown), "consents": asks_consents(shown)}
        for line in queries.lines(page.items, by, asked_indicators(shown), **more):
            yield (line.name, *(_cell(name, line) for name in shown), str(line.public_id))
        after = page.next
        if after is None:
            return


def _cell(name: str, line: Line) -> Value:
    if name.startswith(OWN):
        return _own(name.removeprefix(OWN), line)
    if name.startswith(INDICATOR):
        known = line.indicators.get(name.removeprefix(INDICATOR))
        return _plain(known.value) if known else None
    if name.startswith(CONSENT):
        given = line.consents.get(name.removeprefix(CONSENT))
        return "" if given is None else str(_("yes") if given else _("no"))
    if name.startswith(LEGAL):
        return legal(name.removeprefix(LEGAL), line)
    told: Any = _CELLS[name](line) if name in _CELLS else getattr(line, name)
    return _plain(told)


def _own(code: str, line: Line) -> Value:
    shown = line.own_shown.get(code)
    if shown is None:
        return None
    if shown.field.kind in ("number", "money"):
        return Decimal(shown.value)
    return date.fromisoformat(shown.value) if shown.field.kind == "date" else shown.text


def _plain(value: Any) -> Value:
    return timezone.localtime(value).replace(tzinfo=None) if isinstance(value, datetime) else value


_CELLS: dict[str, Callable[[Line], Value]] = {
    "status": lambda line: str(Status(line.status).label),
    "reach": lambda line: str(_("yes") if line.reach is None else queries.reach_reason(line.reach)),
    "sex": lambda line: str(Sex(line.sex).label) if line.sex else "",
    "tags": lambda line: ", ".join(one.name for one in line.tags),
}


def csv(head: Header, rows: Iterator[Row]) -> StreamingHttpResponse:
    disposition = 'attachment; filename="customers.csv"'
    return StreamingHttpResponse(
        tables.csv_chunks(head, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition},
    )


def xlsx(head: Header, rows: Iterator[Row]) -> FileResponse:
    return FileResponse(tables.xlsx_file(head, rows), as_attachment=True, filename="customers.xlsx")


FORMATS: dict[str, Callable[[Header, Iterator[Row]], HttpResponseBase]] = {"csv": csv, "xlsx": xlsx}
