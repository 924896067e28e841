"""Tables of the lists: what a column shows, how wide, how it lies down on a phone.

class Customers(Table):
    name = LinkColumn(verbose_name=_("Customer"), url="customers:card", key="public_id")
    spent = MoneyColumn(verbose_name=_("Spent"))
    last = MomentColumn(verbose_name=_("Last receipt"))
"""

from collections.abc import Callable, Mapping
from typing import Any

import django_tables2 as tables
from django.template import Context
from django.template.base import render_value_in_context
from django.urls import reverse
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django_tables2.columns import BoundColumn
from django_tables2.rows import BoundRow
from django_tables2.utils import signature

from prilavok.ui import icons
from prilavok.ui.templatetags import ui as words

FIGURE = {"th": {"class": "figure"}, "td": {"class": "figure"}}


class Table(tables.Table):  # type: ignore[misc]
    """Dense rows; sorting and paging are the query's, by `?sort=` and `?after=`.

    `more`: the token of the next page (keyset), None at the end.
    """

    more: str | None = None

    class Meta:
        template_name = "ui/table.html"

    def __init__(self, *args: Any, more: str | None = None, **options: Any) -> None:
        options.setdefault("attrs", self._meta.attrs or {"class": "table table-rows"})
        options.setdefault("orderable", False)
        options.setdefault("empty_text", self._meta.empty_text or _("Nothing found"))
        options.setdefault("template_name", "ui/table.html")
        super().__init__(*args, **options)
        self.more = more

    def body(self) -> SafeString:
        """The rows. Joined here: a loop of the template over four hundred cells takes longer than a page's rest."""
        cells = [Cell(column) for column in self.columns]
        return mark_safe("".join(f"<tr>{''.join([c.html(row) for c in cells])}</tr>\n" for row in self.rows))


class Cell:
    """How a column writes its cells. What is the same in every row is found out once."""

    def __init__(self, column: BoundColumn) -> None:
        self._column = column
        self._opening = format_html(
            '<td data-label="{}" {}>', strip_tags(column.header), column.attrs["td"].as_html()
        )
        self._wanted, self._everything = signature(column.render)  # the library looks it up for every cell
        self._context = Context()

    def html(self, row: BoundRow) -> str:
        shown = row._get_and_render_with(self._column, self._render(row), self._column.default)
        return f"{self._opening}{render_value_in_context(shown, self._context)}</td>"

    def _render(self, row: BoundRow) -> Callable[..., Any]:
        def render(column: BoundColumn, value: Any = None) -> Any:
            known = row._optional_cell_arguments(column, value)
            return column.render(
                **(known if self._everything else {name: known[name] for name in self._wanted})
            )

        return render


class LinkColumn(tables.Column):  # type: ignore[misc]
    """The row's name: opens the row; with `side` in the side panel."""

    def __init__(self, *args: Any, url: str, key: str = "public_id", side: bool = False, **more: Any) -> None:
        more.setdefault("attrs", {"td": {"class": "name"}})
        super().__init__(*args, **more)
        self.url, self.key, self.side = url, key, side

    def render(self, value: Any, record: Any) -> SafeString:
        key = record.get(self.key) if isinstance(record, Mapping) else getattr(record, self.key)
        address = reverse(self.url, args=[key])
        if self.side:
            return format_html('<a href="{}" data-row data-side>{}</a>', address, value)
        return format_html('<a href="{}" data-row>{}</a>', address, value)


class FigureColumn(tables.Column):  # type: ignore[misc]
    """A number, aligned right."""

    def __init__(self, *args: Any, places: int | None = None, **more: Any) -> None:
        super().__init__(*args, attrs={**FIGURE, **more.pop("attrs", {})}, **more)
        self.places = places

    def render(self, value: Any) -> str:
        return words.number(value, self.places)


class MoneyColumn(FigureColumn):
    """An amount. The header should name the currency when rows differ in none (`unit_in_header`)."""

    def __init__(self, *args: Any, currency: str | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.currency = currency

    def render(self, value: Any) -> str:
        return words.money(value, self.currency)


class PercentColumn(FigureColumn):
    """A share (0.25) as per cent."""

    def render(self, value: Any) -> str:
        return words.percent(value, 1 if self.places is None else self.places)


class DayColumn(tables.Column):  # type: ignore[misc]
    def render(self, value: Any) -> str:
        return words.day(value)


class MomentColumn(tables.Column):  # type: ignore[misc]
    def render(self, value: Any) -> str:
        return words.moment(value)


class StateColumn(tables.Column):  # type: ignore[misc]
    """A state in colour and word. `kinds`: value -> good | bad | warn | info | muted; `words`: value -> label."""

    def __init__(
        self, *args: Any, kinds: Mapping[Any, str], words: Mapping[Any, Any] | None = None, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.kinds, self.words = kinds, words or {}

    def render(self, value: Any, record: Any) -> SafeString:
        raw = getattr(record, self.accessor.split("__")[0], value) if self.accessor else value
        key = raw if raw in self.kinds else value
        return state(str(self.words.get(key, value)), self.kinds.get(key, "muted"))


class TickColumn(tables.Column):  # type: ignore[misc]
    """A box that selects the row for the bulk bar; `label(record)` names the row for a screen reader."""

    def __init__(self, *args: Any, label: Callable[[Any], str] = str, **more: Any) -> None:
        more.setdefault("accessor", "public_id")
        super().__init__(*args, attrs={"td": {"class": "tick"}, "th": {"class": "tick"}}, **more)
        self.label = label

    @property
    def header(self) -> SafeString:
        return format_html(
            '<input type="checkbox" class="form-check-input" data-tick-all aria-label="{}">',
            _("Select all rows"),
        )

    def render(self, value: Any, record: Any) -> SafeString:
        return format_html(
            '<input type="checkbox" class="form-check-input" name="selected" value="{}" data-tick aria-label="{}">',
            value,
            self.label(record),
        )


def state(word: str, kind: str = "muted") -> SafeString:
    """A state as every page shows it: a dot of colour and the word."""
    return format_html('<span class="state state-{}">{}</span>', kind, word)


def yes(value: bool) -> SafeString:
    """A tick, read aloud as a word."""
    return icons.icon("check", str(_("yes"))) if value else format_html("{}", "—")
