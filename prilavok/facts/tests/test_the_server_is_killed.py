"""The facts process is killed (kill -9) at random moments of a load and begun again: none lost, none doubled."""

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from prilavok.facts import client, loading
from prilavok.facts.testing import FactsServer
from prilavok.facts.tests.conftest import MOODS
from prilavok.facts.tests.test_loading import load, sell, total

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos, pytest.mark.timeout(600)]
ROUNDS, SALES = 10, 400
LONGEST = 0.15  # seconds until the kill: a round's load takes about a tenth


@pytest.fixture
def server(small_shop: None, tmp_path: Path, settings: Any) -> Iterator[FactsServer]:
    made = FactsServer(tmp_path)
    up(made, settings)
    loading.create_tables()
    yield made
    made.end()


def up(server: FactsServer, settings: Any) -> None:
    server.start()
    settings.FACTS_URL, settings.FACTS_TOKEN = server.url, server.token


def test_a_killed_server_loses_and_doubles_nothing(server: FactsServer, settings: Any) -> None:
    dice = random.Random(11)
    for number in range(1, ROUNDS + 1):
        for customer in range(1, 5):
            MOODS[customer] = f"round {number}"
            sell(*([1] * (SALES // 4)), customer=customer)
        killer = threading.Timer(dice.uniform(0, LONGEST), server.end, kwargs={"at_once": True})
        killer.start()
        load()
        killer.join()
        up(server, settings)
        load()

        assert total() == (number * SALES, number * SALES * 10_000)
        moods = client.column("SELECT DISTINCT mood FROM test_people FINAL")
        assert moods == [f"round {number}"]


def test_a_server_that_was_ended_gently_goes_on_where_it_stood(server: FactsServer, settings: Any) -> None:
    sell(10, 20)
    load()
    server.end()
    sell(15)
    load()  # nobody is there: it waits
    up(server, settings)
    load()

    assert total() == (3, 450_000)
