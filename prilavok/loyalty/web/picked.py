"""A field for goods: found by name and shown as chips; its value is their codes, one per line, as people paste them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from prilavok.loyalty import queries

SHOWN = 30  # chips; of a long list that was pasted the rest is counted


def codes_in(thing: str, text: str) -> list[str]:
    """Codes of a list, each once, in its order: by lines; those of products by spaces and commas, too."""
    parts = text.replace(",", " ").split() if thing == "product" else text.splitlines()
    return list(dict.fromkeys(code for one in parts if (code := one.strip())))


class PickedCodes(forms.Textarea):
    """Codes of products or categories (`thing`) with a search by name; without scripts a plain list of codes."""

    def __init__(self, thing: str) -> None:
        super().__init__()
        self.thing = thing

    def render(
        self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        return drawn(name, self.thing, value or "", attrs or {})


def drawn(name: str, thing: str, text: str, attrs: Mapping[str, Any] | None = None) -> SafeString:
    """The field as it stands on the page, for the codes typed."""
    codes = codes_in(thing, text)
    known = queries.named(thing, codes)
    shown = [(code, known[code]) for code in codes if code in known][:SHOWN]
    context = {
        "name": name,
        "thing": thing,
        "codes": "\n".join(codes),
        "rows": min(max(len(codes), 3), 12),
        "chips": shown,
        "further": len(known) - len(shown),
        "unfold": len(known) < len(codes),
        "described": (attrs or {}).get("aria-describedby", ""),
    }
    return render_to_string("loyalty/picked.html", context)


def changed(thing: str, text: str, do: str) -> str:
    """The codes after a click: `pick:CODE` or `unpick:CODE`."""
    verb, _colon, code = do.partition(":")
    codes = codes_in(thing, text)
    if verb == "pick":
        codes.append(code)
    elif verb == "unpick":
        codes = [one for one in codes if one != code]
    return "\n".join(codes)
