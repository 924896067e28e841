"""Tables of these pages as files: figures for whoever sees them, people for whoever may take customers out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.company import actions as company_actions
from prilavok.customers import queries as customers
from prilavok.kernel import clock, paging, tables
from prilavok.kernel.actors import Actor
from prilavok.kernel.tables import Cell
from prilavok.segments import names
from prilavok.segments.models import RfmScore
from prilavok.segments.rules import Layout

PAGE = 1_000
KINDS = ("xlsx", "csv")
_SCORES = (
    _("Customer"),
    _("E-mail"),
    _("Phone"),
    _("Group"),
    _("Recency"),
    _("Frequency"),
    _("Money"),
    _("Last purchase"),
    _("Receipts"),
    _("Revenue"),
    _("Number"),
)
_PEOPLE = (_("Customer"), _("E-mail"), _("Phone"), _("Number"))


def answer(
    kind: str, name: str, header: Sequence[str | Promise], rows: Iterable[Sequence[Cell]]
) -> HttpResponse:
    """The table as a file to be saved. Raises Http404 for a kind that is not made."""
    if kind == "xlsx":
        file = tables.xlsx_file(header, rows)
        return cast(HttpResponse, FileResponse(file, as_attachment=True, filename=f"{name}.xlsx"))
    if kind != "csv":
        raise Http404
    return cast(
        HttpResponse,
        StreamingHttpResponse(
            tables.csv_chunks(header, rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        ),
    )


def of_scores(kind: str, name: str, found: QuerySet[RfmScore], layout: Layout, by: Actor) -> HttpResponse:
    """Customers with their scores; contacts as masked as everywhere for `by`. Raises Refused."""
    _noted(found.count(), by)
    return answer(kind, name, _SCORES, _scored(found, layout, by))


def _scored(found: QuerySet[RfmScore], layout: Layout, by: Actor) -> Iterator[Sequence[Cell]]:
    after = None
    while True:
        page = paging.keyset(found, order=("-revenue", "-profile_id"), after=after, size=PAGE)
        known = customers.short([one.profile_id for one in page.items], by)
        for one in page.items:
            who = known.get(one.profile_id)
            if who:
                yield (
                    who.name, who.email, who.phone, names.of(layout, one.cell), one.r, one.f, one.m, one.last_date,
                    one.receipts, one.revenue, str(who.public_id),
                )  # fmt: skip
        after = page.next
        if after is None:
            return


def of_people(kind: str, name: str, ids: Sequence[int], by: Actor) -> HttpResponse:
    """Customers by their ids. Raises Refused."""
    _noted(len(ids), by)
    return answer(kind, name, _PEOPLE, _people(ids, by))


def _people(ids: Sequence[int], by: Actor) -> Iterator[Sequence[Cell]]:
    for start in range(0, len(ids), PAGE):
        for who in customers.short(ids[start : start + PAGE], by).values():
            yield who.name, who.email, who.phone, str(who.public_id)


def _noted(rows: int, by: Actor) -> None:
    by.must("customers.export")
    company_actions.note_look(profile_id=None, what="export", rows=rows, by=by, at=clock.now())
