"""Who asks: `request.actor` on every request, with their language and time zone; where they are logged in."""

import time
import zoneinfo
from collections import OrderedDict
from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation

from prilavok.company import queries
from prilavok.company.models import Employee
from prilavok.company.web import sessions
from prilavok.company.web.door import note_presence
from prilavok.kernel.actors import STRANGER, Actor

BY_PROVIDER = "by_provider"  # in the session: an outside log-in, whose second factor is its own matter
OPEN_WITHOUT_FACTOR = (
    "/settings/security/",
    "/logout/",
    "/ui/",
    "/api/",
)  # the API asks for rights by itself
SEEN_EVERY = 300.0  # seconds between two notes that a log-in is in use
SESSIONS_REMEMBERED = 10_000
_seen: OrderedDict[str, float] = OrderedDict()


class ActorMiddleware:
    """Sets `request.user` and `request.actor`; pages speak the employee's language and show the company's time.

    Whoever owes a second factor has no rights yet and is led to the page where it is set up.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = sessions.standing_of(request)
        if found is None:
            request.user, request.actor = AnonymousUser(), STRANGER  # type: ignore[attr-defined]
            with translation.override(language(request)):
                return self.get_response(request)
        employee, owes = found.employee, found.owes and BY_PROVIDER not in request.session
        request.user = employee
        request.actor = Actor("employee", employee.pk) if owes else found.actor  # type: ignore[attr-defined]
        _note(request, employee)
        if owes and not request.path.startswith(OPEN_WITHOUT_FACTOR):
            return HttpResponseRedirect(reverse("company:security"))
        zone = employee.timezone or queries.company().timezone
        with translation.override(employee.language), timezone.override(zoneinfo.ZoneInfo(zone)):
            return self.get_response(request)


class TillMiddleware:
    """The till process knows no sessions: everybody is a stranger until the token is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.user, request.actor = AnonymousUser(), STRANGER  # type: ignore[attr-defined]
        with translation.override(language(request)):
            response = self.get_response(request)
        response.headers.setdefault("Content-Length", str(len(response.content)))
        return response


def _note(request: HttpRequest, employee: Employee) -> None:
    """Write down that the log-in is in use, now and then."""
    key, now = request.session.session_key or "", time.monotonic()
    if now - _seen.get(key, -SEEN_EVERY) < SEEN_EVERY:
        return
    _seen[key] = now
    _seen.move_to_end(key)
    if len(_seen) > SESSIONS_REMEMBERED:
        _seen.popitem(last=False)
    note_presence(request, employee)


def language(request: HttpRequest) -> str:
    """A stranger's language: the cookie's, else the browser's, else Russian."""
    return translation.get_language_from_request(request) or "ru"
