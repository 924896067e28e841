"""Employees come by a provider of OpenID Connect; what it does not prove opens nothing."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from prilavok.company import actions
from prilavok.company.actions.problems import AnybodyComes
from prilavok.company.models import Employee, OutsideLogin, Provider
from prilavok.company.tests.provider import FakeProvider, running
from prilavok.company.vendors import oidc
from prilavok.kernel.actors import SYSTEM, Refused
from tests.cast import NOON, actor, login

ELSEWHERE = httpx.Client()  # the browser's tab at the provider
OTHER_KEY = rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def standing() -> Iterator[FakeProvider]:
    with running(FakeProvider()) as provider:
        yield provider


@pytest.fixture
def corp(standing: FakeProvider, the_company: None) -> FakeProvider:
    standing.person, standing.bent, standing.published, standing.padding, standing.asked = {}, {}, None, 0, []
    oidc.forget()
    open_door(standing)
    return standing


def open_door(fake: FakeProvider, **more: Any) -> Provider:
    told: dict[str, Any] = {
        "code": "corp",
        "name": "Corp",
        "issuer": fake.issuer,
        "client_id": fake.client_id,
    }
    return actions.save_provider(
        **told, client_secret=fake.client_secret, domains=["prilavok.test"], by=SYSTEM, at=NOON, **more
    )


def come(client: Client, **person: Any) -> None:
    there = client.get("/login/with/corp/?next=/settings/me/")["Location"]
    back = urlsplit(ELSEWHERE.get(there).headers["Location"])
    assert client.get(f"{back.path}?{back.query}").status_code == 302


def is_in(client: Client) -> bool:
    return client.get("/settings/me/").status_code == 200


def test_a_known_employee_comes_by_a_verified_address_and_ever_after_by_the_provider_s_key(
    olga: Employee, corp: FakeProvider, client: Client
) -> None:
    assert "Corp" in client.get("/login/").content.decode()
    corp.person = {"sub": "42", "email": "Olga@Prilavok.test"}
    come(client)
    assert is_in(client)

    Employee.objects.filter(pk=olga.pk).update(email="renamed@prilavok.test")
    again = Client()
    come(again)
    assert is_in(again) and OutsideLogin.objects.get().employee == olga
    assert corp.client_secret not in Provider.objects.get().client_secret


@pytest.mark.parametrize(
    "person",
    [
        {"email": "olga@prilavok.test", "email_verified": False},
        {"email": "olga@evil.test"},
        {"email": "stranger@prilavok.test"},
        {},
    ],
)
def test_who_is_not_proved_or_not_known_stays_outside(
    olga: Employee, corp: FakeProvider, client: Client, person: dict[str, Any]
) -> None:
    corp.person = person
    come(client)
    assert not is_in(client) and not OutsideLogin.objects.exists()


@pytest.mark.parametrize(
    "bent",
    [
        {"iss": "https://evil.test"},
        {"aud": "another"},
        {"exp": int(time.time()) - 3600},
        {"nonce": "another"},
    ],
)
def test_a_bent_token_opens_nothing(
    olga: Employee, corp: FakeProvider, client: Client, bent: dict[str, Any]
) -> None:
    corp.person, corp.bent = {"email": olga.email}, bent
    come(client)
    assert not is_in(client)


def test_a_foreign_signature_a_spent_code_and_a_foreign_state_open_nothing(
    olga: Employee, corp: FakeProvider, client: Client
) -> None:
    corp.person, corp.published = {"email": olga.email}, OTHER_KEY
    come(client)
    assert not is_in(client)
    corp.published = None
    oidc.forget()
    back = urlsplit(ELSEWHERE.get(client.get("/login/with/corp/")["Location"]).headers["Location"])
    thief = Client()
    thief.get(f"{back.path}?{back.query}")
    assert not is_in(thief)
    client.get(f"{back.path}?{back.query}&state=x")
    client.get(f"{back.path}?{back.query}")
    assert not is_in(client)


def test_newcomers_get_the_role_that_was_chosen_and_owners_never_come_so(
    olga: Employee, ada: Employee, corp: FakeProvider, client: Client
) -> None:
    with pytest.raises(actions.UnknownRole):
        open_door(corp, newcomers="owner")
    open_door(corp, newcomers="cashier")
    corp.person = {"sub": "8", "email": "new@prilavok.test", "name": "Нина"}
    come(client)
    new = Employee.objects.get(email="new@prilavok.test")
    assert is_in(client) and [grant.role.code for grant in new.grants.all()] == ["cashier"]
    actions.set_active(employee_id=new.pk, active=False, by=SYSTEM, at=NOON)
    again = Client()
    come(again)
    assert not is_in(again)
    with pytest.raises(Refused):
        actions.remove_provider(code="corp", by=actor(ada), at=NOON)


def test_the_provider_s_second_factor_is_its_own_matter(
    marina: Employee, corp: FakeProvider, client: Client
) -> None:
    actions.demand_factor(role="marketer", on=True, by=SYSTEM, at=NOON)
    corp.person = {"email": marina.email}
    come(client)
    assert is_in(client)
    assert login(Client(), marina).get("/settings/me/").status_code == 302


def test_a_silent_provider_is_told_of_and_passwords_still_open(olga: Employee, client: Client) -> None:
    told: dict[str, Any] = {"name": "Gone", "issuer": "http://127.0.0.1:9", "client_id": "x"}
    actions.save_provider(code="gone", **told, by=SYSTEM, at=NOON)
    english = {"Accept-Language": "en"}
    assert client.get("/login/with/gone/", headers=english)["Location"] == "/login/"
    assert "no valid proof" in client.get("/login/", headers=english).content.decode()


def test_the_owner_sets_it_up_on_its_page(olga: Employee, ada: Employee, client: Client) -> None:
    form = {"code": "corp", "name": "Corp", "issuer": "http://evil.test", "client_id": "x", "active": "on"}
    login(client, olga)
    assert client.post("/settings/log-ins/new/", form).status_code == 422
    form |= {"issuer": "https://login.example.org", "client_secret": "s3cret", "domains": "a.org, @b.org"}
    client.post("/settings/log-ins/new/", form)
    page = client.get("/settings/log-ins/corp/").content.decode()
    assert "/login/with/corp/back/" in page and "s3cret" not in page and "a.org b.org" in page
    kept = Provider.objects.get().client_secret
    client.post("/settings/log-ins/corp/", form | {"client_secret": "", "name": "Our log-in"})
    assert Provider.objects.get().client_secret == kept
    assert "Our log-in" in client.get("/settings/log-ins/").content.decode()
    assert login(Client(), ada).get("/settings/log-ins/").status_code == 403
    client.post("/settings/log-ins/corp/removal/")
    assert not Provider.objects.exists()


def test_newcomers_need_a_domain_and_another_issuer_forgets_its_people(
    olga: Employee, corp: FakeProvider, client: Client
) -> None:
    told: dict[str, Any] = {
        "code": "corp",
        "name": "Corp",
        "client_id": corp.client_id,
        "by": SYSTEM,
        "at": NOON,
    }
    with pytest.raises(AnybodyComes):
        actions.save_provider(**told, issuer=corp.issuer, newcomers="operator")
    OutsideLogin.objects.create(provider=Provider.objects.get(), subject="1", employee=olga, at=NOON)

    actions.save_provider(**told, issuer="https://another.example.org", domains=["prilavok.test"])

    assert not OutsideLogin.objects.exists()


def test_a_provider_is_asked_once_for_its_doors_and_keys_and_its_answers_have_an_end(
    olga: Employee, corp: FakeProvider, client: Client
) -> None:
    corp.person = {"email": olga.email}
    for _visit in range(3):
        come(client)
        client.post("/logout/")
    assert corp.asked == ["/.well-known/openid-configuration", "/jwks"]

    oidc.forget()
    corp.padding = oidc.LARGEST
    assert client.get("/login/with/corp/")["Location"] == "/login/"


def test_who_has_just_come_by_a_provider_needs_no_password_for_a_key(
    olga: Employee, corp: FakeProvider, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    corp.person = {"email": olga.email}
    come(client)
    options = "/settings/security/passkeys/options/"
    assert client.post(options).status_code == 200

    monkeypatch.setattr("prilavok.company.web.security.LATELY", timedelta(0))

    assert client.post(options).status_code == 403
