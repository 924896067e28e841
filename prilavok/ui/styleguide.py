"""Examples for the catalogue of parts: invented, the same at every look."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from prilavok.kernel import clock
from prilavok.ui import charts
from prilavok.ui.forms import Form
from prilavok.ui.tables import (
    DayColumn,
    FigureColumn,
    LinkColumn,
    MoneyColumn,
    StateColumn,
    Table,
    TickColumn,
)
from prilavok.ui.templatetags.ui import money


class ExampleForm(Form):
    permission = "ui.styleguide"
    name = forms.CharField(
        label=lazy("Name of the campaign"), max_length=60, help_text=lazy("Seen only by your colleagues.")
    )
    email = forms.EmailField(label=lazy("Letters for the test"))
    share = forms.IntegerField(label=lazy("Control group, %"), min_value=5, max_value=50, initial=10)
    policy = forms.ChoiceField(
        label=lazy("If the server breaks down midway"),
        choices=[
            ("never_twice", lazy("Never twice: some may get nothing")),
            ("never_lose", lazy("Never lose: some may get two")),
        ],
        widget=forms.RadioSelect,
        initial="never_twice",
    )
    start = forms.DateField(
        label=lazy("Start"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    kind = forms.ChoiceField(
        label=lazy("Kind"),
        choices=[("", lazy("Any")), ("mail", lazy("E-mail")), ("sms", lazy("SMS"))],
        required=False,
    )
    note = forms.CharField(label=lazy("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    weekly = forms.BooleanField(label=lazy("Repeat every week"), required=False)
    hours = forms.MultipleChoiceField(
        label=lazy("Hours"),
        required=False,
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        widget=forms.CheckboxSelectMultiple,
    )


class ExampleFilter(Form):
    check_on_leaving = False
    kind = forms.MultipleChoiceField(
        label=lazy("Kind"),
        required=False,
        choices=[("mail", lazy("E-mail")), ("sms", lazy("SMS")), ("push", lazy("Push"))],
        widget=forms.CheckboxSelectMultiple,
    )
    since = forms.DateField(
        label=lazy("Since"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class ExampleTable(Table):
    tick = TickColumn(label=lambda row: row["name"])
    name = LinkColumn(verbose_name=lazy("Customer"), url="ui:styleguide_row", key="public_id", side=True)
    status = StateColumn(
        verbose_name=lazy("Status"),
        kinds={"active": "good", "asleep": "warn", "lost": "bad", "new": "info"},
        words={"active": lazy("active"), "asleep": lazy("asleep"), "lost": lazy("lost"), "new": lazy("new")},
    )
    receipts = FigureColumn(verbose_name=lazy("Receipts"))
    spent = MoneyColumn(verbose_name=lazy("Spent"))
    last = DayColumn(verbose_name=lazy("Last receipt"))


@dataclass(frozen=True)
class Filter:
    form: ExampleFilter


PEOPLE = (
    ("Анна Петрова", "active", 48, "48210.50", 2),
    ("Борис Иванов", "asleep", 12, "9140.00", 71),
    ("Вера Кузнецова", "active", 131, "164002.35", 0),
    ("Глеб Орлов", "lost", 3, "1210.90", 240),
    ("Дарья Волкова", "new", 1, "560.00", 5),
    ("Егор Соколов", "active", 77, "81300.10", 9),
)


def example() -> dict[str, Any]:
    """Everything that the catalogue shows."""
    bad = ExampleForm({"name": "", "email": "marina@", "share": "80", "policy": "never_twice"})
    bad.is_valid()
    return {
        "now": clock.now(),
        "story": story(),
        "form": ExampleForm(),
        "bad": bad,
        "table": table(),
        "filter": Filter(ExampleFilter({"kind": ["mail"]})),
        "pictures": pictures(),
        "total": 1234567,
        "sum": Decimal("1234567.89"),
    }


@dataclass(frozen=True)
class Line:
    """A line of a timeline."""

    icon: str
    at: datetime
    text: str
    link: str = ""
    detail: str = ""
    by: str = ""
    has_cause: bool = False


def story() -> list[Line]:
    now = clock.now()
    receipt = _("Receipt for %(sum)s") % {"sum": money(Decimal(1240))}
    return [
        Line("receipt", now, receipt, link="#", detail=_("Lenina street")),
        Line("mail", now, _("Letter “Meat week” delivered")),
        Line("user-plus", now, _("Registered at the till"), by=_("Klara")),
    ]


def row(number: int) -> dict[str, Any]:
    """One invented customer."""
    name, status, receipts, spent, days = PEOPLE[number % len(PEOPLE)]
    last = datetime(2026, 11, 21, 14, 5, tzinfo=UTC) - timedelta(days=days)
    return {
        "public_id": number,
        "name": name,
        "status": status,
        "receipts": receipts,
        "spent": Decimal(spent),
        "last": last,
    }


def table() -> ExampleTable:
    return ExampleTable([row(number) for number in range(len(PEOPLE))], more="next")


def pictures() -> list[charts.Chart]:
    september, october = _("Sep"), _("Oct")
    weeks = [f"{day} {september}" for day in (1, 8, 15, 22, 29)] + [
        f"{day} {october}" for day in (6, 13, 20, 27)
    ]
    mailed = [12.1, 12.4, 12.2, 13.9, 15.2, 15.8, 15.1, 14.7, 14.9]
    control = [12.0, 12.5, 12.1, 12.2, 12.6, 12.4, 12.7, 12.3, 12.5]
    return [
        charts.line(
            _("The mailed bought more from the third week on"),
            weeks,
            charts.Series(_("Mailed"), mailed, [v - 0.8 for v in mailed], [v + 0.8 for v in mailed]),
            charts.Series(_("Control"), control, dashed=True),
            unit="money",
            currency="RUB",
            marks=[(weeks[2], _("letter"))],
        ),
        charts.intervals(
            _("Women and the dormant drive the effect"),
            [_("Everyone"), _("Women"), _("Men"), _("Dormant for 60 days"), _("Bought last week")],
            charts.Series(
                _("Increment per customer"),
                [31, 44, 18, 58, -6],
                [12, 17, -8, 22, -31],
                [50, 71, 44, 94, 19],
                tones=["good"],
            ),
            unit="money",
            currency="RUB",
            x_title=_("roubles per customer, 95 % interval"),
        ),
        charts.rows(
            _("Meat brings a third of the revenue"),
            [_("Meat"), _("Dairy"), _("Bakery"), _("Drinks"), _("Household goods")],
            charts.Series(_("Revenue"), [1540200, 910050, 640000, 408700, 220400]),
            unit="money",
            currency="RUB",
            links=["?row=1", "?row=2", "?row=3", "?row=4", "?row=5"],
        ),
        charts.stacked(
            _("Two receipts of three are identified"),
            [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")],
            charts.Series(_("With a card"), [320, 310, 355, 340, 470, 610, 540]),
            charts.Series(_("Without a card"), [170, 160, 180, 175, 230, 300, 280]),
            unit=_("receipts"),
        ),
        charts.heat(
            _("Customers by recency and frequency"),
            ["1", "2", "3", "4", "5"],
            ["5", "4", "3", "2", "1"],
            [
                [12, 40, 88, 160, 340],
                [30, 75, 120, 190, 160],
                [60, 110, 150, 120, 80],
                [140, 130, 90, 60, 30],
                [310, 120, 60, 22, 9],
            ],
            x_title=_("frequency"),
            y_title=_("recency"),
            links=[f"?cell={n}" for n in range(25)],
        ),
    ]
