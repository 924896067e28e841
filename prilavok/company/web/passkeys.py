"""Passkeys: added, renamed and taken away on the page of security; asked for at the door."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prilavok.company import actions, queries
from prilavok.company.models import Passkey
from prilavok.company.web import door
from prilavok.company.web.security import knows_password
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, for_employees, page_404, public
from prilavok.ui.toasts import toast

ASKED = "passkey_asked"  # in the session: what the browser was asked at the door
OFFERED = "passkey_offered"  # and what it was asked to make, once the password was right


@require_POST
@for_employees
def offer(request: Request) -> HttpResponse:
    """What the browser is asked to make a key, for whoever knows the password."""
    if not knows_password(request):
        return JsonResponse({}, status=403)
    asked, request.session[OFFERED] = actions.offer_passkey(employee_id=request.actor.id or 0)
    return JsonResponse(asked)


@require_POST
@for_employees
def add(request: Request) -> HttpResponse:
    """The browser's answer; with the first factor recovery codes are shown, this once."""
    state, answer = request.session.pop(OFFERED, {}), _answer(request)
    try:
        codes = actions.add_passkey(
            state=state,
            answer=answer,
            name=request.POST.get("name", ""),
            by=request.actor,
            at=clock.real(),
        )
    except Problem as problem:
        toast(request, str(problem), bad=True)
        return _back()
    toast(request, _("The passkey is added"))
    return render(request, "company/recovery_codes.html", {"codes": codes}) if codes else _back()


def _answer(request: HttpRequest) -> dict[str, Any]:
    try:
        told = json.loads(request.POST.get("answer", ""))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


@require_POST
@for_employees
def rename(request: Request, public_id: UUID) -> HttpResponse:
    try:
        actions.rename_passkey(public_id=public_id, name=request.POST.get("name", ""), by=request.actor)
    except Passkey.DoesNotExist:
        return page_404(request)
    toast(request, _("Saved"))
    return _back()


@require_POST
@for_employees
def removal(request: Request, public_id: UUID) -> HttpResponse:
    if not knows_password(request):
        return _back()
    try:
        actions.take_passkey(public_id=public_id, by=request.actor, at=clock.real())
    except Passkey.DoesNotExist:
        return page_404(request)
    toast(request, _("The passkey is taken away"))
    return _back()


@require_POST
@public(reason="the second half of the door: what the browser is asked")
def ask(request: HttpRequest) -> HttpResponse:
    employee, _target = door.waiting(request)
    if employee is None or not queries.passkeys(employee.pk):
        return JsonResponse({}, status=403)
    asked, request.session[ASKED] = actions.ask_passkey(employee_id=employee.pk)
    return JsonResponse(asked)


@require_POST
@public(reason="the second half of the door: the browser's answer")
def prove(request: HttpRequest) -> HttpResponse:
    employee, target = door.waiting(request)
    if employee is None:
        return HttpResponseRedirect(reverse("company:login"))
    state = request.session.pop(ASKED, {})
    try:
        actions.check_passkey(employee_id=employee.pk, state=state, answer=_answer(request), at=clock.real())
    except Problem as problem:
        toast(request, str(problem), bad=True)
        return HttpResponseRedirect(reverse("company:second"))
    return door.let_in(request, employee, target, way="passkey")


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("company:security"))
