"""Every write of the API names a key; the same key with the same request gets the stored answer again."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from prilavok.kernel import clock, prepared, retention
from prilavok.kernel.models import StoredAnswer

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
PREFIX = "/api/v1/"

_questions: set[str] = set()


def question(path: str) -> None:
    """This address takes a POST only because what it asks is long or personal: it changes nothing, needs no key."""
    _questions.add(path)


class IdempotencyMiddleware:
    """Runs each API write and the keeping of its answer in one transaction.

    Answers of 5xx and 401 are not kept: the caller may try again with the same key.
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
    actor, fingerprint = _actor(request), _fingerprint(request)
    with transaction.atomic():
        prepared.rows(
            _WAIT, [f"{actor}\n{key}"]
        )  # two requests with one key, side by side: the second one waits
        for stored in prepared.rows(_STORED, [actor, key]):
            return _again(fingerprint, *stored)
        savepoint = transaction.savepoint()
        response = answer()
        if response.status_code >= 400:
            transaction.savepoint_rollback(savepoint)
        if response.status_code < 500 and response.status_code != 401:
            told = [response.status_code, response.get("Content-Type", ""), response.content]
            prepared.write(_STORE, [actor, key, fingerprint, *told])
        return response


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


def _actor(request: HttpRequest) -> str:
    """Whose key it is. A token is known only inside the view: its header stands for it, hashed."""
    authorization = request.headers.get("Authorization", "")
    if authorization:
        return "token:" + hashlib.sha256(authorization.encode()).hexdigest()[:32]
    return f"employee:{request.user.pk}"


def _fingerprint(request: HttpRequest) -> str:
    content = request.body if request.content_type != "multipart/form-data" else b""
    return hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode() + content).hexdigest()


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
