"""MJML into HTML that still holds its macros; links numbered; a plain-text twin."""

import html
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import ClassVar

import mrml
from django.utils.translation import gettext_lazy as _

from prilavok.messaging.letters.liquid import BrokenText

_MARKUP = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_OPEN, _CLOSE = "⟦", "⟧"  # printable: mrml spells other letters of attributes out as \u{…}
_SPELT = re.compile(r"\\u\{([0-9a-f]{1,6})\}")
_TOKEN = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_LINK = re.compile(r'(<a\b[^>]*?\shref=")([^"]*)(")', re.IGNORECASE)
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_FORBIDDEN = re.compile(
    r"<\s*(script|iframe|object|embed|form|input|textarea|select|button|base|link\s+rel\s*=\s*[\"']?import)\b"
    r"|\son[a-z]+\s*=\s*[\"']|javascript:|vbscript:",
    re.IGNORECASE,
)
_OWN_LINKS = ("{{ unsubscribe_url }}", "{{ browser_url }}")
# Readers' fonts only: MJML would fetch its own from a third party each time a letter is opened.
_OPTIONS = mrml.RenderOptions(fonts={})
OPEN_PIXEL = '<img src="{{ open_url }}" width="1" height="1" alt="" style="display:block;border:0">'


@dataclass(frozen=True, slots=True)
class Markup:
    """A letter's HTML as Liquid, its text twin as Liquid, and where its numbered links lead (Liquid too)."""

    html: str
    text: str
    links: tuple[str, ...]


def compile_mjml(source: str, *, preheader: str = "") -> Markup:
    """Raises BrokenText, which says what is wrong in words."""
    _refuse_active_content(source)
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found.group())
        return f"{_OPEN}{len(kept) - 1}{_CLOSE}"

    bare = _MARKUP.sub(keep, source.replace(_OPEN, "").replace(_CLOSE, ""))
    try:
        page = _SPELT.sub(
            lambda found: chr(int(found.group(1), 16)),
            str(mrml.to_html(bare, render_options=_OPTIONS).content),
        )
    except OSError as exc:
        raise BrokenText(
            _("The letter's MJML cannot be read: %(why)s. Check that every tag is closed and spelt right."),
            why=_readable(str(exc)),
        ) from exc
    _check_nothing_lost(page, kept)
    text = plain_text(page)
    page, links = _number_links(_with_preheader(page, preheader), kept)
    page = page.replace("</body>", f"{OPEN_PIXEL}</body>", 1)
    return Markup(_restore(page, kept), _restore(text, kept), tuple(links))


def _refuse_active_content(source: str) -> None:
    found = _FORBIDDEN.search(source)
    if found:
        raise BrokenText(
            _("“%(what)s” is not allowed in letters: mail programs cut it out or reject the letter."),
            what=found.group().strip()[:40],
        )


def _readable(why: str) -> str:
    return why.replace(" in root template", "").replace("root template", "").strip()


def _check_nothing_lost(page: str, kept: list[str]) -> None:
    present = {int(number) for number in _TOKEN.findall(page)}
    for number, markup in enumerate(kept):
        if number not in present:
            raise BrokenText(
                _(
                    "“%(macro)s” stands where nothing can be shown. Put it inside <mj-text>, <mj-button> or <mj-raw>."
                ),
                macro=markup[:60],
            )


def _restore(text: str, kept: list[str]) -> str:
    return _TOKEN.sub(lambda found: kept[int(found.group(1))], text)


def _with_preheader(page: str, preheader: str) -> str:
    if not preheader:
        return page
    hidden = (
        '<div style="display:none;max-height:0;overflow:hidden;opacity:0;mso-hide:all">'
        f"{preheader}{'&#847;&zwnj;&nbsp;' * 20}</div>"
    )
    return _BODY.sub(lambda found: found.group() + hidden, page, count=1)


def _number_links(page: str, kept: list[str]) -> tuple[str, list[str]]:
    links: list[str] = []

    def number(found: re.Match[str]) -> str:
        target = html.unescape(_restore(found.group(2), kept)).strip()
        if not _is_counted(target):
            return found.group()
        if target not in links:
            links.append(target)
        return f"{found.group(1)}{{{{ link_{links.index(target)} }}}}{found.group(3)}"

    return _LINK.sub(number, page), links


def _is_counted(target: str) -> bool:
    """Whether clicks on this link are counted: pages are, letters and telephones are not.

    >>> _is_counted("https://shop.example/meat?x={{ coupon_code }}"), _is_counted("mailto:a@shop.example")
    (True, False)
    """
    bare = re.sub(r"\s+", " ", target)
    if (
        bare.replace("{{unsubscribe_url}}", _OWN_LINKS[0]).replace("{{browser_url}}", _OWN_LINKS[1])
        in _OWN_LINKS
    ):
        return False
    return target.startswith(("http://", "https://", "{{"))


class _Plain(HTMLParser):
    """Reads HTML and writes what a person without pictures and colours reads."""

    _BLOCKS: ClassVar = {"p", "div", "tr", "h1", "h2", "h3", "h4", "table", "ul", "ol", "li", "br"}
    _HIDDEN: ClassVar = {"style", "script", "title", "head"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0
        self._target = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._HIDDEN:
            self._hidden += 1
        elif tag == "a":
            self._target = dict(attrs).get("href") or ""
        elif tag == "li":
            self.parts.append("\n• ")
        elif tag in self._BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag == "a" and self._target:
            self.parts.append(f": {self._target} ")
            self._target = ""
        elif tag in self._BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def plain_text(page: str) -> str:
    """The letter as plain text, links written out.

    >>> plain_text('<p>Hello, <b>Anna</b></p><a href="https://shop.example">Shop</a>')
    'Hello, Anna\\nShop: https://shop.example'
    """
    reader = _Plain()
    reader.feed(re.sub(r"<!--.*?-->", "", page, flags=re.DOTALL))
    lines = [line.strip() for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
