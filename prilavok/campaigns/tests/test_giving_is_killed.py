"""kill -9 of sender and worker at random moments: who has the letter has the points once, nobody else has any."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from prilavok.campaigns import actions, queries
from prilavok.campaigns.models import Campaign
from prilavok.campaigns.tests.test_points_are_given import giving, programme, promise, sonya, sound
from prilavok.campaigns.tests.test_the_sender_is_killed import (
    BUSY,
    CONNECTIONS,
    WINDOW,
    catching,
    letters_by_profile,
    profiles_in,
    sender,
)
from prilavok.customers import actions as customers
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.ledger.models import Transaction
from prilavok.loyalty import queries as loyalty
from prilavok.loyalty.models import Account, Award
from prilavok.messaging.models import Mailing, Message
from prilavok.messaging.tests.conftest import eventually
from tests import processes
from tests.cast import NOON

__all__ = ["giving", "programme", "promise", "sonya"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos, pytest.mark.timeout(600)]

KILLS = 8
READERS = 600


def tell() -> None:
    """What a worker does with the journal, for ever."""
    while True:
        journal.deliver()
        time.sleep(0.02)


@contextmanager
def teller() -> Iterator[None]:
    """A worker that brings news, in a process of its own; killed at the end with SIGKILL."""
    process = processes.started(tell)
    try:
        yield
    finally:
        process.kill()
        process.join()


@pytest.mark.parametrize("policy", ["never_twice", "never_lose"])
def test_killed_at_any_moment_points_are_given_once_to_whoever_has_the_letter(
    policy: str, town: Callable[..., list[int]], giving: Callable[..., Campaign], tmp_path: Path
) -> None:
    readers = town(*[f"reader{number}@points.test" for number in range(READERS)])
    campaign = giving(readers, policy=policy)
    actions.launch(campaign_id=campaign.pk, by=SYSTEM, at=clock.now())
    actions.prepare(campaign_id=campaign.pk)
    messages, chance = Message.objects.filter(mailing__owner=campaign.owner), random.Random()
    for profile in list(messages.order_by("-id").values_list("profile", flat=True)[:5]):
        customers.withdraw_consent(profile_id=profile, channel="email", source="call", by=SYSTEM, at=NOON)

    def decided() -> int:
        return messages.exclude(state__in=["planned", "in_flight"]).count() + Award.objects.count()

    def over() -> bool:
        messages.filter(state="planned", retry_at__isnull=False).update(retry_at=None)
        return Mailing.objects.filter(owner=campaign.owner, finished_at__isnull=False).exists()

    def told() -> bool:
        return Campaign.objects.filter(pk=campaign.pk, state="sent").exists()

    store = tmp_path / "mail.sqlite3"
    with catching(store, BUSY) as url:
        for _ in range(KILLS):
            before = decided()
            with sender(url), teller():
                assert eventually(lambda: decided() > before or over(), 120)  # noqa: B023
                time.sleep(chance.uniform(0, 2 * WINDOW * BUSY))
    with catching(store, 0) as url, sender(url), teller():
        assert eventually(over, 200)
        assert eventually(told, 60)

    stood = queries.books(campaign)
    assert stood.closed and not stood.waiting and stood.control
    has = profiles_in(campaign, "delivered") | profiles_in(campaign, "unknown")
    assert {*letters_by_profile(campaign, store)} <= has
    assert {*Award.objects.values_list("profile", flat=True)} == has
    accounts = list(Account.objects.all())
    balances = loyalty.balances(accounts, at=clock.now())
    assert {one.profile_id: balances[one.pk].available for one in accounts} == dict.fromkeys(
        has, Decimal(150)
    )
    assert Transaction.objects.filter(reason="points.awarded").count() == len(has)
    sound()
    assert len(has) > READERS // 2 and WINDOW * CONNECTIONS < READERS
