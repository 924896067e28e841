"""Forms of templates."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from prilavok.messaging import macros, starter
from prilavok.messaging.models import TemplateVersion
from prilavok.messaging.ports import Ready
from prilavok.ui.forms import Form

FALLBACK = "fallback_"


class _Letter(Form):
    """What both editors share: name, subject, preview line, and what stands where a reader has no value."""

    permission = "messaging.edit_templates"
    name = forms.CharField(label=_("Name of the template"), max_length=120, help_text=_("Only you see it."))
    subject = forms.CharField(label=_("Subject"), max_length=250)
    preheader = forms.CharField(
        label=_("Preview line"),
        max_length=250,
        required=False,
        help_text=_("Mail programs show it after the subject."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, source in macros.known().items():
            if macros.needs_fallback(name):
                self.fields[FALLBACK + name] = forms.CharField(
                    label=str(source.label), max_length=200, required=False, help_text="{{ " + name + " }}"
                )

    def plain(self) -> list[forms.BoundField]:
        """The fields without the table of fallbacks."""
        return [field for field in self.visible_fields() if not field.name.startswith(FALLBACK)]

    def fallbacks(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name.startswith(FALLBACK)]

    def content(self) -> dict[str, Any]:
        """What the action wants."""
        data = self.cleaned_data
        chosen = {
            name.removeprefix(FALLBACK): text for name, text in data.items() if name.startswith(FALLBACK)
        }
        return {
            "name": data["name"],
            "subject": data["subject"],
            "preheader": data["preheader"],
            "fallbacks": chosen,
        }


class SimpleLetter(_Letter):
    """The simple editor: a letter of usual parts."""

    heading = forms.CharField(label=_("Heading"), max_length=200, required=False)
    body = forms.CharField(
        label=_("Text"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("An empty line begins a new paragraph."),
    )
    coupon = forms.BooleanField(label=_("Show the personal coupon code"), required=False)
    coupon_note = forms.CharField(label=_("Line under the code"), max_length=200, required=False)
    button = forms.CharField(label=_("Words on the button"), max_length=60, required=False)
    button_url = forms.URLField(label=_("Where the button leads"), required=False, assume_scheme="https")
    footer = forms.CharField(label=_("Small print"), max_length=1000, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("button") and not data.get("button_url") and "button_url" not in self.errors:
            self.add_error("button_url", _("Give the address where the button leads, or clear its words."))
        return data

    def content(self) -> dict[str, Any]:
        blocks = {key: self.cleaned_data[key] for key in starter.blocks() if key in self.cleaned_data}
        return super().content() | {"blocks": blocks | {"accent": starter.ACCENT}}


class MarkupLetter(_Letter):
    """The editor for those who know MJML."""

    mjml = forms.CharField(
        label="MJML", widget=forms.Textarea(attrs={"rows": 30, "class": "code", "spellcheck": "false"})
    )

    def content(self) -> dict[str, Any]:
        return super().content() | {"mjml_source": self.cleaned_data["mjml"]}


def form_for(mode: str) -> type[SimpleLetter] | type[MarkupLetter]:
    return MarkupLetter if mode == "mjml" else SimpleLetter


def initial(version: TemplateVersion | None, ready: Ready) -> dict[str, Any]:
    """What the editor shows first: the saved version, or a ready letter."""
    if version is None:
        proposed = {name: str(source.fallback) for name, source in macros.known().items()}
        text = {"subject": starter.subject(ready), "preheader": starter.preheader(ready)}
        return text | starter.blocks(ready) | {FALLBACK + name: text for name, text in proposed.items()}
    shown: dict[str, Any] = {
        "name": version.template.name,
        "subject": version.subject,
        "preheader": version.preheader,
        "mjml": version.mjml,
    }
    shown |= version.blocks or {}
    return shown | {FALLBACK + name: text for name, text in version.fallbacks.items()}


class TestLetter(Form):
    """Where to send a test."""

    permission = "messaging.send_test"
    to = forms.EmailField(label=_("Send a test to"))
