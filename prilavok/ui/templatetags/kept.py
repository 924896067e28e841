"""Parts of the page's frame that are drawn once for all who would see the same."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from django import template
from django.template import Context, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()

MOST = 2_000  # drawings; some kilobytes each
MARK = "\ue000"  # of Unicode's private use: stands in no template
_IDS = UUID("6f1d8f0e-5a3c-4c39-9a55-0d8a3f3a7c11")  # ids that stand for fresh ones are made of their names
_drawings: dict[tuple[object, ...], list[str]] = {}


@register.tag
def kept(parser: Parser, token: Token) -> "Kept":
    """{% kept "ui/topbar.html" name=person.name theme=theme fresh csrf_token=csrf_token %}

    Includes a template that sees these values and nothing else, so that the language and they are all that its
    drawing depends on: it is drawn once for the same values. Those after `fresh` differ at every request; they are
    put into the drawing afterwards, and the template may only print them (a UUID also as a part of an address).
    """
    _tag, name, *words = token.split_contents()
    kept_words, _fresh, fresh_words = (
        (words[: words.index("fresh")], "fresh", words[words.index("fresh") + 1 :])
        if "fresh" in words
        else (words, "", [])
    )
    values, fresh = token_kwargs(kept_words, parser), token_kwargs(fresh_words, parser)
    if kept_words or fresh_words:
        raise TemplateSyntaxError("{% kept %} takes the name of a template and name=value")
    return Kept(parser.compile_filter(name).resolve(Context()), values, fresh)


class Kept(template.Node):
    def __init__(
        self, name: str, values: Mapping[str, FilterExpression], fresh: Mapping[str, FilterExpression]
    ) -> None:
        self.name, self.values, self.fresh = name, values, fresh

    def render(self, context: Context) -> SafeString:
        values = {name: value.resolve(context) for name, value in self.values.items()}
        key = (self.name, get_language(), *values.values())
        fresh = {name: value.resolve(context) for name, value in self.fresh.items()}
        drawing = _drawings.get(key)
        if drawing is None:
            drawing = self._draw(context, values, fresh)
            if len(_drawings) >= MOST:
                _drawings.clear()
            _drawings[key] = drawing
        printed = {name: conditional_escape(value) for name, value in fresh.items()}
        parts = [printed[part] if number % 2 else part for number, part in enumerate(drawing)]
        return mark_safe("".join(parts))

    def _draw(self, context: Context, values: Mapping[str, Any], fresh: Mapping[str, Any]) -> list[str]:
        """Text and names of fresh values by turns."""
        marks = {name: _mark(name, value) for name, value in fresh.items()}
        found = context.template.engine.get_template(self.name)  # type: ignore[union-attr]
        drawn = found.render(Context({**values, **marks}))
        if not marks:
            return [drawn]
        names = {str(mark): name for name, mark in marks.items()}
        split = re.split(f"({'|'.join(map(re.escape, names))})", drawn)
        return [names.get(part, part) if number % 2 else part for number, part in enumerate(split)]


def _mark(name: str, value: object) -> str | UUID:
    return uuid5(_IDS, name) if isinstance(value, UUID) else f"{MARK}{name}{MARK}"
