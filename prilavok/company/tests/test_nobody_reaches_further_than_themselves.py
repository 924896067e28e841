"""Rights and scope are handed on, never widened."""

from datetime import timedelta

import pytest
from django.test import Client

from prilavok.company import actions, queries
from prilavok.company.actions import NewShop
from prilavok.company.models import ApiToken, Employee, Shop
from prilavok.kernel.actors import SYSTEM, Refused
from tests.cast import NOON, PASSWORD, actor, hire, login


@pytest.fixture
def shop_on_arbat(shop_on_lenina: Shop) -> Shop:
    rows = [NewShop(code="arbat", name="На Арбате", brand_code="lavka2")]
    return actions.add_shops(rows, by=SYSTEM, at=NOON)["arbat"]


@pytest.fixture
def ada_of_lenina(ada: Employee, shop_on_lenina: Shop) -> Employee:
    """An administrator of one shop."""
    give(ada, "administrator", shops=[shop_on_lenina.pk])
    return ada


def give(employee: Employee, role: str, **where: list[int]) -> None:
    actions.give_role(employee_id=employee.pk, role=role, by=SYSTEM, at=NOON, **where)


def test_a_brand_opens_its_shops_and_no_others(
    marina: Employee, shop_on_lenina: Shop, shop_on_arbat: Shop
) -> None:
    give(marina, "marketer", brands=[shop_on_arbat.brand_id])
    assert list(queries.shops(actor(marina))) == [shop_on_arbat]
    assert not actor(marina).sees_shop(shop_on_lenina.pk)


def test_a_brand_here_and_a_shop_there_do_not_open_everything(
    marina: Employee, shop_on_lenina: Shop, shop_on_arbat: Shop
) -> None:
    third = actions.add_shops([NewShop(code="third", name="Третий")], by=SYSTEM, at=NOON)["third"]
    give(marina, "marketer", brands=[shop_on_arbat.brand_id])
    give(marina, "operator", shops=[shop_on_lenina.pk])
    assert set(queries.shops(actor(marina))) == {shop_on_lenina, shop_on_arbat}
    assert not actor(marina).sees_shop(third.pk)


def test_an_administrator_of_a_shop_gives_roles_in_that_shop_only(
    ada_of_lenina: Employee, shop_on_lenina: Shop, shop_on_arbat: Shop, max_stranger: Employee
) -> None:
    by, max_id = actor(ada_of_lenina), max_stranger.pk
    for wider in ({}, {"shops": [shop_on_arbat.pk]}, {"brands": [shop_on_lenina.brand_id]}):
        with pytest.raises(actions.OutsideScope):
            actions.give_role(employee_id=max_id, role="cashier", by=by, at=NOON, **wider)
    actions.give_role(employee_id=max_id, role="cashier", by=by, at=NOON, shops=[shop_on_lenina.pk])
    assert actor(max_stranger).shops == frozenset({shop_on_lenina.pk})


def test_an_administrator_of_a_shop_decides_about_nobody_elsewhere(
    ada_of_lenina: Employee, marina: Employee, max_stranger: Employee
) -> None:
    by = actor(ada_of_lenina)
    with pytest.raises(actions.OutsideScope):
        actions.take_role(employee_id=marina.pk, role="marketer", by=by, at=NOON)
    with pytest.raises(actions.OutsideScope):
        actions.set_active(employee_id=marina.pk, active=False, by=by, at=NOON)
    with pytest.raises(actions.OutsideScope):
        actions.give_password_link(employee_id=marina.pk, by=by, at=NOON)
    with pytest.raises(actions.OutsideScope):
        actions.set_rights(role="cashier", permissions_wanted=[], by=by, at=NOON)
    actions.set_active(employee_id=max_stranger.pk, active=False, by=by, at=NOON)


def test_only_owners_decide_about_owners(ada: Employee, olga: Employee) -> None:
    hire("Boris", "owner")
    for refused in (
        lambda: actions.set_active(employee_id=olga.pk, active=False, by=actor(ada), at=NOON),
        lambda: actions.give_password_link(employee_id=olga.pk, by=actor(ada), at=NOON),
        lambda: actions.take_role(employee_id=olga.pk, role="owner", by=actor(ada), at=NOON),
    ):
        with pytest.raises(Refused):
            refused()


