"""Who looked at whose data: found by customer, by employee, by what and when; taken away as a file."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client

from prilavok.company import actions
from prilavok.company.models import Employee, Look
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, actor, login

LOG = "/settings/access-log/"


@pytest.fixture
def vera(olga: Employee, oleg: Employee) -> Profile:
    """Vera, who is two records; Oleg opened one card two days ago, Olga took a file of many today."""
    vera = customers.register(
        NewCustomer(external_id="v", first_name="Вера", last_name="Белова"), by=SYSTEM, at=NOON
    )
    twin = customers.register(NewCustomer(external_id="w", first_name="Вера"), by=SYSTEM, at=NOON)
    actions.note_look(profile_id=twin.pk, what="card", by=actor(oleg), at=NOON - timedelta(days=2))
    actions.note_look(profile_id=None, what="export", rows=1234, by=actor(olga), at=NOON)
    customers.merge(profile_id=vera.pk, other_id=twin.pk, by=SYSTEM, at=NOON)
    return vera


def shown(client: Client, **asked: str) -> set[str]:
    _head, _tag, rows = client.get(LOG, asked).content.decode().partition("<tbody")
    return {name for name in ("Oleg", "Olga") if f">{name}<" in rows}


def test_it_is_found_by_whom_whose_what_and_when(vera: Profile, olga: Employee, client: Client) -> None:
    login(client, olga)
    assert shown(client) == {"Oleg", "Olga"}
    assert shown(client, q="Белова") == {"Oleg"}  # under the record that was merged
    assert shown(client, q="Петров") == set()
    assert shown(client, who=f"employee:{olga.pk}") == {"Olga"}
    assert shown(client, what="card") == {"Oleg"}
    assert shown(client, since="2026-03-01") == {"Olga"}
    assert shown(client, until="2026-03-01") == {"Oleg"}
    assert shown(client, since="nonsense", who="employee:999999999999999999999") == {"Oleg", "Olga"}
    by_api = client.get("/api/v1/access-log", {"what": "export"}).json()["items"]
    assert [(one["who"], one["rows"]) for one in by_api] == [("Olga", 1234)]


def test_the_file_holds_what_was_found_and_taking_it_stands_in_the_log(
    vera: Profile, olga: Employee, oleg: Employee, client: Client
) -> None:
    answer = login(client, olga).get(f"{LOG}export/csv/", {"what": "card"})
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 2 and "Oleg" in lines[1] and "Белова" in lines[1]
    assert Look.objects.filter(what="export", rows=1, actor_id=olga.pk).exists()
    assert login(Client(), oleg).get(f"{LOG}export/csv/").status_code == 403


@pytest.mark.parametrize("what", ["card", "identify", "export"])
def test_what_is_written_beside_a_look_waits_for_the_disk(what: str, olga: Employee) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
        actions.note_look(profile_id=1, what=what, by=actor(olga), at=NOON)
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)


@pytest.mark.django_db(transaction=True)
def test_a_look_by_itself_does_not_hold_the_reader_up(olga: Employee) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
        actions.note_look(profile_id=1, what="identify", by=actor(olga), at=NOON)
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",), "only this look was not waited for"
    assert Look.objects.filter(what="identify", profile_id=1, actor_id=olga.pk).count() == 1
