"""Growth and churn of active customers, and who bought how many times: every figure is the list behind it."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee, Shop
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.segments import queries
from prilavok.segments.models import Segment
from prilavok.segments.reckoning import day_of
from prilavok.segments.rfm import actives
from prilavok.segments.tests.tills import sell, take_back
from tests.cast import NOON, login

MONTHS, DAYS = 6, 40


@pytest.fixture
def shoppers(facts: None, shop_on_lenina: Shop) -> dict[Profile, list[int]]:
    """Twenty people and on which days ago each of them bought; some never, some long ago."""
    dice = random.Random(4)
    bought: dict[Profile, list[int]] = {}
    for n in range(20):
        person = customers.register(
            NewCustomer(external_id=f"a{n}", shop_id=shop_on_lenina.pk), by=SYSTEM, at=NOON
        )
        bought[person] = sorted(dice.randint(0, 260) for _ in range(dice.choice((0, 1, 1, 2, 3, 4, 7))))
        for ago in bought[person]:
            sell(person, shop_on_lenina, days_ago=ago, money=dice.randint(1, 500))
    take_back(next(one for one in bought if bought[one]), shop_on_lenina, money=50)
    journal.deliver()
    return bought


def by_hand(days_of: list[date], first: date, last: date) -> set[str]:
    """The kinds of figure that a person counts in, reckoned from the definition."""
    before = first - timedelta(days=1)
    was, is_now = (any(end - timedelta(days=DAYS) < day <= end for day in days_of) for end in (before, last))
    ever = any(day <= before for day in days_of)
    kinds = {"start"} if was else set()
    kinds |= {"end"} if is_now else set()
    if is_now and not was:
        kinds.add("returned" if ever else "new")
    return kinds | ({"churned"} if was and not is_now else set())


def test_each_month_adds_up_and_is_what_its_lists_hold(shoppers: dict[Profile, list[int]]) -> None:
    now = clock.now()
    today = day_of(now)
    found, as_of = actives.months(SYSTEM, count=MONTHS, days=DAYS, at=now)
    assert as_of is not None and len(found) == MONTHS and found[-1].last == today
    days_of = {one.pk: [day_of(now - timedelta(days=ago)) for ago in agos] for one, agos in shoppers.items()}
    for month in found:
        assert month.start + month.new + month.returned - month.churned == month.end
        for kind in actives.KINDS:
            expected = sorted(
                pk for pk, days in days_of.items() if kind in by_hand(days, month.first, month.last)
            )
            assert getattr(month, kind) == len(expected), (month.first, kind)
            slice = actives.slice_of(kind, month.first, DAYS, today=today)
            assert actives.people(slice.tree, SYSTEM, at=now) == expected
    assert {one.end for one in found} != {0} and sum(one.churned for one in found) > 0


def test_how_many_times_adds_up_to_the_base_and_is_what_its_lists_hold(
    shoppers: dict[Profile, list[int]],
) -> None:
    now = clock.now()
    found = actives.orders(SYSTEM, days=DAYS, at=now)
    assert found.base == len(shoppers)
    for one in found.classes:
        expected = sorted(
            person.pk
            for person, agos in shoppers.items()
            if one.low <= len(agos) and (one.high is None or len(agos) <= one.high)
        )
        tree = actives.of_class(one.key, days=DAYS)
        assert (one.people, actives.people(tree, SYSTEM, at=now)) == (len(expected), expected)
    gone = sorted(person.pk for person, agos in shoppers.items() if agos and agos[0] >= DAYS)
    assert found.churned == len(gone)
    assert actives.people(actives.of_class("churned", days=DAYS), SYSTEM, at=now) == gone
    best = actives.people(actives.of_class("valuable", days=DAYS, least=found.valuable_from), SYSTEM, at=now)
    assert len(best) == found.valuable and 0 < found.valuable_revenue < found.year_revenue


def test_merged_people_are_one_and_the_erased_are_none(shoppers: dict[Profile, list[int]]) -> None:
    now = clock.now()
    before = actives.orders(SYSTEM, days=DAYS, at=now)
    once = [person for person, agos in shoppers.items() if len(agos) == 1]
    customers.merge(profile_id=once[0].pk, other_id=once[1].pk, by=SYSTEM, at=now)
    journal.deliver()
    merged = actives.orders(SYSTEM, days=DAYS, at=now)
    assert [one.people for one in merged.classes][:3] == [
        before.classes[0].people,
        before.classes[1].people - 2,
        before.classes[2].people + 1,
    ]
    customers.erase(profile_id=once[2].pk, by=SYSTEM, at=now)
    journal.deliver()
    assert actives.orders(SYSTEM, days=DAYS, at=now).base == before.base - 2


def test_pages_show_every_figure_with_its_way_to_people(
    shoppers: dict[Profile, list[int]], marina: Employee, oleg: Employee, client: Client
) -> None:
    login(client, marina)
    page = client.get(reverse("segments:actives"), {"days": str(DAYS), "months": str(MONTHS)})
    assert page.context["charts"] and len(page.context["rows"]) == MONTHS
    month = next(row for row in page.context["rows"] if row["cells"][3][1])
    kind, people, url = month["cells"][3]
    listed = client.get(url)
    assert (kind, listed.context["people"], len(listed.context["rows"])) == ("churned", people, people)
    client.post(reverse("segments:actives_segment"), listed.context["hidden"])
    assert Segment.objects.get(folder="RFM").size == people
    file: Any = client.get(url + "&file=csv")
    assert b"".join(file.streaming_content).count(b"\r\n") == people + 1
    xlsx = client.get(reverse("segments:actives"), {"file": "xlsx"})
    assert xlsx["Content-Disposition"].endswith('actives.xlsx"')

    times = client.get(reverse("segments:orders"), {"days": "nonsense"})
    assert times.context["days"] == actives.ACTIVE_DAYS and "Never" in times.content.decode()
    assert client.get(times.context["valuable_url"]).context["rows"]
    for odd in (
        {"of": "none"},
        {"of": "new", "month": "2026-13"},
        {"of": "new", "month": "3000-01"},
        {"of": "valuable"},
    ):
        assert client.get(reverse("segments:actives_people"), odd).status_code == 404
    assert client.get(url + "&after=nonsense").status_code in (400, 422)

    login(client, oleg)
    assert client.get(url).status_code == 200
    assert client.get(url + "&file=csv").status_code == 403
    assert client.post(reverse("segments:actives_segment"), listed.context["hidden"]).status_code == 403


@pytest.mark.usefixtures("facts")
def test_an_empty_base_says_what_will_stand_there(marina: Employee, client: Client) -> None:
    login(client, marina)
    assert "month by month, will stand here" in client.get(reverse("segments:actives")).content.decode()
    assert "will stand here once customers" in client.get(reverse("segments:orders")).content.decode()
    assert (
        "once RFM has been reckoned on two days" in client.get(reverse("segments:rfm_moves")).content.decode()
    )
    assert queries.last_rfm() is None
