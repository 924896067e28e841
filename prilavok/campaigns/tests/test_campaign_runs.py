"""From a segment to closed books: checked, drawn, sent, counted."""

import itertools
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.campaigns import actions, queries
from prilavok.campaigns.actions import NotReady, WrongState, preparing
from prilavok.campaigns.models import Campaign, CampaignCustomer
from prilavok.campaigns.tests.conftest import Catcher, send_all
from prilavok.company.models import Employee, Look
from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.experiments.models import Assignment
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.loyalty.models import Coupon, CouponSeries
from prilavok.messaging import actions as messaging
from prilavok.messaging.actions import sending
from prilavok.messaging.catcher.moods import Mood, mood
from prilavok.messaging.models import Mailing, Message, TemplateVersion
from prilavok.segments import actions as segments
from tests.cast import NOON, actor, login

pytestmark = pytest.mark.django_db(transaction=True)


def launch(campaign: Campaign) -> Campaign:
    """Launch and let the worker prepare, as it does in its own time."""
    actions.launch(campaign_id=campaign.pk, by=SYSTEM, at=clock.now())
    actions.prepare(campaign_id=campaign.pk)
    campaign.refresh_from_db()
    return campaign


def of_mood(wanted: Mood, count: int) -> list[str]:
    """Addresses that the catcher treats so."""
    addresses = (f"someone{number}@town.test" for number in itertools.count())
    return list(itertools.islice((one for one in addresses if mood(one) is wanted), count))


def told_of_the_end(campaign: Campaign) -> None:
    """Bring the news; older transactions of the whole server have to end first."""
    for _ in range(100):
        journal.deliver()
        campaign.refresh_from_db()
        if campaign.state == Campaign.State.SENT:
            return
        time.sleep(0.1)


def people(town: Callable[..., list[int]], count: int) -> list[int]:
    return town(*[f"reader{number}@town.test" for number in range(count)])


def test_everybody_stands_in_one_place_and_the_books_close(
    catcher: Catcher, town: Callable[..., list[int]], campaign_to: Callable[..., Campaign], anna: object
) -> None:
    profiles = people(town, 180) + town(*of_mood(Mood.NO_SUCH_USER, 20))
    for profile in profiles[:7]:
        customers.withdraw_consent(profile_id=profile, channel="email", source="call", by=SYSTEM, at=NOON)

    campaign = launch(campaign_to(profiles))
    send_all()
    while Message.objects.filter(state="planned").update(retry_at=None):
        send_all()
    told_of_the_end(campaign)

    books = queries.books(campaign)
    assert books.closed
    assert (books.planned, books.waiting) == (200, 0)
    assert books.suppressed == {"withdrawn": 7}
    assert books.control == 19  # ten per cent of those who may be written to
    assert books.refused > 0
    assert books.delivered == catcher.counts()["letters"]
    assert catcher.counts()["duplicates"] == 0
    assert campaign.state == Campaign.State.SENT
    for figure in ("delivered", "refused", "control", "unknown", "suppressed", "planned"):
        listed = queries.people(campaign, SYSTEM, figure=figure, size=1000)
        total = books.suppressed_total if figure == "suppressed" else getattr(books, figure)
        assert len(listed) == total


def test_the_draw_is_made_after_the_checks_and_stays(
    catcher: Catcher, town: Callable[..., list[int]], campaign_to: Callable[..., Campaign]
) -> None:
    profiles = people(town, 40)
    customers.withdraw_consent(profile_id=profiles[0], channel="email", source="call", by=SYSTEM, at=NOON)
    campaign = launch(campaign_to(profiles, control_share=Decimal("0.5")))

    assigned = set(Assignment.objects.values_list("profile", flat=True))
    assert assigned == set(profiles[1:])
    mailed, stopped = CampaignCustomer.objects.filter(campaign=campaign, outcome="mailed")[:2]
    customers.withdraw_consent(
        profile_id=mailed.profile_id, channel="email", source="call", by=SYSTEM, at=NOON
    )
    (address,) = customer_queries.addresses([stopped.profile_id], "email").values()
    customers.suppress(value=address, by=SYSTEM, at=NOON)
    send_all()

    assert queries.books(campaign).suppressed == {"withdrawn": 2, "suppressed": 1}
    assert Assignment.objects.filter(profile=mailed.profile_id, arm__key="mailed").exists()


def test_each_reader_has_a_coupon_of_their_own(
    catcher: Catcher,
    town: Callable[..., list[int]],
    campaign_to: Callable[..., Campaign],
    coupon: CouponSeries,
) -> None:
    campaign = launch(campaign_to(people(town, 12)))
    codes = dict(Coupon.objects.filter(series=coupon).values_list("profile", "code"))
    letters = dict(Message.objects.values_list("profile", "context__coupon_code"))
    assert letters == codes
    assert len(set(codes.values())) == len(codes) == queries.books(campaign).waiting


