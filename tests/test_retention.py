"""Data is kept as long as the company says: what would go is shown, the night takes it, what went is written down."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from prilavok.company import actions
from prilavok.company.models import Employee, Look, RetentionRun
from prilavok.customers import actions as customers
from prilavok.customers.models import OptIn, PersonalRequest
from prilavok.customers.ports import NewConsent, NewCustomer
from prilavok.exchange import actions as exchange
from prilavok.exchange.models import Import
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import StoredAnswer
from prilavok.messaging import actions as messaging
from prilavok.messaging.models import Mailing, Message
from tests.cast import NOON, login

PAGE = "/settings/retention/"


def test_rules_are_shown_tried_and_kept(ada: Employee, oleg: Employee, client: Client) -> None:
    now = clock.now()
    for days in (10, 400):
        actions.note_look(profile_id=None, what="list", by=SYSTEM, at=now - timedelta(days=days))
    login(client, ada)
    tried = client.get(PAGE, {"looks": "5"}).content.decode()
    assert 'name="looks" value="5"' in tried and ">2</td>" in tried
    actions.forget_what_is_old()
    assert Look.objects.count() == 2 and not RetentionRun.objects.exists()

    client.post(PAGE, {"looks": "365", "sign_ins": "", "messages": "0"})
    actions.forget_what_is_old()
    assert Look.objects.count() == 2  # "0" was refused, and with it the whole form
    client.post(PAGE, {"looks": "365", "sign_ins": "nonsense"})
    client.post(PAGE, {"looks": "100000"})
    actions.forget_what_is_old()
    assert Look.objects.filter(at__lt=now - timedelta(days=365)).count() == 0
    assert [(run.kind, run.days, run.rows) for run in RetentionRun.objects.all()] == [("looks", 365, 1)]
    assert "365" in client.get(PAGE).content.decode()
    assert login(Client(), oleg).get(PAGE).status_code == 403


def test_rules_are_asked_and_said_by_the_api(ada: Employee, oleg: Employee, client: Client) -> None:
    def patch(days: dict[str, int | None]) -> Any:
        headers = {"Idempotency-Key": f"kept-{days}"}
        return client.patch("/api/v1/retention", {"days": days}, "application/json", headers=headers)

    login(client, ada)
    assert patch({"looks": 90, "imports": None}).status_code == 200
    told = {one["kind"]: one["days"] for one in client.get("/api/v1/retention").json()}
    assert (told["looks"], told["imports"]) == (90, None)
    assert [patch({"looks": days}).status_code for days in (0, 100_000)] == [422, 422]
    assert patch({"everything": 1}).status_code == 422

    login(client, oleg)
    assert client.get("/api/v1/retention").status_code == patch({"looks": 1}).status_code == 403


@pytest.fixture
def everything_is_kept_a_month(the_company: None) -> None:
    keys = ("looks", "sign_ins", "api_answers", "opt_ins", "requests", "messages", "imports")
    actions.keep_for(dict.fromkeys(keys, 30), by=SYSTEM, at=clock.now())


def test_what_tells_of_people_goes_and_what_happened_stays(
    everything_is_kept_a_month: None, settings: Any, tmp_path: Path
) -> None:
    settings.HOME = tmp_path
    letter = messaging.save_starter(name="Come back", by=SYSTEM, at=NOON)
    old, late = clock.now() - timedelta(days=40), clock.now() - timedelta(days=3)
    customers.demand_click(channel="email", on=True, by=SYSTEM)
    vera = customers.register(
        NewCustomer(external_id="v", email="v@example.org", consents=(NewConsent(channel="email"),)),
        by=SYSTEM,
        at=old,
    )
    asked = PersonalRequest.objects.create(
        profile=vera, kind="correction", text="Моя почта новая", at=old, done_at=old
    )
    for at, key in ((old, "1"), (late, "2")):
        answer = StoredAnswer.objects.create(actor="a", key=key, fingerprint="f", status=200, body=b"{}")
        StoredAnswer.objects.filter(pk=answer.pk).update(made_at=at)
    sent = [_sent(vera.pk, letter.pk, number, at) for number, at in enumerate((old, late))]
    path = tmp_path / "people.csv"
    path.write_text("Код;Имя\n7;Анна\n")
    one = exchange.import_file("customers", path, by=SYSTEM, at=old)
    Import.objects.filter(pk=one.pk).update(finished_at=old)
    (tmp_path / "imports" / str(one.public_id)).mkdir(parents=True, exist_ok=True)

    actions.forget_what_is_old()

    assert not OptIn.objects.exists()
    asked.refresh_from_db()
    assert (asked.text, asked.kind) == ("", "correction")
    assert list(StoredAnswer.objects.values_list("key", flat=True)) == ["2"]
    kept = [Message.objects.get(pk=pk) for pk in sent]
    assert [(one.address, one.state) for one in kept] == [("", "delivered"), ("v@example.org", "delivered")]
    assert not (tmp_path / "imports" / str(one.public_id)).exists() and path.exists()
    assert Import.objects.get().loaded == 1
    assert set(RetentionRun.objects.values_list("kind", flat=True)) == {
        "opt_ins",
        "requests",
        "api_answers",
        "messages",
        "imports",
    }


def _sent(profile: int, version: int, number: int, at: Any) -> int:
    mailing = Mailing.objects.create(
        owner=f"test:{number}",
        template_version_id=version,
        start_at=at,
        made_at=at,
        state="done",
        finished_at=at,
    )
    message = Message.objects.create(
        mailing=mailing, profile_id=profile, address="v@example.org", state="delivered", settled_at=at
    )
    return message.pk
