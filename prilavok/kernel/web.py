"""Rights at the door of every page, and the pages that say no."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from prilavok.kernel.actors import Actor, Refused
from prilavok.kernel.errors import Problem

P = ParamSpec("P")


class Request(HttpRequest):
    """A request as pages see it: who asks is always known."""

    actor: Actor


View = Callable[Concatenate[Request, P], HttpResponse]


def own_address(request: HttpRequest, target: str | None, otherwise: str = "/") -> str:
    """Where a form asks to go afterwards, if that lies on this site; nobody is led away by a link to us."""
    secure = request.is_secure()
    safe = target and url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=secure)
    return target if target and safe else otherwise


def needs(*permissions: str) -> Callable[[View[P]], View[P]]:
    """Let only holders of the right (of all, if several) in; a stranger is sent to log in, others get the 403 page.

    The action or query behind the view asks again: this is the door, not the lock.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: Request, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_login(request)
            for permission in permissions:
                request.actor.must(permission)
            return view(request, *args, **kwargs)

        guarded.permissions = permissions  # type: ignore[attr-defined]
        return cast(View[P], guarded)

    return decorate


def for_employees(view: View[P]) -> View[P]:
    """Let every employee in: for what needs no right, such as one's own settings."""

    @wraps(view)
    def guarded(request: Request, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return view(request, *args, **kwargs) if request.user.is_authenticated else _to_login(request)

    guarded.permissions = ()  # type: ignore[attr-defined]
    return cast(View[P], guarded)


def public(*, reason: str) -> Callable[[Any], Any]:
    """Mark a view as open to strangers, and say why; the test that walks every URL asks for it."""

    def decorate(view: Any) -> Any:
        view.public_reason = reason
        return view

    return decorate


@public(reason="supervisors and load balancers ask whether the process answers")
def alive(request: HttpRequest) -> HttpResponse:
    """Says that the process answers; looks at nothing else."""
    return HttpResponse("alive", content_type="text/plain")


def _to_login(request: HttpRequest) -> HttpResponse:
    query = urlencode({"next": request.get_full_path()})
    target = f"{resolve_url(settings.LOGIN_URL)}?{query}"
    if request.headers.get("HX-Request"):  # a fragment must not be filled with the log-in page
        return HttpResponse(status=401, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


class FailuresMiddleware:
    """Gives words to failures that no page caught: 403 says whose right it is, 404 that nothing is there (or not
    for this reader), a domain's Problem what has happened and what to do.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return page_403(request, exception) if request.user.is_authenticated else _to_login(request)
        if isinstance(exception, ObjectDoesNotExist):
            return page_404(request, exception)
        if isinstance(exception, Problem):
            return render(request, "problem.html", {"problem": exception}, status=exception.status)
        return None


def page_403(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    permission = getattr(exception, "permission", "")
    return render(request, "403.html", {"permission": permission}, status=403)


def page_404(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


def page_500(request: HttpRequest) -> HttpResponse:
    return render(request, "500.html", status=500)
