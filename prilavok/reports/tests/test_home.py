"""The first page, by the front door."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from prilavok.company import actions as company
from prilavok.company.actions import NewShop
from prilavok.company.models import Shop
from prilavok.customers import queries as customers
from prilavok.customers.actions import merge, register
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.experiments.tests.people import load
from prilavok.facts import loading
from prilavok.facts.schema import registry
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.orders import queries as orders
from prilavok.reports import queries
from prilavok.reports.tests.conftest import LATER
from prilavok.segments import actions as segments
from tests.cast import NOON, actor, hire, login


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


def test_who_was_merged_with_somebody_from_elsewhere_counts_where_the_list_shows_them(
    facts: None, shop_on_lenina: Shop
) -> None:
    other = company.add_shops([NewShop(code="sad", name="На Садовой")], by=SYSTEM, at=NOON)["sad"]
    nina = hire("Nina")
    company.give_role(employee_id=nina.pk, role="marketer", shops=[other.pk], by=SYSTEM, at=NOON)
    head, here, _stranger = (
        register(NewCustomer(first_name=str(shop.pk), shop_id=shop.pk), by=SYSTEM, at=NOON)
        for shop in (shop_on_lenina, other, shop_on_lenina)
    )
    merge(profile_id=head.pk, other_id=here.pk, by=SYSTEM, at=NOON)
    journal.deliver()

    assert queries.base(actor(nina), LATER).customers == customers.listed(actor(nina)).count() == 1


def test_known_customers_of_a_day_are_people(facts: None, anna: Profile, shop_on_lenina: Shop) -> None:
    twin = register(NewCustomer(first_name="Анна"), by=SYSTEM, at=NOON)
    load(shop_on_lenina, [(anna.pk, NOON.date(), 10.0), (twin.pk, NOON.date(), 20.0)])
    merge(profile_id=anna.pk, other_id=twin.pk, by=SYSTEM, at=NOON)
    journal.deliver()

    [told] = orders.days(SYSTEM, since=NOON.date(), until=NOON.date())
    assert (told.customers, orders.today(SYSTEM, at=NOON).customers) == (1, 1)


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
