"""Text that PostgreSQL can't keep: the character NUL and halves of surrogate pairs. Whoever sends it is told so at the
door, instead of failing wherever it would first be looked for or written.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from prilavok.kernel.errors import Problem
from prilavok.kernel.idempotency import PREFIX, problem_answer


class Unwritable(Problem):
    """A text of the request holds what no database keeps."""

    code = "unwritable"
    status = 400
    message = gettext_lazy(
        "The request holds a character that is none: NUL or half of a surrogate pair. Take it out and send it again."
    )


class UnwritableMiddleware:
    """Looks through the address, the form and the JSON of every request that reaches a view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        if all(map(_is_writable, _texts(request))):
            return None
        problem = Unwritable()
        if request.path.startswith(PREFIX):
            return problem_answer(problem.status, problem.code, str(problem))
        return render(request, "problem.html", {"problem": problem}, status=problem.status)


def _texts(request: HttpRequest) -> Iterable[str]:
    yield request.path
    if "%" in request.META.get("QUERY_STRING", ""):
        yield from _all_texts(dict(request.GET.lists()))
    if request.content_type == "multipart/form-data" or not request.path.startswith(PREFIX):
        yield from _all_texts(dict(request.POST.lists()))
    elif b"\\u" in request.body or b"\0" in request.body:  # the API reads JSON, whatever it is called
        yield from _all_texts(_read(request.body))


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:  # the view says what is wrong with it
        return None


def _all_texts(value: Any) -> Iterable[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one


def _is_writable(text: str) -> bool:
    """
    >>> _is_writable("Анна"), _is_writable("А\\0"), _is_writable("\\ud83d"), _is_writable("😀")
    (True, False, False, True)
    """
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
