"""The icons of the pages: one sprite, made at build time from the names in `frontend/icons.txt`."""

from functools import lru_cache

from django.utils.html import format_html
from django.utils.safestring import SafeString

from prilavok.ui.assets import built_url


def icon(name: str, label: str = "") -> SafeString:
    """An icon that stands for a word (`label` is read aloud) or decorates one (no label: hidden from readers)."""
    return _drawn(name, str(label), built_url("icons.svg"))


@lru_cache(maxsize=1000)  # a page draws the same few dozen times
def _drawn(name: str, label: str, sprite: str) -> SafeString:
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"></use></svg>', label, sprite, name
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', sprite, name)
