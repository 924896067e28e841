"""Gather what the pages say into prilavok/<domain>/locale/ru/LC_MESSAGES/django.po and compile it. Needs no xgettext.

python dev/messages.py [domain ...]            update the .po files, keeping translations, and compile them
python dev/messages.py --check [domain ...]    change nothing; fail where Russian is missing or wrong
python dev/messages.py --missing [domain ...]  print what is not translated yet, ready to be filled in
"""

import io
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "prilavok"
KEYWORDS = {
    **{name: None for name in ("_", "gettext", "gettext_lazy", "gettext_noop", "lazy")},
    **{name: (1, 2) for name in ("ngettext", "ngettext_lazy")},
    **{name: ((1, "c"), 2) for name in ("pgettext", "pgettext_lazy")},
    **{name: ((1, "c"), 2, 3) for name in ("npgettext", "npgettext_lazy")},
}
LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"(?<![\w.])(_|n?p?gettext)\(\s*({LITERAL}(?:\s*,\s*{LITERAL})*)", re.S)
PLACEHOLDER = re.compile(r"%\(\w+\)[#0 +-]*\d*(?:\.\d+)?[sdfi]|(?<!%)%[sdfi]|\{\w*\}")
HEADER = """# Russian of prilavok/{domain}.
msgid ""
msgstr ""
"Language: ru\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=3; "
"plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"
"""

Key = tuple[str | None, str | tuple[str, ...]]
Translation = Any  # a text, or the tuple of its plural forms


def main(arguments: list[str]) -> int:
    modes = {a for a in arguments if a.startswith("--")}
    domains = [a for a in arguments if not a.startswith("--")] or sorted(
        p.name for p in PACKAGE.iterdir() if p.is_dir() and (p / "__init__.py").exists()
    )
    everywhere = known_translations()
    troubles: list[str] = []
    for domain in domains:
        found = gather(PACKAGE / domain)
        if not found:
            continue
        path = po_of(domain)
        catalog = merged(read(path), found, everywhere if "--check" not in modes else {})
        if "--check" in modes:
            troubles += wrong(domain, catalog, read(path))
        elif "--missing" in modes:
            print_missing(domain, catalog)
        else:
            save(domain, path, catalog)
    troubles += conflicts(known_translations()) if "--check" in modes else []
    for trouble in troubles:
        print(trouble)
    if troubles:
        print(f"{len(troubles)} messages need a Russian translation. Run: make messages")
    return 1 if troubles else 0


def po_of(domain: str) -> Path:
    return PACKAGE / domain / "locale" / "ru" / "LC_MESSAGES" / "django.po"


def gather(folder: Path) -> dict[Key, Message]:
    """All messages of a domain, in the order of its files."""
    found: dict[Key, Message] = {}
    for path in sorted(folder.rglob("*")):
        if {"tests", "migrations", "node_modules", "static", "__pycache__"} & set(
            path.relative_to(folder).parts
        ):
            continue
        if path.suffix == ".py":
            calls = from_python(path)
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            calls = from_template(path)
        else:
            continue
        for message, context in calls:
            singular = message[0] if isinstance(message, tuple) else message
            if singular:
                found.setdefault((context, singular), Message(message, context=context, flags=flags(message)))
    return found


def flags(message: str | tuple[str, ...]) -> list[str]:
    text = " ".join(message) if isinstance(message, tuple) else message
    return ["python-format"] if re.search(r"%\(\w+\)|(?<!%)%[sd]", text) else []


