"""The customer list as a table."""

from typing import Any

import django_tables2 as tables
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django_tables2.utils import OrderByTuple

from prilavok.customers import queries
from prilavok.customers.models import Person, Sex, Status
from prilavok.customers.queries import Line, reach_reason
from prilavok.customers.rules import OWN
from prilavok.customers.web.words import figure
from prilavok.kernel.actors import Actor
from prilavok.ui.icons import icon
from prilavok.ui.tables import FIGURE, DayColumn, LinkColumn, StateColumn, Table, TickColumn, state

INDICATOR, LEGAL, CONSENT = "indicator.", "company.", "consent."
LEGAL_LABELS = {
    "form": _("Kind of company"),
    "full_name": _("Full legal name"),
    "inn": _("INN"),
    "kpp": _("KPP"),
    "ogrn": _("OGRN"),
    "address": _("Legal address"),
    "bank": _("Bank"),
    "bic": _("BIC"),
    "account": _("Account"),
}
STATUS_KINDS = {"active": "good", "blocked": "bad", "erased": "muted"}
ALWAYS = ("name",)
AT_FIRST = ("phone", "email", "card", "status", "reach", "registered_at")


class ReachColumn(tables.Column):  # type: ignore[misc]
    """Whether the customer may be written to by e-mail, and if not, why."""

    def render(self, value: Any, record: Line) -> SafeString:
        if record.reach is None:
            return state(str(_("by e-mail")), "good")
        return state(str(reach_reason(record.reach)), "muted")


class NameColumn(LinkColumn):
    def render(self, value: Any, record: Line) -> SafeString:
        told = super().render(record.name or _("No name"), record)
        if record.kind == Person.Kind.COMPANY:
            return format_html("{} {}", icon("building", str(_("Company"))), told)
        return told


class TagsColumn(tables.Column):  # type: ignore[misc]
    def render(self, value: Any, record: Line) -> SafeString:
        return format_html_join(" ", "{}", ((state(one.name, one.colour),) for one in record.tags))


class OwnColumn(tables.Column):  # type: ignore[misc]
    """An own field, in words."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(accessor="own_shown", empty_values=(), **more)
        self.code = code

    def render(self, value: Any, record: Line) -> str:
        shown = record.own_shown.get(self.code)
        if shown is None:
            return "—"
        return format_html('<a href="{}">{}</a>', shown.link, shown.text) if shown.link else shown.text


class LegalColumn(tables.Column):  # type: ignore[misc]
    """A legal detail of a company."""

    def __init__(self, name: str, **more: Any) -> None:
        super().__init__(accessor="company", empty_values=(), **more)
        self.name = name

    def render(self, value: Any, record: Line) -> str:
        return legal(self.name, record) or "—"


def legal(name: str, line: Line) -> str:
    """A legal detail in words; a person has none."""
    if line.company is None:
        return ""
    return str(line.company.get_form_display()) if name == "form" else getattr(line.company, name)


class IndicatorColumn(tables.Column):  # type: ignore[misc]
    def __init__(self, key: str, **more: Any) -> None:
        super().__init__(accessor="indicators", empty_values=(), attrs=FIGURE, **more)
        self.key = key

    def render(self, value: Any, record: Line) -> str:
        return figure(record.indicators[self.key]) if self.key in record.indicators else "—"


class ConsentColumn(tables.Column):  # type: ignore[misc]
    """Whether a consent was given; nothing where it was never asked for."""

    def __init__(self, key: str, **more: Any) -> None:
        super().__init__(accessor="consents", empty_values=(), **more)
        self.key = key

    def render(self, value: Any, record: Line) -> str:
        given = record.consents.get(self.key)
        if given is None:
            return "—"
        return state(str(_("agreed")), "good") if given else state(str(_("withdrawn")), "bad")


class CustomerTable(Table):
    tick = TickColumn(label=lambda line: str(_("Choose %(name)s")) % {"name": line.name or _("No name")})
    name = NameColumn(verbose_name=_("Customer"), url="customers:card", orderable=True, empty_values=())
    phone = tables.Column(verbose_name=_("Phone"), attrs={"td": {"class": "nowrap"}})
    email = tables.Column(verbose_name=_("E-mail"))
    card = tables.Column(verbose_name=_("Card"))
    status = StateColumn(verbose_name=_("Status"), kinds=STATUS_KINDS, words=dict(Status.choices))
    reach = ReachColumn(verbose_name=_("Reachable"), accessor="reachable")
    sex = tables.Column(verbose_name=_("Sex"))
    birth_date = DayColumn(verbose_name=_("Birth date"))
    registered_at = DayColumn(verbose_name=_("Registered"), orderable=True, attrs={"td": {"class": "nowrap"}})
    shop = tables.Column(verbose_name=_("Shop of registration"))

    tags = TagsColumn(verbose_name=_("Tags"))
    external = tables.Column(verbose_name=_("Key in your system"))

    def __init__(
        self, rows: list[Line], *, shown: tuple[str, ...], sort: str, more: str | None, by: Actor
    ) -> None:
        always = ("tick", *ALWAYS) if by.may("customers.bulk") else ALWAYS
        hidden = [name for name in self.base_columns if name not in (*always, *shown)]
        made = [(name, column) for name, column in made_columns(by).items() if name in shown]
        super().__init__(rows, exclude=hidden, more=more, order_by_field="sort", extra_columns=made)
        self._order_by = OrderByTuple([sort or "-registered_at"])  # the rows come sorted: by the query

    def render_sex(self, value: str) -> str:
        return str(Sex(value).label)


def made_columns(by: Actor) -> dict[str, tables.Column]:
    """Columns that the company made itself, legal details, consents and indicators, that `by` may see."""
    sorts = {one.code for one in queries.sorted_fields(by)}
    own = {
        f"{OWN}{one.code}": OwnColumn(one.code, verbose_name=one.name, orderable=one.code in sorts)
        for one in queries.seen_own_fields(by)
    }
    labels = queries.indicator_labels(by)
    figures = {f"{INDICATOR}{key}": IndicatorColumn(key, verbose_name=label) for key, label in labels.items()}
    details = {
        f"{LEGAL}{name}": LegalColumn(name, verbose_name=label) for name, label in LEGAL_LABELS.items()
    }
    consents = {
        f"{CONSENT}{one.key}": ConsentColumn(one.key, verbose_name=one.label)
        for one in queries.askable_consents()
    }
    return (
        own
        | details
        | consents
        | {name: one for name, one in figures.items() if one.key not in queries.OWN_LABELS}
    )


def columns(by: Actor) -> dict[str, str | Promise]:
    """Columns that may be shown or hidden, with their labels."""
    known = {**CustomerTable.base_columns, **made_columns(by)}
    return {name: column.verbose_name for name, column in known.items() if name not in ("tick", *ALWAYS)}


def asks_legal(shown: tuple[str, ...]) -> bool:
    """Whether legal details are among the columns."""
    return any(name.startswith(LEGAL) for name in shown)


def asks_consents(shown: tuple[str, ...]) -> bool:
    """Whether consents are among the columns."""
    return any(name.startswith(CONSENT) for name in shown)


def asked_indicators(shown: tuple[str, ...]) -> list[str]:
    """Keys of the indicators among the columns."""
    return [name.removeprefix(INDICATOR) for name in shown if name.startswith(INDICATOR)]
