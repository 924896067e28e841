"""Who refused the topic, or wants fewer letters, gets none: said at the drawing up, at the draw and at the sending."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.campaigns import actions, queries
from prilavok.campaigns.models import Campaign
from prilavok.campaigns.tests.conftest import Catcher, send_all
from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.customers.models import Topic
from prilavok.customers.ports import NewCustomer
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.loyalty.models import CouponSeries
from prilavok.messaging.models import Message, TemplateVersion
from tests.cast import NOON, login

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def wine(the_company: None) -> Topic:
    return customers.save_topic(name="Wine", by=SYSTEM)


@pytest.fixture
def readers(catcher: Catcher, town: Callable[..., list[int]]) -> list[int]:
    return town(*[f"reader{number}@town.test" for number in range(6)])


@pytest.fixture
def launched(campaign_to: Callable[..., Campaign]) -> Callable[..., Campaign]:
    """A campaign to everybody, without control, prepared and not sent yet."""

    def launch(profiles: list[int], **more: object) -> Campaign:
        campaign = campaign_to(profiles, control_share=0, **more)
        actions.launch(campaign_id=campaign.pk, by=SYSTEM, at=clock.now())
        actions.prepare(campaign_id=campaign.pk)
        campaign.refresh_from_db()
        return campaign

    return launch


def prefers(profile: int, **chosen: object) -> None:
    customers.choose_preferences(profile_id=profile, source="test", by=SYSTEM, at=NOON, **chosen)  # type: ignore[arg-type]


def send() -> None:
    """Until nobody waits: the catcher refuses some for now."""
    send_all()
    while Message.objects.filter(state="planned").update(retry_at=None):
        send_all()


def test_a_topic_refused_between_plan_and_sending_keeps_the_letter_back(
    readers: list[int], launched: Callable[..., Campaign], wine: Topic, marina: Employee, client: Client
) -> None:
    prefers(readers[0], topics={wine.pk: False})
    campaign = launched(readers, topic_id=wine.pk)
    assert queries.books(campaign).suppressed == {"topic_refused": 1}
    own_page = reverse("customers:own", args=[customer_queries.own_token(readers[1])])
    client.post(own_page, {"preferences": "1", "shown": [str(wine.public_id)], "frequency": "any"})
    send()

    books = queries.books(campaign)
    assert books.closed and books.suppressed == {"topic_refused": 2} and books.waiting == 0
    page = login(client, marina).get(f"/campaigns/{campaign.public_id}/").content.decode()
    assert "The topic is refused" in page and "Wine" in page
    told = client.get(f"/api/v1/campaigns/{campaign.public_id}/books").json()
    assert told["suppressed"] == {"topic_refused": 2}


def test_a_campaign_without_a_topic_reaches_who_refused_one(
    readers: list[int], launched: Callable[..., Campaign], wine: Topic
) -> None:
    prefers(readers[0], topics={wine.pk: False})

    assert queries.books(launched(readers)).suppressed == {}


def test_at_most_once_a_week_holds_over_all_mailings_and_all_records_of_the_person(
    readers: list[int], launched: Callable[..., Campaign]
) -> None:
    weekly, monthly, merged = readers[:3]
    first = launched(readers)
    send()
    got = set(Message.objects.filter(state="delivered").values_list("profile", flat=True))
    prefers(weekly, frequency="week")
    prefers(monthly, frequency="month")
    other = customers.register(NewCustomer(external_id="again", first_name="Reader2"), by=SYSTEM, at=NOON)
    prefers(other.pk, frequency="week")
    customers.merge(profile_id=other.pk, other_id=merged, by=SYSTEM, at=NOON)

    assert {weekly, monthly, merged} <= got and queries.books(first).suppressed == {}
    assert queries.books(launched(readers)).suppressed == {"too_often": 3}
    Message.objects.update(settled_at=clock.now() - timedelta(days=8))
    assert queries.books(launched(readers)).suppressed == {"too_often": 1}


def test_who_is_planned_twice_in_a_week_gets_the_first_letter_only(
    readers: list[int], launched: Callable[..., Campaign]
) -> None:
    prefers(readers[0], frequency="week")
    one, two = launched(readers), launched(readers)
    assert queries.books(one).suppressed == queries.books(two).suppressed == {}
    send()

    stood = [queries.books(campaign) for campaign in (one, two)]
    assert [books.suppressed for books in stood] == [{}, {"too_often": 1}]
    assert all(books.closed and not books.waiting for books in stood)


def test_marina_names_the_topic_of_a_campaign(
    readers: list[int],
    campaign_to: Callable[..., Campaign],
    letter: TemplateVersion,
    coupon: CouponSeries,
    wine: Topic,
    marina: Employee,
    client: Client,
) -> None:
    prefers(readers[0], topics={wine.pk: False})
    campaign = campaign_to(readers)
    address = f"/campaigns/{campaign.public_id}/what/"
    assert "Wine" in login(client, marina).get(address).content.decode()
    actions.change(campaign_id=campaign.pk, topic_id=wine.pk, by=SYSTEM, at=NOON)
    when = client.get(f"/campaigns/{campaign.public_id}/when/").content.decode()
    assert "Wine" in when and "The topic is refused" in when

    customers.archive_topic(topic_id=wine.pk, by=SYSTEM, at=NOON)
    said = {"template": letter.template.public_id, "topic": wine.public_id, "coupon_series": coupon.public_id}
    refused = client.post(address, said)
    assert refused.status_code == 422 and "The topic is archived" in refused.content.decode()
    assert client.get(f"/api/v1/campaigns/{campaign.public_id}").json()["topic"] == str(wine.public_id)
