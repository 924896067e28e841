"""Who asks and what they may is read at every request, by one statement: nothing outlives its end."""

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from prilavok.company import actions
from prilavok.company.models import Brand, Employee, Shop
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, PASSWORD, actor, login

ROLES = "/settings/roles/"


@pytest.fixture
def adas(ada: Employee, client: Client) -> Client:
    """Ada's browser, where she has just been working."""
    login(client, ada)
    assert client.get(ROLES).status_code == 200
    return client


def is_asked_to_log_in(client: Client) -> bool:
    answer = client.get(ROLES)
    return answer.status_code == 302 and answer["Location"].startswith("/login/")


def test_one_statement_answers_who_asks_and_what_they_may(
    adas: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert adas.get("/favicon.ico").status_code == 200


def test_a_right_that_is_taken_opens_nothing_more(adas: Client, ada: Employee, olga: Employee) -> None:
    actions.give_role(employee_id=ada.pk, role="analyst", by=actor(olga), at=NOON)
    actions.take_role(employee_id=ada.pk, role="administrator", by=actor(olga), at=NOON)
    assert adas.get(ROLES).status_code == 403


def test_an_employee_who_is_locked_is_out(adas: Client, ada: Employee, olga: Employee) -> None:
    actions.set_active(employee_id=ada.pk, active=False, by=actor(olga), at=NOON)
    assert is_asked_to_log_in(adas)


def test_a_session_that_ended_is_out(adas: Client) -> None:
    Session.objects.all().delete()
    assert is_asked_to_log_in(adas)


def test_another_password_ends_the_log_ins_by_the_old_one(adas: Client, ada: Employee) -> None:
    ada.set_password(PASSWORD + "2")
    ada.save()
    assert is_asked_to_log_in(adas)
    assert not Session.objects.exists()


def test_whoever_logs_in_next_in_the_same_browser_is_not_the_one_before(
    adas: Client, max_stranger: Employee
) -> None:
    assert login(adas, max_stranger).get(ROLES).status_code == 403
    assert adas.get(ROLES).status_code == 403


def test_a_brand_stands_for_its_shops_of_today(ada: Employee, marina: Employee, shop_on_lenina: Shop) -> None:
    brand = Brand.objects.get()
    actions.give_role(employee_id=marina.pk, role="marketer", brands=[brand.pk], by=SYSTEM, at=NOON)
    assert (actor(marina).brands, actor(marina).shops) == (
        frozenset({brand.pk}),
        frozenset({shop_on_lenina.pk}),
    )
    other = actions.add_shops([actions.NewShop(code="new", name="New")], by=SYSTEM, at=NOON)["new"]
    assert actor(marina).shops == frozenset({shop_on_lenina.pk, other.pk})


def test_the_server_plans_that_statement_once(adas: Client) -> None:
    adas.get(ROLES)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%session_data%'")
        assert cursor.fetchone() == (1,)
