"""The first page, by the front door."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from prilavok.customers.actions import merge
from prilavok.facts import loading
from prilavok.facts.schema import registry
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.reports import queries
from prilavok.reports.tests.conftest import LATER
from prilavok.segments import actions as segments
from tests.cast import login


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


def test_an_empty_shop_is_told_what_to_do_first(olga, client: Client) -> None:
    page = login(client, olga).get("/").content.decode()

    assert "Load a file" in page and "Load shops, goods, customers and receipts" in page


def test_an_employee_without_rights_is_told_whom_to_ask(max_stranger, client: Client) -> None:
    page = login(client, max_stranger).get("/").content.decode()

    assert "Ask your administrator" in page


def test_a_stranger_is_sent_to_log_in(db, client: Client) -> None:
    assert client.get("/").status_code == 302


def test_a_merged_person_counts_once(facts, past, at_later) -> None:
    merge(profile_id=past[0], other_id=past[1], by=SYSTEM, at=LATER)
    for state in ("profiles", "kin"):
        loading.reload(registry().states[state], past[:2])
    base = queries.base(SYSTEM, LATER)

    assert base.customers == 119
    assert base.active == 119
    assert base.reachable_share == pytest.approx(99 / 119)


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
