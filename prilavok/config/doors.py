"""The short way to the doors that must be quick, in front of Django; WSGI, for the till process.

It does what every request of the long way gets as well: the token is looked up anew, each write stands in one
transaction with its kept answer, the same request is answered again by it. It accepts only what is plainly in order.
Everything else, and whatever raises an error on the way, is undone and goes the long way from the start: there it is
found again and told in full.
"""

import logging
from collections.abc import Iterable
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.utils import translation

from prilavok.company import queries as company
from prilavok.company.web.middleware import language
from prilavok.kernel import clock, limits, prepared
from prilavok.kernel.actors import Actor
from prilavok.kernel.idempotency import Kept, fingerprint
from prilavok.kernel.lean import Asking, Door, door

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication

Environ = dict[str, Any]

logger = logging.getLogger(__name__)
LONGEST = 1_000_000  # bytes of a body
BEARER = "Bearer "


class _LongWay(Exception):
    """It is not plainly in order."""


def quick_doors(otherwise: "WSGIApplication") -> "WSGIApplication":
    """The application with the short way in front of it."""

    def application(environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        found = door(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] == "POST" else None
        response = _short(found, environ) if found else None
        if response is None:
            return otherwise(environ, start_response)
        headers = [*response.items(), ("Content-Length", str(len(response.content))), *_security_headers()]
        start_response(f"{response.status_code} {response.reason_phrase}", headers)
        return [response.content]

    return application


def _short(found: Door, environ: Environ) -> HttpResponse | None:
    """The answer, if it is plainly in order; the long way finds the request as it came."""
    body = b""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if not 0 < length <= LONGEST or environ.get("QUERY_STRING"):
            return None
        body = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = BytesIO(body)
        spoken = _language(environ.get("HTTP_ACCEPT_LANGUAGE", ""), environ.get("HTTP_COOKIE", ""))
        with translation.override(spoken), limits.tried_first():
            return (_written if found.writes else _asked)(found, environ, body)
    except Exception as met:  # whatever it was: the long way meets it again, and tells it
        logger.debug("%s goes the long way: %s", environ["PATH_INFO"], type(met).__name__)
        return None


def _asked(found: Door, environ: Environ, body: bytes) -> HttpResponse:
    asked = _read(found, body)
    with prepared.together():
        return found.view(Asking(_actor(found, environ, asked)), asked)


def _written(found: Door, environ: Environ, body: bytes) -> HttpResponse:
    asked = _read(found, body)
    key = environ.get("HTTP_IDEMPOTENCY_KEY", "")
    if not 0 < len(key) <= 200:
        raise _LongWay
    kept = Kept.of(environ.get("HTTP_AUTHORIZATION", ""), None, key)
    kept.fingerprint = fingerprint("POST", environ["PATH_INFO"], body)
    with transaction.atomic(), prepared.together():
        kept.look()
        actor = _actor(found, environ, asked)
        if stored := kept.stored():
            return stored
        response = found.view(Asking(actor), asked)
        kept.keep(response)
        prepared.commit_along()
    return response


def _read(found: Door, body: bytes) -> Any:
    if b"\\u" in body or b"\0" in body:  # a character that no database keeps, perhaps
        raise _LongWay
    return found.schema.__pydantic_validator__.validate_json(body)


_known: dict[str, Actor] = {}  # whose rights shape what is asked ahead; who it is in truth is asked each time
MOST_KNOWN = 1_000


def _actor(found: Door, environ: Environ, asked: Any) -> Actor:
    """Whose token it is, by a question that takes along what the view will ask first."""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    token = authorization[len(BEARER) :]
    if not authorization.startswith(BEARER) or not token or " " in token:
        raise _LongWay
    answer, expected = company.ask_token(token, at=clock.now()), _known.get(token)
    if expected and found.ahead:
        found.ahead(asked, expected)
    actor = company.token_answered(answer)
    if actor is None:
        _known.pop(token, None)
        raise _LongWay
    if actor != expected:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[token] = actor
    return actor


@lru_cache(maxsize=100)
def _language(accepted: str, cookie: str) -> str:
    request = HttpRequest()
    request.META |= {"HTTP_ACCEPT_LANGUAGE": accepted, "HTTP_COOKIE": cookie}
    return language(request)


@lru_cache(maxsize=1)
def _security_headers() -> list[tuple[str, str]]:
    """What Django's middleware says at every answer."""
    middleware = SecurityMiddleware(lambda request: HttpResponse())
    response = middleware.process_response(HttpRequest(), HttpResponse())
    return [(name, value) for name, value in response.items() if name != "Content-Type"]
