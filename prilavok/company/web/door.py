"""The door: the password, the second factor behind it, the way out."""

from datetime import timedelta
from typing import Any

from django.contrib.auth import login
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from prilavok.company import actions, queries
from prilavok.company.models import Employee
from prilavok.company.web import forms
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import own_address, public
from prilavok.ui.toasts import toast

BACKEND = "django.contrib.auth.backends.ModelBackend"
WAITING = "second_factor"  # in the session of a stranger who has shown the password
WAITS = timedelta(minutes=10)


class _Door(LoginView):
    template_name = "company/login.html"
    authentication_form = forms.LogIn
    redirect_authenticated_user = True

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        active = [one for one in queries.providers() if one.active]
        return super().get_context_data(**more) | {"providers": active}

    def form_valid(self, form: Any) -> HttpResponse:
        employee: Employee = form.get_user()
        if not queries.has_second_factor(employee.pk):
            return let_in(self.request, employee, self.get_success_url(), way="password")
        self.request.session[WAITING] = {
            "employee": employee.pk,
            "next": self.get_success_url(),
            "at": clock.real().isoformat(),
        }
        return HttpResponseRedirect(reverse("company:second"))


class _WayOut(LogoutView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.session.session_key:
            actions.note_leaving(session=request.session.session_key, at=clock.real())
        return super().post(request, *args, **kwargs)


log_in = public(reason="the door itself")(_Door.as_view())
log_out = public(reason="leaving needs no right")(_WayOut.as_view())


@public(reason="the second half of the door, for whoever has shown the password")
@never_cache
@sensitive_post_parameters()
def second(request: HttpRequest) -> HttpResponse:
    employee, target = waiting(request)
    if employee is None:
        return HttpResponseRedirect(reverse("company:login"))
    form = forms.Code(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            way = actions.check_code(employee_id=employee.pk, code=form.cleaned_data["code"], at=clock.real())
        except Problem as problem:
            form.add_error("code", str(problem))
        else:
            return let_in(request, employee, target, way=way)
    context = {"form": form, "has_codes": queries.second_factor(employee.pk) is not None}
    context["has_passkeys"] = bool(queries.passkeys(employee.pk))
    return render(request, "company/second.html", context, status=422 if form.errors else 200)


def waiting(request: HttpRequest) -> tuple[Employee | None, str]:
    """Who has shown the password in this session and not yet the second factor, and where they want to go."""
    held = request.session.get(WAITING) or {}
    at = parse_datetime(held.get("at", ""))
    if at is None or clock.real() - at > WAITS:
        return None, "/"
    return queries.employee_for_login(held["employee"]), held["next"]


def note_presence(request: HttpRequest, employee: Employee) -> None:
    """Write down that this log-in is in use, or has begun."""
    actions.note_presence(
        employee_id=employee.pk,
        session=request.session.session_key or "",
        device=request.headers.get("User-Agent", ""),
        ip=request.META.get("REMOTE_ADDR") or None,
        at=clock.real(),
    )


def let_in(request: HttpRequest, employee: Employee, target: str, *, way: str) -> HttpResponse:
    """Open the session: a new one, so that nobody who knew the stranger's cookie comes in too."""
    request.session.pop(WAITING, None)
    login(request, employee, backend=BACKEND)
    note_presence(request, employee)
    if way == "recovery":
        left = queries.codes_left(employee.pk)
        toast(request, _("You came in by a recovery code; %(left)s of them are left") % {"left": left})
    return HttpResponseRedirect(own_address(request, target))
