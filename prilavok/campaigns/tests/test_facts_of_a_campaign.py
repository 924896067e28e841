"""Whom a campaign takes and what its letters became, with the real column store."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import LazySettings

from prilavok.campaigns import actions, queries
from prilavok.campaigns.models import Campaign
from prilavok.campaigns.tests.conftest import Catcher, send_all
from prilavok.experiments import queries as experiments
from prilavok.experiments.tests.people import buys, past, regulars
from prilavok.facts import client as facts_client
from prilavok.facts.client import FactsDown
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.messaging.models import Message
from prilavok.segments import actions as segments
from prilavok.segments import queries as segment_queries
from prilavok.segments.models import Segment
from tests.cast import NOON

__all__ = ["buys", "past", "regulars"]


@pytest.fixture
def often(facts: object, past: list[int]) -> Segment:
    """Everybody who has bought more often than all regulars have so far: nobody yet."""
    tree = {"fact": "purchases", "measure": "receipts", "op": ">=", "value": 17}
    segment = segments.create(name="Often", tree=tree, kind="dynamic", by=SYSTEM, at=clock.now())
    segments.refresh(segment_id=segment.pk, by=SYSTEM, at=clock.now())
    assert segment_queries.member_ids(segment.pk) == []
    return segment


def test_a_dynamic_segment_is_drawn_anew_before_its_people_are_taken(
    often: Segment,
    past: list[int],
    buys: Callable[..., None],
    campaign_to: Callable[..., Campaign],
) -> None:
    campaign = campaign_to([], segment_id=often.pk, control_share=0)
    buys([(profile, NOON.date(), 50.0) for profile in past[:5]])
    journal.deliver()
    actions.launch(campaign_id=campaign.pk, by=SYSTEM, at=clock.now())
    actions.prepare(campaign_id=campaign.pk)
    assert set(Message.objects.values_list("profile", flat=True)) == set(past[:5])


def test_without_facts_a_campaign_waits_rather_than_take_old_people(
    often: Segment,
    past: list[int],
    buys: Callable[..., None],
    campaign_to: Callable[..., Campaign],
    settings: LazySettings,
) -> None:
    campaign = campaign_to([], segment_id=often.pk, control_share=0)
    buys([(past[0], NOON.date(), 50.0)])
    journal.deliver()
    actions.launch(campaign_id=campaign.pk, by=SYSTEM, at=clock.now())
    here, settings.FACTS_URL = settings.FACTS_URL, "http://127.0.0.1:9"
    with pytest.raises(FactsDown):
        actions.prepare(campaign_id=campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.stage) == (Campaign.State.PREPARING, Campaign.Stage.GATHER)
    assert campaign.trouble

    settings.FACTS_URL = here
    actions.prepare(campaign_id=campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.trouble) == (Campaign.State.SENDING, "")
    assert Message.objects.count() == 1


def test_facts_hold_what_the_books_hold(
    facts: object,
    catcher: Catcher,
    past: list[int],
    campaign_to: Callable[..., Campaign],
) -> None:
    campaign = campaign_to(past, control_share=Decimal("0.2"), cost=70)
    actions.launch(campaign_id=campaign.pk, by=SYSTEM, at=clock.now())
    actions.prepare(campaign_id=campaign.pk)
    send_all()
    while Message.objects.filter(state="planned").update(retry_at=None):
        send_all()
    journal.deliver()

    books = queries.books(campaign)
    rows = facts_client.query(
        f"SELECT event, uniqExact(message_id) AS n FROM messages WHERE owner = '{campaign.owner}' GROUP BY event"
    )
    told = Counter({row["event"]: int(row["n"]) for row in rows})
    assert (told["delivered"], told["refused"], told["unknown"]) == (
        books.delivered,
        books.refused,
        books.unknown,
    )
    tree = {"fact": "letters", "measure": "delivered", "op": ">=", "value": 1}
    assert segment_queries.count(tree, SYSTEM, at=clock.now()).people == books.delivered
    draw = queries.experiment_of(campaign)
    assert draw is not None
    report = experiments.report(draw.pk, SYSTEM, at=clock.now() + timedelta(days=1))
    (compared,) = report.comparisons
    assert (compared.cost, [amount for _what, amount in compared.costs or ()]) == (Decimal(70), [Decimal(70)])
    drawn = {row.key: row.figures.customers for row in report.arms}
    assert drawn == {
        "control": books.control,
        "mailed": books.planned - books.control - books.suppressed_total,
    }
