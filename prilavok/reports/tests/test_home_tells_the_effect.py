"""The first page of a shop whose letters brought something, by the front door."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import translation

from prilavok.experiments import actions as experiments
from prilavok.experiments.models import Assignment
from prilavok.experiments.tests.people import drawn, load
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.reports import queries
from prilavok.reports.tests.conftest import LATER
from tests.cast import NOON, actor, login

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def letters(standing_shop, standing_past):
    made = drawn(standing_past)
    rows = [
        (profile, NOON.date() + timedelta(days=day), 1000.0 if made.arms[profile] == "mailed" else 100.0)
        for profile in standing_past
        for day in (2, 9)
    ]
    load(standing_shop, [*rows, (None, NOON.date() + timedelta(days=30), 500.0)])
    journal.deliver()
    return made.experiment


def test_the_first_sentence_is_the_effect(letters, marina, client: Client, at_later) -> None:
    page = login(client, marina).get("/").content.decode()

    assert "Last month&#x27;s letter brought" in page
    assert "proven" in page
    assert reverse("experiments:report", args=[letters.public_id]) in page


def test_a_planted_effect_is_called_simulated(letters, marina, client: Client, at_later, settings) -> None:
    settings.DEMO = True
    experiments.plant(letters.pk, {"sum": "1000"}, by=SYSTEM)
    page = login(client, marina).get("/").content.decode()

    assert "proven (simulated)" in page


def test_roubles_and_dollars_have_their_signs_in_both_languages(letters, at_later) -> None:
    for language in ("ru", "en"):
        with translation.override(language):
            assert "₽" in queries.brought(queries.communications(SYSTEM, LATER)).strong


def test_before_the_horizon_it_is_too_early(letters, marina) -> None:
    with translation.override("en"):
        found = queries.brought(queries.communications(actor(marina), NOON + timedelta(days=10)))

    assert "too early to judge, about 18 more days" in found.text


def test_figures_of_the_shop(letters, at_later) -> None:
    base = queries.base(SYSTEM, LATER)
    known = queries.recognised(SYSTEM, LATER)

    assert base.customers == 120
    assert base.active == 120 and base.left == 0
    assert base.reachable_share == pytest.approx(100 / 120)
    assert known.receipts == 121 and known.share == pytest.approx(120 / 121)


def test_today_is_fetched_alone(letters, marina, client: Client, at_later) -> None:
    answer = login(client, marina).get(reverse("reports:today"))

    assert answer.status_code == 200 and "Revenue today" in answer.content.decode()


def test_the_cashier_sees_no_effects(letters, klara, client: Client, at_later) -> None:
    page = login(client, klara).get("/").content.decode()

    assert "brought" not in page


def test_a_stranger_asks_in_vain(letters, max_stranger, client: Client) -> None:
    with pytest.raises(Refused):
        queries.groups(actor(max_stranger), NOON.date())
    login(client, max_stranger)
    assert client.get(reverse("reports:worth")).status_code == 403
    assert client.get(reverse("reports:today")).status_code == 403
    assert client.get("/api/v1/reports/worth-writing-to").status_code == 403


def test_the_api_says_what_the_page_says(letters, marina, client: Client, at_later) -> None:
    found = login(client, marina).get("/api/v1/reports/home").json()

    assert "proven" in found["sentences"][0]["text"]
    assert found["base"]["customers"] == 120


def test_an_effect_whose_split_is_broken_is_not_told(letters, marina, client: Client, at_later) -> None:
    """Half of the control lost on the way: the report says not to believe it, and so does the first page."""
    lost = Assignment.objects.filter(experiment=letters, arm__key="control").values("pk")[:45]
    Assignment.objects.filter(pk__in=lost).delete()
    cache.clear()
    page = login(client, marina).get("/").content.decode()

    assert "its split is broken" in page and "letter brought" not in page


def test_a_promotion_is_no_letter(letters, marina, client: Client, at_later) -> None:
    letters.plan["gradual"] = True
    letters.save(update_fields=["plan"])
    cache.clear()
    page = login(client, marina).get("/").content.decode()

    assert "Last month&#x27;s promotion brought" in page
