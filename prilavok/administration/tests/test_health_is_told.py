"""The health page says what stands badly and what to do; sending can be paused there."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from prilavok.administration import actions, queries
from prilavok.company.models import Employee
from prilavok.facts.client import FactsDown
from prilavok.kernel import jobs, switches
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.kernel.models import Work
from prilavok.ledger import actions as ledger
from prilavok.ledger.actions import Grant, Purse, Reserve, Wallet
from tests.cast import NOON, actor, login

pytestmark = pytest.mark.django_db


def findings_by_key() -> dict[str, queries.Finding]:
    return {finding.key: finding for finding in queries.health(SYSTEM)}


def test_what_is_missing_is_told_with_its_remedy(the_company: None) -> None:
    found = findings_by_key()

    assert found["database"].state == "good"
    assert found["worker"].state == "bad" and "prilavok up" in found["worker"].remedy
    assert found["owner"].state == "bad" and "create-owner" in found["owner"].remedy


def test_an_owner_is_enough(olga: Employee) -> None:
    assert "owner" not in findings_by_key()


def test_the_page_shows_it(client: Client, ada: Employee) -> None:
    page = login(client, ada).get("/settings/health/")

    assert "PostgreSQL" in page.content.decode()
    assert client.get("/settings/health/books/").status_code == 200


def test_pausing_and_resuming_all_sending(client: Client, ada: Employee) -> None:
    login(client, ada).post("/settings/health/sending/", {"pause": "1"})
    assert switches.is_on(switches.SENDING_PAUSED)
    assert findings_by_key()["sending"].state == "warn"

    client.post("/settings/health/sending/")
    assert not switches.is_on(switches.SENDING_PAUSED)


def test_strangers_see_no_health(client: Client, max_stranger: Employee) -> None:
    login(client, max_stranger)

    assert client.get("/settings/health/").status_code == 403
    assert client.get("/api/v1/health").status_code == 403
    assert client.post("/settings/health/sending/", {"pause": "1"}).status_code == 403
    with pytest.raises(Refused):
        actions.rebuild_facts_later(by=actor(max_stranger))


def test_rebuilding_the_facts_is_long_work(client: Client, ada: Employee) -> None:
    login(client, ada).post("/settings/health/facts/")

    work = Work.objects.get()
    assert work.employee_id == ada.pk
    assert client.get("/settings/jobs/").status_code == 200


def test_repairing_the_facts_is_long_work_that_tells_how_it_ended(client: Client, ada: Employee) -> None:
    assert "Compare and repair the facts" in login(client, ada).get("/settings/health/").content.decode()
    client.post("/settings/health/facts/repairs/")
    work = Work.objects.get()
    assert work.employee_id == ada.pk

    with pytest.raises(FactsDown):  # no column store in this test
        actions.repair_facts(work_id=work.pk)

    work.refresh_from_db()
    assert work.failed and work.note


@pytest.mark.django_db(transaction=True)
def test_a_failed_job_runs_again(client: Client, ada: Employee) -> None:
    jobs.later(actions.rebuild_facts, work_id=0)
    job = ProcrastinateJob.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [job.pk])

    assert (
        "administration.actions.rebuild_facts" in login(client, ada).get("/settings/jobs/").content.decode()
    )
    actions.retry_job(job_id=job.pk, by=actor(ada), at=NOON)

    assert ProcrastinateJob.objects.get(pk=job.pk).status == "todo"
    with pytest.raises(actions.AlreadySettled):
        actions.retry_job(job_id=job.pk, by=actor(ada), at=NOON)


def test_books_broken_past_the_program_are_told_with_their_numbers(client: Client, ada: Employee) -> None:
    wallet, issued = Wallet("account", 1, "points"), Purse("programme", 1, "issued", "points", may_owe=True)
    grant = Grant(cause=uuid4(), reason="earned", wallet=wallet, amount=Decimal(10), source=issued)
    aside = Reserve(cause=uuid4(), reason="basket", wallets=(wallet,), amount=Decimal(4), until=NOON)
    ledger.carry_out([grant, aside], by=SYSTEM, at=NOON)
    login(client, ada)
    told = {one["key"]: one for one in client.get("/api/v1/health?books=true").json()}
    assert {told[key]["state"] for key in told if key.startswith("ledger.")} == {"good"}
    assert (told["reservations"]["state"], told["reservations"]["words"]) == (
        "warn",
        "1 reservation is overdue",
    )

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no triggers, as by a careless hand
        cursor.execute(
            "INSERT INTO ledger_entry (transaction_id, account_id, lot_id, amount)"
            " SELECT transaction_id, account_id, lot_id, -99 FROM ledger_entry WHERE lot_id IS NOT NULL LIMIT 1"
            " RETURNING transaction_id"
        )
        broken = cursor.fetchone()[0]
        cursor.execute("SET LOCAL session_replication_role = origin")

    told = {one["key"]: one for one in client.get("/api/v1/health?books=true").json()}
    assert {told[f"ledger.{key}"]["state"] for key in ("transactions", "lots", "accounts")} == {"bad"}
    assert f"#{broken}" in told["ledger.transactions"]["words"] and told["ledger.transactions"]["remedy"]
    assert f"#{broken}" in client.get("/settings/health/books/").content.decode()
