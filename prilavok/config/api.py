"""The public API: every domain's router, one door, one shape of error (RFC 9457)."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer, SessionAuth

from prilavok import __version__
from prilavok.administration.api import router as administration
from prilavok.campaigns.api import router as campaigns
from prilavok.catalog.api import router as catalog
from prilavok.company import queries as company_queries
from prilavok.company.api import router as company
from prilavok.config.described import DescribedAPI
from prilavok.customers.api import router as customers
from prilavok.exchange.api import router as exchange
from prilavok.experiments.api import router as experiments
from prilavok.facts.api import router as facts
from prilavok.kernel import clock, permissions, refusals
from prilavok.kernel.actors import Refused
from prilavok.kernel.errors import Problem
from prilavok.ledger.api import router as ledger
from prilavok.loyalty.api import router as loyalty
from prilavok.messaging.api import router as messaging
from prilavok.orders.api import router as orders
from prilavok.relations.api import router as relations
from prilavok.reports.api import router as reports
from prilavok.segments.api import router as segments
from prilavok.tasks.api import router as tasks


class Bearer(HttpBearer):
    """A scoped token, made in Settings → Access tokens; its rights are the actor's rights."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        actor = company_queries.actor_of_token(token, at=clock.now())
        if actor is not None:
            request.actor = actor  # type: ignore[attr-defined]
        return actor


class Session(SessionAuth):
    """The pages' own session, with CSRF, so that the browser may call the API too."""

    def _get_key(self, request: HttpRequest) -> str | None:
        """Whoever isn't logged in is a stranger, and is told so; only a session could be abused by another site."""
        return super()._get_key(request) if request.user.is_authenticated else None

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        return request.actor if request.user.is_authenticated else None  # type: ignore[attr-defined]


api = DescribedAPI(
    title="Prilavok",
    version=__version__,
    urls_namespace="api",
    docs_url="/docs",
    auth=[Bearer(), Session()],
    description=(
        "Everything that the pages can do. Every write needs the header `Idempotency-Key` (any unique text up to "
        "200 characters): the same key with the same request answers again what it answered first. "
        "Money is a decimal string, time is ISO 8601 with an offset, lists are paged by `after`. "
        "Errors are RFC 9457 problems."
    ),
)
for domain_router in (
    administration,
    campaigns,
    catalog,
    company,
    customers,
    exchange,
    experiments,
    facts,
    ledger,
    loyalty,
    messaging,
    orders,
    reports,
    tasks,
    relations,
    segments,
):
    api.add_router("", domain_router)


def _problem(request: HttpRequest, status: int, code: str, title: str, **more: Any) -> HttpResponse:
    body = {"type": f"urn:prilavok:problem:{code}", "title": title, "status": status, "code": code} | more
    response = api.create_response(request, body, status=status)
    response["Content-Type"] = "application/problem+json"
    return response


@api.exception_handler(Refused)
def refused(request: HttpRequest, exc: Refused) -> HttpResponse:
    known = {one.key: one.label for one in permissions.declared()}
    right = known.get(exc.permission, exc.permission)
    title = _("This needs the right “%(right)s”. Ask your administrator.") % {"right": right}
    return _problem(request, 403, "refused", title, permission=exc.permission)


@api.exception_handler(PermissionDenied)
def denied(request: HttpRequest, exc: PermissionDenied) -> HttpResponse:
    return _problem(request, 403, "refused", _("You may not do this."))


@api.exception_handler(AuthenticationError)
def stranger(request: HttpRequest, exc: AuthenticationError) -> HttpResponse:
    return _problem(request, 401, "unknown", _("Send a valid token: Authorization: Bearer …"))


@api.exception_handler(Problem)
def domain_problem(request: HttpRequest, exc: Problem) -> HttpResponse:
    more = {name: exc.params.get(name) for name in exc.more} | ({"field": exc.field} if exc.field else {})
    return _problem(request, exc.status, exc.code, str(exc), **more)


@api.exception_handler(ObjectDoesNotExist)
def missing(request: HttpRequest, exc: ObjectDoesNotExist) -> HttpResponse:
    return _problem(request, 404, "not_found", _("There is nothing here, or you may not see it."))


@api.exception_handler(Http404)
def missing_page(request: HttpRequest, exc: Http404) -> HttpResponse:
    return _problem(request, 404, "not_found", _("There is nothing here, or you may not see it."))


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, exc: ValidationError) -> HttpResponse:
    errors = [
        {"field": ".".join(str(part) for part in error.get("loc", ())[1:]), "message": refusals.words(error)}
        for error in exc.errors
    ]
    return _problem(request, 422, "invalid", _("Some fields are wrong."), errors=errors)


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, exc: HttpError) -> HttpResponse:
    """What Ninja refuses before a schema is asked."""
    said = {
        400: _("The request’s body cannot be read: send JSON."),
        403: _("The page has stood open for too long: load it anew."),
    }
    return _problem(request, exc.status_code, "error", said.get(exc.status_code) or str(exc))


urls = api.urls  # may be asked for once

if settings.DEBUG:  # the traceback page of Django is more useful to a developer
    api._exception_handlers.pop(Exception, None)
