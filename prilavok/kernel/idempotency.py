"""Every write of the API names a key; the same key with the same request gets the stored answer again."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from prilavok.kernel import clock, prepared, retention
from prilavok.kernel.models import StoredAnswer

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
# Answers about the moment, not about what was asked: a token that is missing, too many requests.
PASSING = {401, 429}
PREFIX = "/api/v1/"

_questions: set[str] = set()


def question(path: str) -> None:
    """This address takes a POST only because what it asks is long or personal: it changes nothing, needs no key."""
    _questions.add(path)


class IdempotencyMiddleware:
    """Runs each API write and the keeping of its answer in one transaction.

    Answers of 5xx and of PASSING are not kept: the caller may try again with the same key.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: list[object],
        kwargs: dict[str, object],
    ) -> HttpResponse | None:
        if request.method not in WRITES or not request.path.startswith(PREFIX) or request.path in _questions:
            return None
        key = request.headers.get("Idempotency-Key", "")
        if not 0 < len(key) <= 200:
            return problem_answer(
                400, "idempotency_key", _("Send the header Idempotency-Key: a text of 1 to 200 characters.")
            )
        return _once(request, key, lambda: view(request, *args, **kwargs))


_WAIT = "SELECT pg_advisory_xact_lock(hashtextextended(%s::text, 0))"
_STORED = """
    SELECT fingerprint, status, content_type, body FROM kernel_storedanswer WHERE actor = %s::text AND key = %s::text"""
_STORE = """
    INSERT INTO kernel_storedanswer (actor, key, fingerprint, status, content_type, body)
    VALUES (%s, %s, %s, %s, %s, %s)"""


def _once(request: HttpRequest, key: str, answer: Callable[[], HttpResponse]) -> HttpResponse:
    kept = Kept.of(request.headers.get("Authorization", ""), request.user.pk, key)
    kept.fingerprint = _fingerprint(request)
    with transaction.atomic():
        kept.look()
        if stored := kept.stored():
            return stored
        savepoint = transaction.savepoint()
        response = answer()
        if response.status_code >= 400:
            transaction.savepoint_rollback(savepoint)
        if response.status_code < 500 and response.status_code not in PASSING:
            kept.keep(response)
        return response


@dataclass(slots=True)
class Kept:
    """The place of one request's answer. `look` and `keep` belong into the transaction that does what is asked."""

    actor: str
    key: str
    fingerprint: str = ""
    _found: prepared.Asked | None = None

    @classmethod
    def of(cls, authorization: str, employee: int | None, key: str) -> Self:
        """Whose key it is. A token is known only inside the view: its header stands for it, hashed."""
        if authorization:
            return cls("token:" + hashlib.sha256(authorization.encode()).hexdigest()[:32], key)
        return cls(f"employee:{employee}", key)

    def look(self) -> None:
        """Ask for the answer; of two requests with one key, side by side, the second one waits."""
        prepared.write(_WAIT, [f"{self.actor}\n{self.key}"])
        self._found = prepared.ask(_STORED, [self.actor, self.key])

    def stored(self) -> HttpResponse | None:
        """The answer that was given before, to this request or to another with the same key."""
        assert self._found is not None
        for stored in self._found.rows():
            return _again(self.fingerprint, *stored)
        return None

    def keep(self, response: HttpResponse) -> None:
        told = [response.status_code, response.get("Content-Type", ""), response.content]
        prepared.write(_STORE, [self.actor, self.key, self.fingerprint, *told])


def _again(asked: str, fingerprint: str, status: int, content_type: str, body: bytes) -> HttpResponse:
    if asked != fingerprint:
        return problem_answer(
            422,
            "idempotency_key_reused",
            _("This Idempotency-Key was used for another request. Take a new one."),
        )
    response = HttpResponse(bytes(body), status=status, content_type=content_type or None)
    response["Idempotency-Replayed"] = "true"
    return response


def _fingerprint(request: HttpRequest) -> str:
    content = _uploaded(request) if request.content_type == "multipart/form-data" else request.body
    return fingerprint(request.method or "", request.get_full_path(), content)


def _uploaded(request: HttpRequest) -> bytes:
    """Fields and files of an upload, without the boundary between them: every client draws it anew."""
    digest = hashlib.sha256(repr(sorted(request.POST.lists())).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest.update(repr((name, file.name, file.size)).encode())
            for piece in file.chunks():
                digest.update(piece)
            file.seek(0)
    return digest.digest()


def fingerprint(method: str, path: str, content: bytes) -> str:
    """By which the same request is known again."""
    return hashlib.sha256(f"{method} {path}\n".encode() + content).hexdigest()


def problem_answer(status: int, code: str, title: str) -> HttpResponse:
    """What is wrong with a request that reaches no view, as RFC 9457."""
    body = {"type": f"urn:prilavok:problem:{code}", "title": title, "status": status, "code": code}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def count_older(age: timedelta) -> int:
    """How many stored answers are older."""
    return _older(age).count()


def forget_older(age: timedelta) -> int:
    """Drop one piece of the answers that are older: a caller who waits so long has given up."""
    piece = _older(age).values("pk")[: retention.PIECE]
    return StoredAnswer.objects.filter(pk__in=piece).delete()[0]


def _older(age: timedelta) -> QuerySet[StoredAnswer]:
    return StoredAnswer.objects.filter(made_at__lt=clock.real() - age)
