"""A template's version ready for thousands of readers."""

import html
import re
from collections.abc import Mapping, Sequence

from prilavok.messaging.letters.liquid import Compiled
from prilavok.messaging.letters.mime import Written

_BARE = re.compile(r"\{\{-?\s*([\w.]+)\s*-?\}\}")


def with_fallbacks(source: str, fallbacks: Mapping[str, str], *, markup: bool) -> str:
    """The author's table written into every macro that has no default of its own.

    >>> with_fallbacks("{{ first_name }}", {"first_name": "friend"}, markup=False)
    '{{ first_name | default: "friend" }}'
    """

    def written(found: re.Match[str]) -> str:
        text = fallbacks.get(found.group(1), "")
        if not text:
            return found.group()
        text = html.escape(text) if markup else text.replace('"', "”")
        return f'{{{{ {found.group(1)} | default: "{text}" }}}}'

    return _BARE.sub(written, source)


class CompiledLetter:
    """Subject, HTML, text and links of one version; fills without touching the database."""

    def __init__(
        self, *, subject: str, html: str, text: str, links: Sequence[str], fallbacks: Mapping[str, str]
    ) -> None:
        self._subject = Compiled(with_fallbacks(subject, fallbacks, markup=False), markup=False)
        self._html = Compiled(with_fallbacks(html, fallbacks, markup=True), markup=True)
        self._text = Compiled(with_fallbacks(text, fallbacks, markup=False), markup=False)
        self._links = [
            Compiled(with_fallbacks(link, fallbacks, markup=False), markup=False) for link in links
        ]

    @property
    def link_count(self) -> int:
        return len(self._links)

    def fill(self, values: Mapping[str, str]) -> Written:
        """The letter for one reader; values without a text fall back as the author chose."""
        return Written(self._subject.fill(values), self._html.fill(values), self._text.fill(values))

    def target(self, number: int, values: Mapping[str, str]) -> str:
        """Where the numbered link leads this reader. Raises IndexError."""
        return self._links[number].fill(values).strip()

    def targets(self, values: Mapping[str, str]) -> dict[str, str]:
        """All links as macros that lead straight to their targets: for previews, where nobody is counted."""
        return {f"link_{number}": self.target(number, values) for number in range(self.link_count)}
