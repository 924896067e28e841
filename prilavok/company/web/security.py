"""One's own security: one-time codes, recovery codes, where one is logged in."""

from datetime import timedelta
from urllib.parse import quote, urlsplit

import segno
from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from prilavok.company import actions, queries
from prilavok.company.models import SignIn
from prilavok.company.web import forms
from prilavok.company.web.middleware import BY_PROVIDER
from prilavok.kernel import clock, vault
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, for_employees, page_404
from prilavok.ui.toasts import toast

PROVED_AT = "proved_by_provider_at"  # in the session
LATELY = timedelta(minutes=10)
OFFERED = "totp_offered"  # in the session: the secret that the QR code shows, sealed


@never_cache
@for_employees
def security(request: Request) -> HttpResponse:
    me = request.actor.id or 0
    context = {
        "totp": queries.second_factor(me),
        "passkeys": queries.passkeys(me),
        "may_passkey": _has_a_name(),
        "codes_left": queries.codes_left(me),
        "has_factor": queries.has_second_factor(me),
        "needs_password": not came_lately(request),
        "by_provider": BY_PROVIDER in request.session,
        "owes": queries.standing(me).owes,
        "sign_ins": [
            (one, queries.device_name(one.device), one.session == request.session.session_key)
            for one in queries.sign_ins(request.actor, at=clock.real())
        ],
    }
    return render(request, "company/security.html", context)


def _has_a_name() -> bool:
    """Browsers make passkeys for names over https only, and for localhost."""
    place = urlsplit(settings.PUBLIC_URL)
    host = place.hostname or ""
    return host == "localhost" or (place.scheme == "https" and not host.replace(".", "").isdigit())


@never_cache
@sensitive_post_parameters()
@for_employees
def totp(request: Request) -> HttpResponse:
    """The QR code and the secret as text; a code from the program proves that it was read. Another phone takes the
    place of a factor that stands by the password only.
    """
    stands = queries.has_second_factor(request.actor.id or 0)
    if OFFERED not in request.session:
        request.session[OFFERED] = vault.seal(actions.new_secret())
    secret, form = vault.unseal(request.session[OFFERED]), _code_form(request, stands)
    if request.method == "POST" and form.is_valid() and (not stands or knows_password(request)):
        me, code = request.actor.id or 0, form.cleaned_data["code"]
        try:
            codes = actions.set_totp(
                employee_id=me, secret=secret, code=code, at=clock.real(), by=request.actor
            )
        except Problem as problem:
            form.add_error("code", str(problem))
        else:
            del request.session[OFFERED]
            return render(request, "company/recovery_codes.html", {"codes": codes})
    context = {"form": form, "secret": secret, "picture": _picture(request, secret)}
    return render(request, "company/totp.html", context, status=422 if form.errors else 200)


def _code_form(request: Request, stands: bool) -> forms.Code:
    return (forms.CodeOfAnotherPhone if stands else forms.Code)(request.POST or None)


def _picture(request: Request, secret: str) -> SafeString:
    """The QR code that programs of one-time codes read."""
    issuer = f"Prilavok {queries.company().name}"
    label = quote(f"{issuer}:{request.user.get_username()}")
    address = f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer})}"
    drawn = segno.make(address, error="m").svg_inline(scale=4, border=3, dark="#000", light="#fff")
    return mark_safe(drawn)


@require_POST
@sensitive_post_parameters()
@for_employees
def totp_removal(request: Request) -> HttpResponse:
    if knows_password(request):
        actions.take_totp(employee_id=request.actor.id or 0, by=request.actor, at=clock.real())
        toast(request, _("One-time codes are switched off"))
    return _back()


@require_POST
@sensitive_post_parameters()
@never_cache
@for_employees
def codes(request: Request) -> HttpResponse:
    """New recovery codes, shown this once."""
    if not knows_password(request):
        return _back()
    return render(
        request,
        "company/recovery_codes.html",
        {"codes": actions.new_codes(employee_id=request.actor.id or 0)},
    )


def knows_password(request: Request) -> bool:
    """Whoever sits down at an open page does not know it. Who has just come by an outside log-in needs none."""
    me, password = request.actor.id or 0, request.POST.get("password", "")
    why = _("That is not your password: nothing was changed")
    try:
        if came_lately(request) or actions.check_own_password(employee_id=me, password=password):
            return True
    except Problem as problem:
        why = str(problem)
    toast(request, why, bad=True)
    return False


def came_lately(request: Request) -> bool:
    """Whether an outside log-in has proved a moment ago who sits there."""
    at = parse_datetime(request.session.get(PROVED_AT, ""))
    return at is not None and clock.real() - at < LATELY


@require_POST
@for_employees
def sign_in_end(request: Request, number: int) -> HttpResponse:
    try:
        actions.end_sign_in(sign_in_id=number, by=request.actor, at=clock.real())
    except SignIn.DoesNotExist:
        return page_404(request)
    toast(request, _("This log-in has ended"))
    return _back()


@require_POST
@for_employees
def sign_in_ends(request: Request) -> HttpResponse:
    """End all but this one."""
    keep = request.session.session_key or ""
    ended = actions.end_other_sign_ins(keep=keep, by=request.actor, at=clock.real())
    toast(request, _("Log-ins ended: %(count)s") % {"count": ended})
    return _back()


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("company:security"))
