"""Controls of forms are drawn without templates; but for space between tags, to the letter as by Django's own."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import override

from prilavok.ui.forms import Form
from prilavok.ui.templatetags.ui import chosen
from prilavok.ui.widgets import CONTROLS, Renderer

WORDS = [("", "—"), ("<a>", '"A" & b'), ("Группа", [(1, 12345), (2, mark_safe("<b>два</b>"))])]
ALL = {
    "id": "id_x",
    "class": "form-control",
    "data-x": '"<&>"',
    "required": True,
    "disabled": False,
    "min": 3,
}


@pytest.mark.parametrize(
    ("widget", "value"),
    [
        (forms.TextInput(), 'Анна "<script>"'),
        (forms.TextInput(), None),
        (forms.NumberInput(), 12345.5),
        (forms.EmailInput(), ""),
        (forms.URLInput(), "https://lavka.test/?a=1&b=2"),
        (forms.PasswordInput(), "secret"),
        (forms.HiddenInput(), 1000),
        (forms.CheckboxInput(), True),
        (forms.CheckboxInput(), False),
        (forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), date(2026, 3, 2)),
        (forms.DateTimeInput(), None),
        (forms.TimeInput(), "12:00"),
        (forms.FileInput(), None),
        (forms.Textarea(), "two\nlines </textarea>"),
        (forms.Textarea(), None),
        (forms.Select(choices=WORDS), "<a>"),
        (forms.Select(choices=WORDS), None),
        (forms.SelectMultiple(choices=WORDS), [1, 2]),
        (forms.RadioSelect(choices=WORDS), 1),
        (forms.CheckboxSelectMultiple(choices=WORDS), ["<a>", "2"]),
        (forms.SplitDateTimeWidget(), None),
        (forms.ClearableFileInput(), None),
    ],
)
@pytest.mark.parametrize("attributes", [{}, ALL])
def test_to_the_letter(widget: forms.Widget, value: object, attributes: dict[str, object]) -> None:
    ours, djangos = (
        re.sub(r"(?<=>)\s+|\s+(?=<)", "", widget.render("x", value, attributes, renderer=renderer))
        for renderer in (Renderer(), DjangoTemplates())
    )
    assert ours == djangos


def test_the_stock_controls_are_all_known() -> None:
    stock = [
        forms.TextInput, forms.NumberInput, forms.EmailInput, forms.URLInput, forms.PasswordInput, forms.HiddenInput,
        forms.CheckboxInput, forms.DateInput, forms.DateTimeInput, forms.TimeInput, forms.FileInput, forms.Textarea,
        forms.Select, forms.SelectMultiple, forms.RadioSelect, forms.CheckboxSelectMultiple,
    ]  # fmt: skip
    named = {str(one.template_name).removeprefix("django/forms/widgets/") for one in stock}
    assert named <= CONTROLS.keys()


@pytest.mark.parametrize(("typed", "shown"), [("2026-10-18", "18 Oct 2026"), ("soon", "soon"), ("", "")])
def test_a_filters_day_is_read_as_a_day(typed: str, shown: str) -> None:
    class Since(forms.Form):
        since = forms.DateField(required=False)

    with override("en"):
        assert chosen(Since({"since": typed})["since"]).replace("\N{NO-BREAK SPACE}", " ") == shown


@pytest.mark.parametrize(
    ("kept", "shown"), [("1E+2", "100"), ("100.0000", "100"), ("0.5000", "0.5"), ("0", "0")]
)
def test_a_decimal_begins_as_people_write_it(kept: str, shown: str) -> None:
    class Points(Form):
        check_on_leaving = False
        points = forms.DecimalField()

    assert f'value="{shown}"' in str(Points(initial={"points": Decimal(kept)})["points"])
