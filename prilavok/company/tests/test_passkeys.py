"""Passkeys are added, renamed, taken away, and open the second door; what they don't prove opens nothing."""

import json
from typing import Any

from django.test import Client, override_settings

from prilavok.company import queries
from prilavok.company.models import Employee, Passkey
from prilavok.company.tests.authenticator import Authenticator
from tests.cast import PASSWORD, login


def add(client: Client, device: Authenticator, name: str = "Ноутбук") -> str:
    asked = client.post("/settings/security/passkeys/options/", {"password": PASSWORD}).json()
    answer = json.dumps(device.make(asked))
    return client.post(
        "/settings/security/passkeys/", {"name": name, "answer": answer}, follow=True
    ).content.decode()


def at_the_door(device: Authenticator, **changed: Any) -> Client:
    client = Client()
    client.post("/login/", {"username": "olga@prilavok.test", "password": PASSWORD})
    asked = client.post("/login/second/passkey/options/").json()
    answer = device.prove(asked) | changed
    client.post("/login/second/passkey/", {"answer": json.dumps(answer)})
    return client


def is_in(client: Client) -> bool:
    return client.get("/settings/me/").status_code == 200


def test_a_key_is_added_with_recovery_codes_and_opens_the_second_door(olga: Employee, client: Client) -> None:
    device = Authenticator()
    page = add(login(client, olga), device)
    assert page.count("<code>") == 10
    assert "Ноутбук" in client.get("/settings/security/").content.decode()

    assert is_in(at_the_door(device))
    assert is_in(at_the_door(device))
    assert not is_in(at_the_door(Authenticator(id=device.id)))
    assert Passkey.objects.get().used_at


def test_a_false_page_and_a_copied_key_open_nothing(olga: Employee, client: Client) -> None:
    device = Authenticator()
    add(login(client, olga), device)
    device.origin = "https://evil.test"
    assert not is_in(at_the_door(device))
    device.origin = "http://127.0.0.1:8000"
    copy = Authenticator(id=device.id, key=device.key, used=device.used)
    assert is_in(at_the_door(device))
    assert not is_in(at_the_door(copy))


def test_an_answer_opens_once_and_nonsense_never(olga: Employee, client: Client) -> None:
    device = Authenticator()
    add(login(client, olga), device)
    thief = Client()
    thief.post("/login/", {"username": olga.email, "password": PASSWORD})
    asked = thief.post("/login/second/passkey/options/").json()
    answer = json.dumps(device.prove(asked))
    for nonsense in ("", "{}", "[]", '{"id": 7, "rawId": null}', '{"rawId": "AA", "response": {}}'):
        thief.post("/login/second/passkey/", {"answer": nonsense})
        assert not is_in(thief)
    thief.post("/login/second/passkey/", {"answer": answer})  # what was asked is spent
    assert not is_in(thief)
    assert Client().post("/login/second/passkey/options/").status_code == 403


def test_keys_are_renamed_and_taken_away_by_their_owner_who_knows_the_password(
    olga: Employee, marina: Employee, client: Client
) -> None:
    add(login(client, olga), Authenticator())
    key = Passkey.objects.get()
    address = f"/settings/security/passkeys/{key.public_id}"
    stranger = login(Client(), marina)
    assert stranger.post(f"{address}/name/", {"name": "моё"}).status_code == 404
    assert stranger.post(f"{address}/removal/", {"password": PASSWORD}).status_code == 404
    client.post(f"{address}/name/", {"name": "Телефон"})
    client.post(f"{address}/removal/", {"password": "guess"})
    assert Passkey.objects.get().name == "Телефон"
    client.post(f"{address}/removal/", {"password": PASSWORD})
    assert not queries.has_second_factor(olga.pk) and not queries.codes_left(olga.pk)


def test_one_key_is_one_employee_s(olga: Employee, marina: Employee, client: Client) -> None:
    device = Authenticator()
    add(login(client, olga), device)
    assert "proves nothing" in add(login(Client(), marina), device)
    assert not queries.has_second_factor(marina.pk)


def test_whoever_sits_down_at_an_open_page_adds_no_key(olga: Employee, client: Client) -> None:
    login(client, olga)
    options = "/settings/security/passkeys/options/"
    with override_settings(PUBLIC_URL="http://localhost:8000"):
        assert 'name="password"' in client.get("/settings/security/").content.decode()
    asked = client.post(options, {"password": PASSWORD}).json()
    client.post(
        "/settings/security/passkeys/", {"name": "a", "answer": json.dumps(Authenticator().make(asked))}
    )
    assert Passkey.objects.count() == 1

    assert [client.post(options, {"password": "guess"}).status_code for _try in range(9)] == [403] * 9
    late = client.post(options, {"password": PASSWORD})
    stale = {"name": "b", "answer": json.dumps(Authenticator().make(asked))}
    client.post("/settings/security/passkeys/", stale)

    assert (late.status_code, Passkey.objects.count()) == (403, 1)
    assert "too often" in client.get("/settings/security/").content.decode()
    changed = {"old": PASSWORD, "new": "another-long-password-2", "again": "another-long-password-2"}
    assert client.post("/settings/me/password/", changed).status_code == 422
