"""Short words after something was done, with a way back where there is one.

>>> toast(request, _("Segment archived"), undo=reverse("segments:restore", args=[...]))   # doctest: +SKIP
"""

import json
from collections.abc import Callable

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise

UNDO = "undo "


def toast(request: HttpRequest, text: str | Promise, *, undo: str = "", bad: bool = False) -> None:
    """Say what has been done; `undo` is an address that a POST to takes it back."""
    messages.add_message(
        request,
        messages.ERROR if bad else messages.SUCCESS,
        str(text),
        extra_tags=UNDO + undo if undo else "",
    )


class ToastsMiddleware:
    """Answers to htmx carry their toasts in a header, so that any fragment may say what it did."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.headers.get("HX-Request") and not _goes_elsewhere(response):
            said = [as_data(m) for m in messages.get_messages(request)]
            if said:
                told = json.loads(response.headers.get("HX-Trigger", "{}") or "{}")
                response["HX-Trigger"] = json.dumps({**told, "toasts": said})
        return response


def as_data(message: Message) -> dict[str, object]:
    extra = message.extra_tags or ""
    return {
        "text": str(message.message),
        "undo": extra.removeprefix(UNDO) if extra.startswith(UNDO) else "",
        "bad": message.level >= messages.ERROR,
    }


def _goes_elsewhere(response: HttpResponse) -> bool:
    return 300 <= response.status_code < 400 or "HX-Redirect" in response.headers
