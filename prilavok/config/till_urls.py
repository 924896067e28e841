"""The addresses of the till process: those operations of the public API that a till or a site waits for."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from prilavok.config import api
from prilavok.kernel.idempotency import problem_answer
from prilavok.kernel.web import alive

FOR_TILLS = (
    "customers",
    "customers/identify",
    "customers/link",
    "gift-cards/balance",
    "gift-cards/sales",
    "gift-cards/top-ups",
    "identifier-kinds",
    "receipts",
    "receipts/",
    "till/",
)
_patterns, _app, _namespace = api.urls


def _is_for_tills(route: str) -> bool:
    return any(route == known or (known.endswith("/") and route.startswith(known)) for known in FOR_TILLS)


urlpatterns = [
    path(
        "api/v1/",
        ([one for one in _patterns if _is_for_tills(str(one.pattern))], _app, _namespace),
    ),
    path("alive/", alive),
]
handler404 = "prilavok.config.till_urls.missing"
handler500 = "prilavok.config.till_urls.failed"


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_answer(
        404, "not_found", _("Here are the operations for tills only; everything else is at the main address.")
    )


def failed(request: HttpRequest) -> HttpResponse:
    return problem_answer(500, "failure", _("Something broke on our side. Try again with the same key."))
