"""The catcher's pages: the list of letters, one letter in a frame that may do nothing, where a letter's button leads,
and JSON for tests."""

import json
import re
from email.message import EmailMessage
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from django.template.loader import render_to_string
from django.utils import translation

from prilavok.messaging.catcher.store import Store

_PAGE = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'"
_LETTER = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src * data:; "
    "style-src 'unsafe-inline'; frame-ancestors 'self'"
)
_HEADERS = ("From", "To", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "DKIM-Signature")


class Pages(BaseHTTPRequestHandler):
    """Answers the catcher's few addresses."""

    path_to_store: ClassVar[Path]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        store = Store(self.path_to_store)
        letter = re.fullmatch(r"/mail/(\d+)(/html|/raw)?", url.path)
        language = "en" if self.headers.get("Accept-Language", "ru").lower().startswith("en") else "ru"
        with translation.override(language):
            if letter:
                self._letter(store, int(letter.group(1)), letter.group(2) or "")
            elif url.path == "/":
                self._list(store, query)
            elif url.path == "/shop/":
                self._html("messaging/catcher/shop.html", {})
            elif url.path.startswith("/api/"):
                self._api(store, url.path, query)
            else:
                self._send(HTTPStatus.NOT_FOUND, b"Not found", "text/plain")

    def do_POST(self) -> None:
        if self.path == "/api/clear":
            Store(self.path_to_store).clear()
            self._json({"cleared": True})
        else:
            self._send(HTTPStatus.NOT_FOUND, b"Not found", "text/plain")

    def log_message(self, format: str, *args: object) -> None:
        """Addresses stay out of the logs."""

    def _list(self, store: Store, query: dict[str, str]) -> None:
        search = query.get("q", "")
        before = query.get("before", "")
        letters = store.page(search=search, before=int(before) if before.isdecimal() else None)
        self._html(
            "messaging/catcher/list.html",
            {
                "letters": letters,
                "search": search,
                "counts": store.counts(),
                "next": letters[-1].id if len(letters) == 50 else None,
            },
        )

    def _letter(self, store: Store, number: int, part: str) -> None:
        found = store.one(number)
        if found is None:
            self._send(HTTPStatus.NOT_FOUND, b"Not found", "text/plain")
            return
        caught, letter = found
        if part == "/raw":
            self._send(HTTPStatus.OK, store.raw(number) or b"", "text/plain; charset=utf-8")
        elif part == "/html":
            page = _with_base(_part(letter, "html") or "<pre>" + _part(letter, "plain") + "</pre>")
            self._send(HTTPStatus.OK, page.encode(), "text/html; charset=utf-8", policy=_LETTER)
        else:
            headers = [(name, letter[name]) for name in _HEADERS if letter[name]]
            text = _part(letter, "plain")
            self._html("messaging/catcher/letter.html", {"caught": caught, "headers": headers, "text": text})

    def _api(self, store: Store, path: str, query: dict[str, str]) -> None:
        if path == "/api/counts":
            self._json(store.counts())
        elif path == "/api/mails":
            letters = store.page(search=query.get("q", ""), size=int(query.get("limit", "50")))
            self._json({"items": [vars(one) for one in letters]})
        elif path == "/api/envelopes":
            self._json({"items": list(store.envelopes())})
        else:
            self._send(HTTPStatus.NOT_FOUND, b"Not found", "text/plain")

    def _html(self, template: str, context: dict[str, Any]) -> None:
        self._send(
            HTTPStatus.OK,
            render_to_string(template, context).encode(),
            "text/html; charset=utf-8",
            policy=_PAGE,
        )

    def _json(self, body: Any) -> None:
        self._send(HTTPStatus.OK, json.dumps(body, ensure_ascii=False).encode(), "application/json")

    def _send(
        self, status: HTTPStatus, body: bytes, kind: str, *, policy: str = "default-src 'none'"
    ) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", policy),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _part(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body(preferencelist=(kind,))
    return str(body.get_content()) if body is not None else ""


def _with_base(page: str) -> str:
    """Links of a letter open in a page of their own, as in a mail program."""
    base = '<base target="_blank">'
    return page.replace("<head>", f"<head>{base}", 1) if "<head>" in page else base + page


def server(store: Path, *, host: str, port: int) -> ThreadingHTTPServer:
    """The page's server, not yet serving."""
    handler = type("BoundPages", (Pages,), {"path_to_store": store})
    return ThreadingHTTPServer((host, port), handler)
