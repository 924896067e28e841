"""Who may do what here, and the pages on which it is decided."""

import pytest
from django.test import Client

from prilavok.company import actions, queries
from prilavok.company.models import Employee, Shop
from prilavok.kernel.actors import SYSTEM, Refused
from tests.cast import NOON, PASSWORD, actor, hire, login


def test_a_role_gives_its_rights_and_no_others(marina: Employee) -> None:
    assert actor(marina).may("company.see")
    assert not actor(marina).may("company.manage_people")


def test_a_scope_narrows_what_an_employee_sees(marina: Employee, shop_on_lenina: Shop) -> None:
    actions.give_role(employee_id=marina.pk, role="marketer", shops=[shop_on_lenina.pk], by=SYSTEM, at=NOON)
    assert actor(marina).shops == frozenset({shop_on_lenina.pk})
    assert list(queries.shops(actor(marina))) == [shop_on_lenina]


def test_the_widest_of_several_scopes_counts(marina: Employee, shop_on_lenina: Shop) -> None:
    actions.give_role(employee_id=marina.pk, role="marketer", shops=[shop_on_lenina.pk], by=SYSTEM, at=NOON)
    actions.give_role(employee_id=marina.pk, role="operator", by=SYSTEM, at=NOON)
    assert actor(marina).shops is None


def test_somebody_must_own_the_shop(olga: Employee) -> None:
    with pytest.raises(actions.LastOwner):
        actions.take_role(employee_id=olga.pk, role="owner", by=actor(olga), at=NOON)
    with pytest.raises(actions.LastOwner):
        actions.set_active(employee_id=olga.pk, active=False, by=actor(olga), at=NOON)


def test_an_administrator_cannot_make_owners(ada: Employee, max_stranger: Employee) -> None:
    with pytest.raises(Refused):
        actions.give_role(employee_id=max_stranger.pk, role="owner", by=actor(ada), at=NOON)


def test_one_log_in_per_e_mail_whatever_its_case(olga: Employee) -> None:
    with pytest.raises(actions.EmailTaken):
        actions.add_employee(
            email="OLGA@prilavok.test", name="Twin", password=PASSWORD, roles=[], by=actor(olga), at=NOON
        )


def test_a_role_that_people_changed_stays_as_they_left_it(olga: Employee) -> None:
    actions.set_rights(role="cashier", permissions_wanted=["company.see"], by=actor(olga), at=NOON)
    actions.make_roles()
    assert queries.roles().get(code="cashier").permissions == ["company.see"]


def test_a_token_opens_the_api_until_it_is_revoked(olga: Employee, client: Client) -> None:
    text = actions.make_token(name="1C", permissions_wanted=["company.see"], by=actor(olga), at=NOON)
    header = {"Authorization": f"Bearer {text}"}
    assert client.get("/api/v1/shops", headers=header).status_code == 200
    actions.revoke_token(token_id=queries.tokens(actor(olga))[0].pk, by=actor(olga), at=NOON)
    assert client.get("/api/v1/shops", headers=header).status_code == 401


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer of-another-shop"}])
def test_a_program_without_a_token_that_is_known_is_told_so(
    header: dict[str, str], the_company: None
) -> None:
    """As the world comes, without Django's own exception for tests: no session, so nothing that CSRF could protect."""
    strict = Client(enforce_csrf_checks=True)
    key = {"Idempotency-Key": "k"}
    answer = strict.post("/api/v1/till/calculate", {}, "application/json", headers=header | key)
    assert (answer.status_code, answer.json()["code"]) == (401, "unknown")


def test_nobody_gives_a_token_rights_that_they_lack(ada: Employee) -> None:
    integrator = hire("Ivan", "integrator")
    with pytest.raises(Refused):
        actions.make_token(
            name="Mine", permissions_wanted=["company.manage_people"], by=actor(integrator), at=NOON
        )


def test_an_administrator_hires_an_employee_on_the_page(ada: Employee, client: Client) -> None:
    form = {
        "name": "Vera",
        "email": "vera@prilavok.test",
        "password": PASSWORD,
        "language": "en",
        "roles": ["operator"],
    }
    page = login(client, ada).post("/settings/employees/new/", form, follow=True)
    assert "Vera" in page.content.decode()
    assert actor(Employee.objects.get(name="Vera")).may("company.see")


def test_a_weak_password_is_named_beside_its_field(ada: Employee, client: Client) -> None:
    form = {"name": "Vera", "email": "vera@prilavok.test", "password": "123", "language": "en"}
    page = login(client, ada).post("/settings/employees/new/", form)
    assert "at least 10" in page.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "employees/",
        "employees/new/",
        "roles/",
        "roles/cashier/",
        "tokens/",
        "tokens/new/",
        "access-log/",
        "company/",
    ],
)
def test_a_stranger_cannot_open_the_settings(path: str, max_stranger: Employee, client: Client) -> None:
    assert login(client, max_stranger).get(f"/settings/{path}").status_code == 403


@pytest.mark.parametrize(
    "path", ["employees/", "roles/", "tokens/", "access-log/", "shops/", "me/", "company/"]
)
def test_every_settings_page_opens_for_the_owner(path: str, olga: Employee, client: Client) -> None:
    assert login(client, olga).get(f"/settings/{path}").status_code == 200


def test_whoever_is_not_logged_in_is_led_to_the_door(client: Client, the_company: None) -> None:
    answer = client.get("/settings/employees/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=%2Fsettings%2Femployees%2F")


def test_a_write_is_done_once_per_key(olga: Employee, client: Client) -> None:
    login(client, olga)
    body = {"code": "nevsky", "name": "На Невском", "timezone": "Europe/Moscow"}
    first = client.post("/api/v1/shops", body, "application/json", headers={"Idempotency-Key": "k1"})
    again = client.post("/api/v1/shops", body, "application/json", headers={"Idempotency-Key": "k1"})
    other = client.post(
        "/api/v1/shops", body | {"name": "X"}, "application/json", headers={"Idempotency-Key": "k1"}
    )
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.content == first.content
    assert again["Idempotency-Replayed"] == "true"


def test_a_write_without_a_key_is_asked_for_one(olga: Employee, client: Client) -> None:
    answer = login(client, olga).post("/api/v1/shops", {}, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key")


def test_a_wrong_zone_is_named(olga: Employee, client: Client) -> None:
    body = {"code": "moon", "name": "Moon", "timezone": "Moon/Sea"}
    answer = login(client, olga).post(
        "/api/v1/shops", body, "application/json", headers={"Idempotency-Key": "k2"}
    )
    assert (answer.status_code, answer.json()["field"]) == (422, "timezone")
