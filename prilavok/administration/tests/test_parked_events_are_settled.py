"""An event that a reader could not take is shown with its reason, replayed or given up by whoever may."""

import pytest
from django.test import Client

from prilavok.administration import queries
from prilavok.company.models import Employee
from prilavok.customers.models import Profile
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import Parked, StoredEvent
from tests.cast import login

pytestmark = pytest.mark.django_db


@pytest.fixture
def stuck(anna: Profile) -> Parked:
    """Anna's registration, which segments could not take."""
    event = StoredEvent.objects.filter(customer_id=anna.pk).earliest("recorded_at")
    return Parked.objects.create(
        consumer="segments", event=event, customer_id=anna.pk, reason="KeyError: 'shop'"
    )


def test_its_reason_is_shown(client: Client, ada: Employee, stuck: Parked) -> None:
    page = login(client, ada).get(f"/settings/parked/{stuck.pk}/")

    assert "KeyError" in page.content.decode()


def test_replaying_lets_it_through(client: Client, ada: Employee, stuck: Parked) -> None:
    login(client, ada).post(f"/settings/parked/{stuck.pk}/replays/")

    stuck.refresh_from_db()
    assert stuck.resolution == "replayed"
    assert StoredEvent.objects.filter(type="administration.EventReplayed", cause=stuck.event_id).exists()


def test_giving_up_is_remembered(client: Client, ada: Employee, stuck: Parked) -> None:
    login(client, ada).post(f"/settings/parked/{stuck.pk}/given-up/")

    assert not queries.parked(SYSTEM).exists()
    assert StoredEvent.objects.filter(type="administration.EventGivenUp").exists()


def test_settling_twice_says_so(client: Client, ada: Employee, stuck: Parked) -> None:
    login(client, ada).post(f"/settings/parked/{stuck.pk}/given-up/")
    page = client.post(f"/settings/parked/{stuck.pk}/given-up/", follow=True)

    assert "settled this already" in page.content.decode()


def test_strangers_may_neither_look_nor_settle(client: Client, max_stranger: Employee, stuck: Parked) -> None:
    login(client, max_stranger)

    assert client.get("/settings/parked/").status_code == 403
    assert client.post(f"/settings/parked/{stuck.pk}/replays/").status_code == 403
    assert Parked.objects.filter(resolved_at=None).exists()


def test_the_api_replays_too(client: Client, ada: Employee, stuck: Parked) -> None:
    login(client, ada)
    listed = client.get("/api/v1/parked-events").json()["items"]
    answer = client.post(f"/api/v1/parked-events/{stuck.pk}/replays", headers={"Idempotency-Key": "replay-1"})

    assert [item["id"] for item in listed] == [stuck.pk]
    assert answer.json() == {"went_through": True}
