"""The users' manual: Markdown in `docs/{ru,en}`, served by the product in the reader's language."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from markdown_it import MarkdownIt

PICTURE = re.compile(r'<img src="\.\./pictures/([a-z0-9-]+\.webp)" alt="([^"]*)" />')
DOCS = Path(__file__).resolve().parents[2] / "docs"
FIRST = "index"
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class Chapter:
    """A page of the manual: its address, its title and its text as HTML (authors' HTML is not let through)."""

    slug: str
    title: str
    html: str = ""


def chapter(slug: str, language: str) -> Chapter | None:
    """A chapter in this language; None if there is none of this name."""
    if not re.fullmatch(r"[a-z0-9-]+", slug):
        return None
    path = DOCS / language / f"{slug}.md"
    return _pictured(_read(path, path.stat().st_mtime_ns)) if path.is_file() else None


def picture(name: str) -> Path | None:
    """A picture of the manual; None if there is none of this name. `dev/shots.py` makes them of a running shop."""
    path = DOCS / "pictures" / name
    return path if re.fullmatch(r"[a-z0-9-]+\.webp", name) and path.is_file() else None


def _pictured(chapter: Chapter) -> Chapter:
    """Where pictures were not made, what they would show stands in words."""

    def shown(found: re.Match[str]) -> str:
        return found[0] if picture(found[1]) else f"<em>{found[2]}</em>"

    return replace(chapter, html=PICTURE.sub(shown, chapter.html))


def contents(language: str) -> list[Chapter]:
    """All chapters in the order of the first page's links."""
    first = chapter(FIRST, language)
    if first is None:
        return []
    slugs = re.findall(r'href="\.\./([a-z0-9-]+)/"', first.html)
    found = [chapter(slug, language) for slug in dict.fromkeys([FIRST, *slugs])]
    return [one for one in found if one is not None]


@lru_cache(maxsize=200)
def _read(path: Path, _changed: int) -> Chapter:
    text = path.read_text(encoding="utf-8")
    title = next((line[2:].strip() for line in text.splitlines() if line.startswith("# ")), path.stem)
    body = text.split("\n", 1)[1] if text.startswith("# ") else text
    # On disk chapters link to each other as files; here they stand side by side as addresses.
    html = re.sub(r'href="([a-z0-9-]+)\.md(#[^"]*)?"', r'href="../\1/\2"', str(_markdown.render(body)))
    return Chapter(path.stem, title, html)
