"""Log-ins of outside: providers of OpenID Connect, and who comes by them."""

import secrets
from collections.abc import Collection
from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction

from prilavok.company import queries
from prilavok.company.actions.people import add_employee
from prilavok.company.actions.problems import (
    AnybodyComes,
    BadIssuer,
    NobodyKnown,
    OutsideScope,
    ProviderFails,
    UnknownRole,
)
from prilavok.company.events import ProviderChanged
from prilavok.company.models import Employee, OutsideLogin, Provider, Role
from prilavok.company.vendors import oidc
from prilavok.company.vendors.oidc import Claims, Sent
from prilavok.kernel import journal, vault
from prilavok.kernel.actors import SYSTEM, Actor

LOCAL = ("localhost", "127.0.0.1")


@transaction.atomic
def save_provider(
    *,
    code: str,
    name: str,
    issuer: str,
    client_id: str,
    client_secret: str = "",
    domains: Collection[str] = (),
    newcomers: str = "",
    active: bool = True,
    by: Actor,
    at: datetime,
) -> Provider:
    """Add an outside log-in or change it; an empty secret leaves the one that is kept.

    `newcomers`: the role of those who are not known yet; none: they must be added first. Nobody hands on a right
    that they lack; whoever sets up a log-in can come in as anybody, so that at first only owners may. Another issuer
    forgets who came by the one before. Raises BadIssuer, UnknownRole, OutsideScope, AnybodyComes.
    """
    by.must("company.outside_logins")
    if not by.is_everywhere:
        raise OutsideScope
    place = urlsplit(issuer)
    if place.scheme != "https" and place.hostname not in LOCAL:
        raise BadIssuer(field="issuer")
    found = Provider.objects.select_for_update().filter(code=code).first() or Provider(code=code)
    if found.pk and found.issuer != issuer:  # numbers of another issuer are other people
        OutsideLogin.objects.filter(provider=found).delete()
    found.name, found.issuer, found.client_id, found.active = name, issuer, client_id, active
    found.domains = sorted({one.strip().lower().removeprefix("@") for one in domains if one.strip()})
    found.newcomers = _role(newcomers, by) if newcomers else None
    if found.newcomers and not found.domains:
        raise AnybodyComes(field="domains")
    if client_secret:
        found.client_secret = vault.seal(client_secret)
    found.save()
    journal.record(ProviderChanged(provider_id=found.pk), by=by, at=at)
    return found


def _role(code: str, by: Actor) -> Role:
    role = Role.objects.filter(code=code).exclude(code="owner").first()
    if role is None:
        raise UnknownRole(field="newcomers")
    for right in role.permissions:
        by.must(right)
    return role


@transaction.atomic
def remove_provider(*, code: str, by: Actor, at: datetime) -> None:
    """Nobody comes by it any more. Raises Provider.DoesNotExist."""
    by.must("company.outside_logins")
    if not by.is_everywhere:
        raise OutsideScope
    found = Provider.objects.get(code=code)
    journal.record(ProviderChanged(provider_id=found.pk), by=by, at=at)
    found.delete()


def send_to_provider(provider: Provider, *, back: str) -> tuple[str, Sent]:
    """The address to send somebody to, and what to remember of it. Raises ProviderFails."""
    try:
        return oidc.send(_client(provider, back))
    except oidc.NotProved as error:
        raise ProviderFails from error


def come_by_provider(provider: Provider, *, sent: Sent, code: str, back: str, at: datetime) -> Employee:
    """Who came back with this code. Raises ProviderFails, NobodyKnown."""
    try:
        told = oidc.claims(_client(provider, back), sent, code)
    except oidc.NotProved as error:
        raise ProviderFails from error
    with transaction.atomic():
        return _known(provider, told, at)


def _client(provider: Provider, back: str) -> oidc.Client:
    secret = vault.unseal(provider.client_secret) if provider.client_secret else ""
    return oidc.Client(provider.issuer, provider.client_id, secret, back)


def _known(provider: Provider, told: Claims, at: datetime) -> Employee:
    """By the provider's own key; the first time by an e-mail that the provider has verified, of an allowed domain."""
    link = (
        OutsideLogin.objects.select_related("employee")
        .filter(provider=provider, subject=told.subject)
        .first()
    )
    if link is None:
        employee = _first_time(provider, told, at)
        OutsideLogin.objects.create(employee=employee, provider=provider, subject=told.subject, at=at)
    else:
        employee = link.employee
    if not employee.is_active:
        raise NobodyKnown
    return employee


def _first_time(provider: Provider, told: Claims, at: datetime) -> Employee:
    domain = told.email.rpartition("@")[2].lower()
    if not told.email or not told.email_verified or (provider.domains and domain not in provider.domains):
        raise NobodyKnown
    found = Employee.objects.filter(email__iexact=told.email).first()
    if found is not None:
        return found
    if provider.newcomers is None:
        raise NobodyKnown
    return add_employee(
        email=told.email,
        name=told.name or told.email,
        password=secrets.token_urlsafe(32),
        roles=[provider.newcomers.code],
        language=queries.company().language,
        by=SYSTEM,
        at=at,
    )