def test_a_new_employee_begins_in_the_chosen_shops(
    ada: Employee, shop_on_lenina: Shop, client: Client
) -> None:
    form = {
        "name": "Vera",
        "email": "vera@prilavok.test",
        "password": PASSWORD,
        "language": "en",
        "roles": ["cashier"],
        "shops": [shop_on_lenina.pk],
    }
    login(client, ada).post("/settings/employees/new/", form)
    assert actor(Employee.objects.get(name="Vera")).shops == frozenset({shop_on_lenina.pk})


def test_a_role_is_given_in_a_brand_on_the_page(
    ada: Employee, marina: Employee, shop_on_arbat: Shop, client: Client
) -> None:
    address = f"/settings/employees/{marina.public_id}/"
    form = {"role": "marketer", "brands": [shop_on_arbat.brand_id]}
    page = login(client, ada).post(f"{address}roles/", form, follow=True).content.decode()
    assert shop_on_arbat.brand.name in page
    assert actor(marina).brands == frozenset({shop_on_arbat.brand_id})


def test_a_wrong_role_is_said_beside_the_form(ada: Employee, marina: Employee, client: Client) -> None:
    answer = login(client, ada).post(f"/settings/employees/{marina.public_id}/roles/", {"role": "king"})
    assert answer.status_code == 422
    assert "king" in answer.content.decode()


# ── Tokens ───────────────────────────────────────────────────────────────────────────────────────────────


def test_an_integrator_makes_the_key_that_a_shops_integration_needs(the_company: None) -> None:
    integrator = hire("Ivan", "integrator")
    rights = ["orders.record", "orders.see", "loyalty.see", "loyalty.redeem", "customers.see", "catalog.edit"]
    assert actions.make_token(name="1C", permissions_wanted=rights, by=actor(integrator), at=NOON)


def test_a_token_is_made_on_the_page_for_some_shops_until_a_day(
    olga: Employee, shop_on_lenina: Shop, client: Client
) -> None:
    form = {"name": "Till", "rights": ["company.see"], "shops": [shop_on_lenina.pk], "last_day": "2099-12-31"}
    page = login(client, olga).post("/settings/tokens/new/", form).content.decode()
    made = ApiToken.objects.get()
    assert made.prefix in page
    assert list(made.shops.all()) == [shop_on_lenina]
    assert made.expires_at is not None and made.expires_at.isoformat() == "2099-12-31T21:00:00+00:00"
    assert shop_on_lenina.name in client.get("/settings/tokens/").content.decode()


def test_a_day_gone_by_is_refused_beside_its_field(olga: Employee, client: Client) -> None:
    form = {"name": "Till", "rights": ["company.see"], "last_day": "2020-01-01"}
    answer = login(client, olga).post("/settings/tokens/new/", form)
    assert answer.status_code == 422
    assert "must lie ahead" in answer.content.decode()


def test_a_token_reaches_no_further_than_whoever_made_it(shop_on_lenina: Shop, shop_on_arbat: Shop) -> None:
    integrator = hire("Ivan", "integrator")
    give(integrator, "integrator", shops=[shop_on_lenina.pk])
    by = actor(integrator)
    for wider in ([], [shop_on_arbat.pk]):
        with pytest.raises(actions.OutsideScope):
            actions.make_token(name="1C", permissions_wanted=["company.see"], shops=wider, by=by, at=NOON)


def test_a_token_made_by_a_token_ends_no_later_than_it(olga: Employee) -> None:
    end = NOON + timedelta(days=1)
    parent = actions.make_token(
        name="Parent", permissions_wanted=["company.manage_tokens"], by=actor(olga), at=NOON, expires_at=end
    )
    by = queries.actor_of_token(parent, at=NOON)
    assert by is not None
    child = actions.make_token(name="Child", permissions_wanted=["company.manage_tokens"], by=by, at=NOON)
    assert queries.actor_of_token(child, at=end) is None


def test_a_right_that_nobody_declared_is_refused(olga: Employee) -> None:
    with pytest.raises(actions.UnknownRight):
        actions.make_token(name="1C", permissions_wanted=["all.of.it"], by=actor(olga), at=NOON)
