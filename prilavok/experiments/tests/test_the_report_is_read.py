"""A report and everything behind it, by the front door."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.experiments import actions
from prilavok.experiments.models import Experiment
from prilavok.experiments.tests.people import drawn, load
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, login

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def experiment(standing_shop, standing_past) -> Experiment:
    made = drawn(standing_past)
    load(standing_shop, [(profile, NOON.date() + timedelta(days=3), 100.0) for profile in standing_past])
    journal.deliver()
    return made.experiment


def test_the_report_and_everything_behind_it(experiment, marina, client: Client) -> None:
    login(client, marina)
    page = client.get(reverse("experiments:report", args=[experiment.public_id])).content.decode()

    assert "Spring letters" in page and "not proven" in page
    for address in ("live", "people", "receipts", "json"):
        assert client.get(reverse(f"experiments:{address}", args=[experiment.public_id])).status_code == 200
    people = client.get(
        reverse("experiments:people", args=[experiment.public_id]),
        {"arm": "control", "cut": "sex", "row": "f", "bought": "1"},
    ).content.decode()
    assert "Покупатель" in people and "women" in people


def test_while_receipts_arrive_the_finding_changes_with_its_figures(
    experiment, marina, client: Client
) -> None:
    login(client, marina)
    page = client.get(reverse("experiments:report", args=[experiment.public_id])).content.decode()
    part = client.get(reverse("experiments:live", args=[experiment.public_id])).content.decode()

    for always in ('id="finding"', 'class="stats"', "data-chart", "Groups as assigned"):
        assert page.count(always) >= part.count(always) == 1


def test_every_column_says_what_it_is(experiment, marina, client: Client) -> None:
    page = login(client, marina).get(f"/experiments/{experiment.public_id}/").content.decode()
    for told in (
        "The days on which the messages left.",
        "Purchases of these days are compared",
        "Of customers registered since the start",
        "Receipts of the same days on which nobody was recognised",
        "Customers with at least one purchase in the period of analysis.",
        "Revenue divided by the number of receipts.",
        "Those who bought, divided by all customers of the group.",
    ):
        assert told in page


def test_what_a_demo_planted_stands_beside_the_result(experiment, marina, client: Client, settings) -> None:
    settings.DEMO = True
    actions.plant(experiment.pk, {"sum": "4321.00", "per_customer": "72.02", "buyers": 9}, by=SYSTEM)
    login(client, marina)
    page = client.get(reverse("experiments:report", args=[experiment.public_id])).content.decode()
    told = client.get(reverse("experiments:json", args=[experiment.public_id])).json()

    assert "Planted (simulated)" in page and "4,321" in page
    assert told["planted"]["sum"] == "4321.00" and told["planted"]["simulated"] is True


def test_the_list_of_experiments(experiment, marina, client: Client) -> None:
    page = login(client, marina).get(reverse("experiments:list")).content.decode()

    assert "Spring letters" in page


def test_the_api_tells_the_same(experiment, marina, client: Client) -> None:
    login(client, marina)
    found = json.loads(client.get(f"/api/v1/experiments/{experiment.public_id}/report").content)

    assert found["verdict"] == "not_proven"
    assert found["arms"][0]["customers"] == 60
    assert {cut["cut"] for cut in found["cuts"]} == {"stratum", "sex", "age", "shop", "recency", "rfm"}
    listed = client.get("/api/v1/experiments").json()
    assert [one["title"] for one in listed["items"]] == ["Spring letters"]
    people = client.get(f"/api/v1/experiments/{experiment.public_id}/people", {"arm": "mailed"}).json()
    assert people["total"] == 60 and people["items"][0]["revenue"] == 100


def test_a_stranger_is_refused_everywhere(experiment, max_stranger, client: Client) -> None:
    login(client, max_stranger)
    for name in ("report", "live", "people", "receipts", "json"):
        assert client.get(reverse(f"experiments:{name}", args=[experiment.public_id])).status_code == 403
    assert client.get(reverse("experiments:list")).status_code == 403
    assert client.get(reverse("experiments:load")).status_code == 403
    assert client.get(f"/api/v1/experiments/{experiment.public_id}/report").status_code == 403