def test_a_page_of_a_campaigns_people_leaves_a_line_in_the_log_of_access(
    client: Client,
    catcher: Catcher,
    town: Callable[..., list[int]],
    campaign_to: Callable[..., Campaign],
    marina: Employee,
) -> None:
    """Marina sees names and addresses of all that it went to: the log says of how many."""
    campaign = launch(campaign_to(people(town, 8)))
    login(client, marina)
    page = client.get(reverse("campaigns:people", args=[campaign.public_id, "planned"]))
    assert "reader1" in page.content.decode()
    look = Look.objects.get(actor_kind="employee", actor_id=marina.pk)
    assert (look.what, look.rows) == ("list", 8)


def test_launching_and_preparing_again_changes_nothing(
    town: Callable[..., list[int]], campaign_to: Callable[..., Campaign]
) -> None:
    campaign = launch(campaign_to(people(town, 30)))
    before = queries.books(campaign)
    arms = set(Assignment.objects.values_list("profile", "arm__key"))
    Campaign.objects.filter(pk=campaign.pk).update(
        state="preparing", stage="gather"
    )  # as if killed at the end
    launch(campaign)
    assert queries.books(campaign) == before
    assert set(Assignment.objects.values_list("profile", "arm__key")) == arms
    assert Coupon.objects.count() == before.waiting


