"""Log-ins, roles that ask for a second factor and outside log-ins, by the API as by the pages."""

import json
from typing import Any

from django.test import Client

from prilavok.company import actions
from prilavok.company.models import Employee, Provider, Role, SignIn
from prilavok.kernel import vault
from tests.cast import NOON, actor, login

API = "/api/v1"


def send(client: Client, method: str, path: str, body: object = None) -> Any:
    key = f"{method} {path} {body}"
    return client.generic(
        method,
        API + path,
        json.dumps(body) if body else "",
        "application/json",
        headers={"Idempotency-Key": key},
    )


def test_one_ends_ones_own_log_ins_and_nobody_elses(olga: Employee, ada: Employee, client: Client) -> None:
    desk, phone = (
        login(client, olga),
        login(Client(headers={"User-Agent": "Mozilla/5.0 Firefox/130.0"}), olga),
    )
    for one in (desk, phone):
        one.get("/settings/me/")
    strangers = login(Client(), ada)

    seen = desk.get(f"{API}/me/log-ins").json()
    other = next(one["id"] for one in seen if not one["current"])
    assert [one["current"] for one in seen].count(True) == 1 and len(seen) == 2
    assert send(strangers, "DELETE", f"/me/log-ins/{other}").status_code == 404
    assert send(desk, "DELETE", f"/me/log-ins/{other}").status_code == 204
    assert phone.get("/settings/me/").status_code == 302 and desk.get("/settings/me/").status_code == 200

    login(phone, olga).get("/settings/me/")
    assert send(desk, "DELETE", "/me/log-ins").status_code == 204
    assert phone.get("/settings/me/").status_code == 302 and desk.get("/settings/me/").status_code == 200


def test_a_token_is_nobodys_log_in(olga: Employee, client: Client) -> None:
    login(client, olga).get("/settings/me/")
    key = actions.make_token(name="Site", permissions_wanted=["customers.see"], by=actor(olga), at=NOON)
    site = Client(headers={"Authorization": f"Bearer {key}"})

    assert site.get(f"{API}/me/log-ins").json() == []
    assert send(site, "DELETE", f"/me/log-ins/{SignIn.objects.get().pk}").status_code == 404
    assert send(site, "DELETE", "/me/log-ins").status_code == 204
    assert client.get("/settings/me/").status_code == 200


def test_a_role_is_asked_for_a_second_factor(ada: Employee, oleg: Employee, client: Client) -> None:
    login(client, ada)
    assert send(client, "PUT", "/roles/operator/second-factor", {"second_factor": True}).json()[
        "second_factor"
    ]
    assert Role.objects.get(code="operator").second_factor
    told = {one["code"]: one["second_factor"] for one in client.get(f"{API}/roles").json()}
    assert told["operator"] and not told["marketer"]
    assert send(client, "PUT", "/roles/nobody/second-factor", {"second_factor": True}).status_code == 404


def test_outside_log_ins_are_made_changed_and_taken_away(
    olga: Employee, ada: Employee, client: Client
) -> None:
    login(client, olga)
    corp = {
        "name": "Corp",
        "issuer": "https://login.example.org",
        "client_id": "shop",
        "domains": ["example.org"],
    }
    made = send(client, "PUT", "/outside-log-ins/corp", {**corp, "client_secret": "hush"}).json()
    assert made["has_secret"] and "hush" not in str(made) and made["domains"] == ["example.org"]

    assert not send(client, "PUT", "/outside-log-ins/corp", {**corp, "active": False}).json()["active"]
    assert vault.unseal(Provider.objects.get().client_secret) == "hush"  # left out: as it was
    for bad in ({"issuer": "http://login.example.org"}, {"issuer": "https://[x"}, {"newcomers": "owner"}):
        assert send(client, "PUT", "/outside-log-ins/corp", {**corp, **bad}).status_code == 422
    assert send(client, "DELETE", "/outside-log-ins/corp").status_code == 204
    assert client.get(f"{API}/outside-log-ins").json() == []
    assert send(login(Client(), ada), "PUT", "/outside-log-ins/corp", corp).status_code == 403
