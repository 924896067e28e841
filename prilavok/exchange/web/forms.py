"""What a person says about a file: what it is and what its columns mean."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from prilavok.customers.ports import ORIGINS
from prilavok.exchange.kinds.base import Kind
from prilavok.exchange.queries import Preview
from prilavok.ui.forms import Form


class Upload(Form):
    """Which file, and what is in it."""

    check_on_leaving = False
    kind = forms.ChoiceField(label=_("What is in the file"))
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV (UTF-8, UTF-16, Windows-1251, cp866, KOI8-R) or a workbook (XLSX, XLS, ODS). Drag it or choose it."
        ),
        widget=forms.ClearableFileInput(
            attrs={"accept": ".csv,.txt,.tsv,.xlsx,.xls,.ods", "class": "dropzone"}
        ),
    )

    def __init__(self, *args: Any, kinds: list[Kind], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["kind"].choices = [(kind.key, kind.label) for kind in kinds]  # type: ignore[attr-defined]


class Mapping(Form):
    """Which of the file's columns is which."""

    check_on_leaving = False

    def __init__(self, data: Any = None, *, preview: Preview, kind: Kind) -> None:
        super().__init__(data)
        self.kind = kind
        names = [(name, name) for name in preview.sheet.header if name]
        for column in kind.columns:
            self.fields[f"column_{column.key}"] = forms.ChoiceField(
                label=str(column.label),
                choices=[("", _("— not in the file —")), *names],
                required=column.required,
                initial=preview.mapping.get(column.key, ""),
                help_text=str(column.hint),
            )
        for option in kind.options:
            self.fields[f"option_{option}"] = _option(option)

    def mapping(self) -> dict[str, str]:
        """Column key → name in the header."""
        return {
            column.key: name
            for column in self.kind.columns
            if (name := self.cleaned_data[f"column_{column.key}"])
        }

    def options(self) -> dict[str, Any]:
        chosen = {option: self.cleaned_data[f"option_{option}"] for option in self.kind.options}
        if "unknown_cards" in chosen:
            chosen["unknown_cards"] = "anonymous" if chosen["unknown_cards"] else "reject"
        return chosen


def _option(name: str) -> forms.Field:
    if name != "verified":
        return forms.BooleanField(label=OPTIONS[name], required=False)
    return forms.ChoiceField(
        label=OPTIONS[name],
        required=False,
        choices=[("", _("not confirmed: they are claims")), *ORIGINS.items()],
        help_text=_(
            "A confirmed card or contact is its customer’s and joins. A claim stands beside: a card that somebody else"
            " has too waits among the likely duplicates. Sending is not touched: it asks for consent."
        ),
    )


OPTIONS = {
    "verified": _("Cards and contacts of the file are confirmed by"),
    "add_shops": _("Add shops that are not known"),
    "unknown_cards": _("Load receipts with unknown cards without a customer"),
}
