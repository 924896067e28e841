"""The first page, by the front door."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import translation

from prilavok.customers import queries as customers
from prilavok.customers.models import Person
from prilavok.experiments import actions as experiments
from prilavok.experiments.actions import Candidate
from prilavok.facts import loading
from prilavok.facts.schema import registry
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.reports import queries
from prilavok.segments import actions as segments
from tests.cast import NOON, actor, login

LATER = NOON + timedelta(days=35)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


@pytest.fixture
def at_later(monkeypatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)


@pytest.fixture
def letters(facts, past, buys):
    persons = customers.persons_of(past)
    made = experiments.draw(
        subject="campaign:1",
        title="Spring letters",
        candidates=[Candidate(profile, persons[profile]) for profile in past],
        control_share=0.5,
        horizon_days=28,
        by=SYSTEM,
        at=NOON,
        salt="fixed",
    )
    rows = [
        (profile, NOON.date() + timedelta(days=day), 1000.0 if made.arms[profile] == "mailed" else 100.0)
        for profile in past
        for day in (2, 9)
    ]
    buys([*rows, (None, NOON.date() + timedelta(days=30), 500.0)])
    journal.deliver()
    return made.experiment


def test_an_empty_shop_is_told_what_to_do_first(olga, client: Client) -> None:
    page = login(client, olga).get("/").content.decode()

    assert "Load a file" in page and "Load shops, goods, customers and receipts" in page


def test_an_employee_without_rights_is_told_whom_to_ask(max_stranger, client: Client) -> None:
    page = login(client, max_stranger).get("/").content.decode()

    assert "Ask your administrator" in page


def test_a_stranger_is_sent_to_log_in(db, client: Client) -> None:
    assert client.get("/").status_code == 302


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


def test_a_merged_person_counts_once(letters, past, at_later) -> None:
    persons = customers.persons_of(past[:2])
    Person.objects.filter(pk=persons[past[1]]).update(merged_into=persons[past[0]])
    loading.reload(registry().states["profiles"], past[:2])
    base = queries.base(SYSTEM, LATER)

    assert base.customers == 119
    assert base.active == 119
    assert base.reachable_share == pytest.approx(99 / 119)


def test_before_the_horizon_it_is_too_early(letters, marina) -> None:
    with translation.override("en"):
        found = queries.brought(queries.communications(actor(marina), NOON + timedelta(days=10)))

    assert "too early to judge, about 18 more days" in found.text


def test_without_letters_the_sentence_says_so(db, the_company) -> None:
    with translation.override("en"):
        found = queries.brought(queries.communications(SYSTEM, LATER))

    assert found.text == "Last month no letter with a control group went out."


def test_the_second_sentence_is_the_group_with_most_at_stake(facts, past, at_later) -> None:
    segments.reckon_rfm(by=SYSTEM, at=LATER)
    journal.deliver()
    found = queries.groups(SYSTEM, LATER.date())

    assert sum(group.people for group in found) <= 100
    assert found == sorted(found, key=lambda group: -group.monthly)


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