def from_python(path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    source = io.BytesIO(path.read_bytes())
    for _line, message, _comments, context in extract(
        "python", source, KEYWORDS, options={"encoding": "utf-8"}
    ):
        if message:
            yield (tuple(message) if isinstance(message, list | tuple) else message), context


def from_template(path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    from ast import literal_eval

    from django.utils.translation.template import templatize

    for call in CALL.finditer(templatize(path.read_text(encoding="utf-8"), origin=str(path))):
        words = [literal_eval(literal) for literal in re.findall(LITERAL, call[2])]
        context = words.pop(0) if call[1] in {"pgettext", "npgettext"} else None
        plural = call[1] in {"ngettext", "npgettext"} and len(words) > 1
        yield (tuple(words[:2]) if plural else words[0]), context


def read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale="ru")
    with path.open("rb") as file:
        return read_po(file, locale="ru")


def known_translations() -> dict[Key, dict[Translation, set[str]]]:
    """Every translation in the tree: message -> Russian -> the domains that say so."""
    known: dict[Key, dict[Translation, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path in sorted(PACKAGE.glob("*/locale/ru/LC_MESSAGES/django.po")):
        for message in read(path):
            if message.id and filled(message):
                key = texts(message.id)[0]
                known[(message.context, key)][message.string].add(path.relative_to(PACKAGE).parts[0])
    return known


def merged(
    old: Catalog, found: dict[Key, Message], everywhere: dict[Key, dict[Translation, set[str]]]
) -> Catalog:
    """What the sources say now with the translations there are; the unused are dropped."""
    catalog = Catalog(locale="ru")
    for (context, singular), message in found.items():
        before = old.get(singular, context)
        string = before.string if before is not None and filled(before) else None
        if string is None and (other := everywhere.get((context, singular))):
            plural = isinstance(message.id, tuple)
            string = next((s for s in other if isinstance(s, tuple) == plural), None)
        kept = (
            string
            if string is not None and isinstance(string, tuple) == isinstance(message.id, tuple)
            else None
        )
        comments = before.user_comments if before is not None else ()
        catalog.add(message.id, kept or "", context=context, flags=[*message.flags], user_comments=comments)
    return catalog


def filled(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    return bool(strings) and all(strings) and not message.fuzzy


def wrong(domain: str, catalog: Catalog, stored: Catalog) -> Iterator[str]:
    for message in catalog:
        if not message.id:
            continue
        shown = message.id[0] if isinstance(message.id, tuple) else message.id
        if not filled(message):
            why = "not in the .po file" if stored.get(shown, message.context) is None else "not translated"
            yield f"{domain}: {why}: {shown!r}"
        elif differing := placeholders_differ(message):
            yield f"{domain}: placeholders differ ({differing}): {shown!r}"


def placeholders_differ(message: Message) -> str:
    allowed = [sorted(PLACEHOLDER.findall(text)) for text in texts(message.id)]
    strings = texts(message.string)
    return "; ".join(text for text in strings if sorted(PLACEHOLDER.findall(text)) not in allowed)


def texts(value: str | Sequence[str | None] | None) -> list[str]:
    """A message's text or its plural forms, as a list."""
    return [value or ""] if isinstance(value, str | None) else [text or "" for text in value]


def conflicts(known: dict[Key, dict[Translation, set[str]]]) -> Iterator[str]:
    """Catalogues are merged into one: the same English may not have two Russian words without a context."""
    for (context, singular), strings in known.items():
        if len(strings) > 1:
            said = "; ".join(f"{s!r} in {', '.join(sorted(d))}" for s, d in strings.items())
            shown = f"{singular!r} ({context})" if context else f"{singular!r}"
            yield f"two translations of {shown}: {said}. Agree, or use pgettext."


def print_missing(domain: str, catalog: Catalog) -> None:
    for message in catalog:
        if message.id and not filled(message):
            if message.context:
                print(f'msgctxt "{message.context}"')
            ids = texts(message.id)
            print(f"# {domain}")
            for name, text in zip(("msgid", "msgid_plural"), ids, strict=False):
                print(f"{name} {quoted(text)}")
            print('msgstr[0] ""\nmsgstr[1] ""\nmsgstr[2] ""\n' if len(ids) > 1 else 'msgstr ""\n')


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def save(domain: str, path: Path, catalog: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    body = io.BytesIO()
    write_po(body, catalog, width=110, no_location=True, omit_header=True)
    path.write_text(
        HEADER.format(domain=domain) + "\n" + body.getvalue().decode().strip() + "\n", encoding="utf-8"
    )
    with path.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, read(path))
    missing = sum(1 for message in catalog if message.id and not filled(message))
    print(f"{domain}: {len(catalog)} messages" + (f", {missing} not translated" if missing else ""))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
