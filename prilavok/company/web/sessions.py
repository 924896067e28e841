"""Log-ins of employees: the session and whoever holds it come by one statement, which every request begins with."""

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore as Stored
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from prilavok.company import queries
from prilavok.company.models import Employee
from prilavok.company.queries import Standing
from prilavok.kernel import clock


class SessionStore(Stored):
    """Django's own, that also remembers as whose it was read."""

    standing: Standing | None = None

    def load(self) -> dict[str, object]:
        found = queries.log_in(self.session_key or "", at=clock.real())
        if found is None:
            self._session_key = None
            return {}
        self.standing = found.standing
        return dict(self.decode(found.data))


def standing_of(request: HttpRequest) -> Standing | None:
    """Whoever is logged in, as they stand now; None for a stranger."""
    session = request.session
    user_id, held = session.get(SESSION_KEY), getattr(session, "standing", None)
    if user_id is None:
        return None
    if held is None or str(held.employee.pk) != user_id or not _proved(request, held.employee):
        user = get_user(request)  # not known to be whose yet, or a password that was changed meanwhile
        return None if isinstance(user, AnonymousUser) else queries.standing(user.pk)
    return held if held.employee.is_active else None


def _proved(request: HttpRequest, employee: Employee) -> bool:
    """Whether the log-in is of this employee's present password."""
    proof = request.session.get(HASH_SESSION_KEY) or ""
    known = request.session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
    return known and constant_time_compare(proof, employee.get_session_auth_hash())
