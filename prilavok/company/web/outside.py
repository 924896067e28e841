"""Log-ins of outside: their settings, the way to a provider and back."""

from typing import Any

from django import forms as django_forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from prilavok.company import actions, queries
from prilavok.company.models import Provider
from prilavok.company.vendors.oidc import Sent
from prilavok.company.web import door, forms
from prilavok.company.web.middleware import BY_PROVIDER
from prilavok.company.web.security import PROVED_AT
from prilavok.kernel import clock, limits
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs, own_address, public
from prilavok.ui.toasts import toast

SENT = "sent_to_provider"  # in the session of a stranger


class ProviderForm(django_forms.Form):
    code = django_forms.SlugField(
        label=gettext_lazy("Code"),
        max_length=40,
        help_text=gettext_lazy("Stands in the address of the way back."),
    )
    name = django_forms.CharField(
        label=gettext_lazy("Name"), max_length=100, help_text=gettext_lazy("Seen on the page of the log-in.")
    )
    issuer = django_forms.URLField(
        label=gettext_lazy("Issuer"), max_length=300, assume_scheme="https",
        help_text=gettext_lazy("As the provider writes it: https://login.example.org"),
    )  # fmt: skip
    client_id = django_forms.CharField(label=gettext_lazy("Client ID"), max_length=200)
    client_secret = django_forms.CharField(
        label=gettext_lazy("Client secret"), required=False, max_length=500,
        widget=django_forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Kept sealed and never shown again. Empty: as it was."),
    )  # fmt: skip
    domains = django_forms.CharField(
        label=gettext_lazy("Domains of e-mails"), required=False, max_length=1000,
        help_text=gettext_lazy("Separated by spaces, for example: example.org. Empty: any."),
    )  # fmt: skip
    newcomers = django_forms.ChoiceField(
        label=gettext_lazy("Whoever is not known yet"),
        required=False,
        choices=lambda: [
            ("", _("must be added first")),
            *((one.code, one.label) for one in queries.roles() if one.code != "owner"),
        ],
    )
    active = django_forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)


@require_GET
@needs("company.outside_logins")
def providers(request: Request) -> HttpResponse:
    return render(request, "company/providers.html", {"rows": queries.providers()})


@sensitive_post_parameters()
@needs("company.outside_logins")
def provider(request: Request, code: str = "") -> HttpResponse:
    """One to change, or a new one."""
    found = get_object_or_404(Provider, code=code) if code else None
    form = ProviderForm(request.POST or None, initial=_told(found))
    if found:
        del form.fields["code"]
    if request.method == "POST" and form.is_valid():
        typed: dict[str, Any] = {"code": code} | form.cleaned_data
        typed["domains"] = typed["domains"].replace(",", " ").split()
        try:
            actions.save_provider(**typed, by=request.actor, at=clock.now())
        except Problem as problem:
            forms.blame(form, problem)
        else:
            toast(request, _("Saved"))
            return HttpResponseRedirect(reverse("company:providers"))
    context = {"form": form, "provider": found, "back": _back(found.code) if found else ""}
    return render(request, "company/provider.html", context, status=422 if form.errors else 200)


def _told(found: Provider | None) -> dict[str, Any]:
    if found is None:
        return {"active": True}
    plain = {name: getattr(found, name) for name in ("name", "issuer", "client_id", "active")}
    newcomers = found.newcomers.code if found.newcomers else ""
    return plain | {"domains": " ".join(found.domains), "newcomers": newcomers}


@require_POST
@needs("company.outside_logins")
def provider_removal(request: Request, code: str) -> HttpResponse:
    actions.remove_provider(code=code, by=request.actor, at=clock.now())
    toast(request, _("Nobody comes by it any more"))
    return HttpResponseRedirect(reverse("company:providers"))


# ── The way there and back ───────────────────────────────────────────────────────────────────────────────


def _back(code: str) -> str:
    return settings.PUBLIC_URL + reverse("company:come_by", args=[code])


def _active(code: str) -> Provider:
    found = next((one for one in queries.providers() if one.code == code and one.active), None)
    if found is None:
        raise Http404
    return found


@public(reason="the door: whoever comes by an outside log-in is sent there")
@never_cache
@require_GET
def go(request: HttpRequest, code: str) -> HttpResponse:
    chosen = _active(code)
    try:
        limits.take(f"outside {request.META.get('REMOTE_ADDR')}", times=300, seconds=300)
        address, sent = actions.send_to_provider(chosen, back=_back(code))
    except Problem as problem:
        return _refused(request, problem)
    target = own_address(request, request.GET.get("next"))
    request.session[SENT] = sent.plain() | {"code": code, "next": target}
    return HttpResponseRedirect(address)


@public(reason="the door: who comes back from an outside log-in with its proof")
@never_cache
@require_GET
def come(request: HttpRequest, code: str) -> HttpResponse:
    chosen, held = _active(code), request.session.pop(SENT, None)
    if not held or held.pop("code") != code or request.GET.get("state") != held["state"]:
        return _refused(request, actions.ProviderFails())
    target = held.pop("next")
    try:
        employee = actions.come_by_provider(
            chosen, sent=Sent(**held), code=request.GET.get("code", ""), back=_back(code), at=clock.now()
        )
    except Problem as problem:
        return _refused(request, problem)
    answer = door.let_in(request, employee, target, way="provider")
    request.session[BY_PROVIDER] = chosen.code
    request.session[PROVED_AT] = clock.real().isoformat()
    return answer


def _refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("company:login"))