@pytest.mark.parametrize("step", ["_gather", "_draw", "_list", "_start_sending"])
def test_a_preparation_killed_at_any_step_goes_on(
    step: str,
    town: Callable[..., list[int]],
    campaign_to: Callable[..., Campaign],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from prilavok.campaigns.actions import preparing

    campaign = campaign_to(people(town, 30))
    actions.launch(campaign_id=campaign.pk, by=SYSTEM, at=clock.now())
    real = getattr(preparing, step)

    def killed(one: Campaign) -> None:
        real(one)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(preparing, step, killed)
        actions.prepare(campaign_id=campaign.pk)
    actions.prepare(campaign_id=campaign.pk)

    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.SENDING
    books = queries.books(campaign)
    assert (books.planned, books.control, books.waiting) == (30, 3, 27)


def test_pausing_resuming_and_cancelling(
    catcher: Catcher, town: Callable[..., list[int]], campaign_to: Callable[..., Campaign]
) -> None:
    campaign = launch(campaign_to(people(town, 20)))
    actions.pause(campaign_id=campaign.pk, by=SYSTEM, at=NOON)
    assert send_all() == 0
    actions.resume(campaign_id=campaign.pk, by=SYSTEM, at=NOON)
    actions.cancel(campaign_id=campaign.pk, by=SYSTEM, at=NOON)
    assert send_all() == 0
    campaign.refresh_from_db()
    books = queries.books(campaign)
    assert books.closed
    assert books.suppressed == {"cancelled": 18}
    with pytest.raises(WrongState):
        actions.resume(campaign_id=campaign.pk, by=SYSTEM, at=NOON)


def test_a_scheduled_campaign_waits_for_its_time(
    town: Callable[..., list[int]], campaign_to: Callable[..., Campaign]
) -> None:
    from datetime import timedelta

    campaign = launch(campaign_to(people(town, 5), start_at=clock.now() + timedelta(hours=1)))
    assert campaign.state == Campaign.State.SCHEDULED
    actions.unschedule(campaign_id=campaign.pk, by=SYSTEM, at=NOON)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DRAFT


def test_without_a_coupon_a_letter_with_a_code_cannot_leave(
    town: Callable[..., list[int]], campaign_to: Callable[..., Campaign]
) -> None:
    campaign = campaign_to(people(town, 2), coupon_series_id=None)
    with pytest.raises(NotReady) as refused:
        actions.launch(campaign_id=campaign.pk, by=SYSTEM, at=NOON)
    assert refused.value.field == "coupon_series"


def test_later_versions_of_a_letter_do_not_reach_a_launched_campaign(
    catcher: Catcher,
    town: Callable[..., list[int]],
    campaign_to: Callable[..., Campaign],
    letter: TemplateVersion,
) -> None:
    campaign = launch(campaign_to(people(town, 3), control_share=0))
    messaging.save_template(
        template_id=letter.template_id,
        name="Come back",
        subject="Another subject",
        blocks=letter.blocks,
        by=SYSTEM,
        at=NOON,
    )
    send_all()
    assert campaign.template_version_id == letter.pk
    assert catcher.counts()["letters"]


def test_an_empty_segment_is_a_sent_campaign_of_nobody(campaign_to: Callable[..., Campaign]) -> None:
    campaign = launch(campaign_to([]))
    assert campaign.state == Campaign.State.SENT
    assert queries.books(campaign).planned == 0


def test_strangers_may_not(max_stranger: Employee, campaign_to: Callable[..., Campaign]) -> None:
    campaign = campaign_to([])
    stranger = actor(max_stranger)
    for verb in (actions.launch, actions.pause, actions.cancel, actions.change):
        with pytest.raises(Refused):
            verb(campaign_id=campaign.pk, by=stranger, at=NOON)
    with pytest.raises(Refused):
        actions.create(name="x", by=stranger, at=NOON)


def test_cancelled_while_letters_are_on_their_way_it_closes_all_the_same(
    catcher: Catcher,
    town: Callable[..., list[int]],
    campaign_to: Callable[..., Campaign],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    profiles = town(*of_mood(Mood.LATER, 2))  # refused for now: they would be tried again
    campaign = launch(campaign_to(profiles, control_share=Decimal(0)))
    settle = sending.settle

    def cancelled_meanwhile(*window: Any, **more: Any) -> None:
        actions.cancel(campaign_id=campaign.pk, by=SYSTEM, at=clock.now())
        settle(*window, **more)

    monkeypatch.setattr(sending, "settle", cancelled_meanwhile)
    send_all()

    campaign.refresh_from_db()
    books = queries.books(campaign)
    assert (books.suppressed, books.waiting, books.closed) == ({"cancelled": 2}, 0, True)
    assert Mailing.objects.get().finished_at is not None


def test_cancelled_just_before_its_list_is_made_it_writes_to_nobody(
    catcher: Catcher,
    town: Callable[..., list[int]],
    campaign_to: Callable[..., Campaign],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    campaign = campaign_to(people(town, 3), control_share=Decimal(0))
    listed = preparing._list

    def cancelled_meanwhile(one: Campaign) -> None:
        actions.cancel(campaign_id=campaign.pk, by=SYSTEM, at=clock.now())
        listed(one)

    monkeypatch.setattr(preparing, "_list", cancelled_meanwhile)
    launch(campaign)
    send_all()

    campaign.refresh_from_db()
    assert (campaign.state, campaign.trouble) == (Campaign.State.CANCELLED, "")
    assert catcher.counts()["letters"] == 0


def test_who_shares_an_address_is_told_before_the_draw_however_many_people_there_are(
    town: Callable[..., list[int]], campaign_to: Callable[..., Campaign], monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles = town("a@x.test", "b@x.test", "a@x.test", "b@x.test", "c@x.test")
    campaign = campaign_to(profiles, control_share=Decimal("0.5"))
    told, _reachable = queries.audience(campaign.segment_id or 0, SYSTEM, at=clock.now())
    monkeypatch.setattr(preparing, "pieces", lambda items: [items[:2], items[2:]])

    books = queries.books(launch(campaign))

    assert books.suppressed == told.unreachable == {"duplicate_address": 2}
    assert Assignment.objects.count() == told.reachable == 3


@pytest.mark.parametrize("kind", ["dynamic", "static"])
def test_conditions_that_change_after_the_launch_are_not_the_campaigns(
    kind: str, facts: None, town: Callable[..., list[int]], campaign_to: Callable[..., Campaign]
) -> None:
    stays, goes, never = people(town, 3)
    customers.withdraw_consent(profile_id=never, channel="email", source="call", by=SYSTEM, at=NOON)
    journal.deliver()
    reachable = {"trait": "email_ok", "is": True}
    segment = segments.create(name="Readers", kind=kind, tree=reachable, by=SYSTEM, at=clock.now())
    later = clock.now() + timedelta(hours=1)
    campaign = campaign_to([], segment_id=segment.pk, control_share=Decimal(0), start_at=later)
    actions.launch(campaign_id=campaign.pk, by=SYSTEM, at=clock.now())

    other = {"not": reachable}
    segments.change(segment_id=segment.pk, name="Others", tree=other, by=SYSTEM, at=clock.now())
    customers.withdraw_consent(profile_id=goes, channel="email", source="call", by=SYSTEM, at=clock.now())
    journal.deliver()
    Campaign.objects.update(start_at=clock.now())
    actions.prepare(campaign_id=campaign.pk)

    mailed = CampaignCustomer.objects.filter(outcome="mailed").values_list("profile", flat=True)
    assert set(mailed) == {stays}
    meant = {stays} if kind == "dynamic" else {stays, goes}  # a static segment's people stand
    assert set(CampaignCustomer.objects.values_list("profile", flat=True)) == meant
