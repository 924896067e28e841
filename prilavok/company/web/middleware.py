"""Who asks: `request.actor` on every request, with their language and time zone."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from prilavok.company import queries
from prilavok.kernel.actors import STRANGER


class ActorMiddleware:
    """Sets `request.actor`; pages speak the employee's language and show the company's time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            request.actor = STRANGER  # type: ignore[attr-defined]
            with translation.override(_language(request)):
                return self.get_response(request)
        employee = request.user
        request.actor = queries.actor_of(employee)  # type: ignore[attr-defined]
        zone = employee.timezone or queries.company().timezone
        with translation.override(employee.language), timezone.override(zoneinfo.ZoneInfo(zone)):
            return self.get_response(request)


def _language(request: HttpRequest) -> str:
    """A stranger's language: the cookie's, else the browser's, else Russian."""
    return translation.get_language_from_request(request) or "ru"
