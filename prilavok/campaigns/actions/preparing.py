"""From a launched campaign to letters on their way, in steps that may be killed and go on.

gather: the segment's people, checked for consent, suppression and reachability; draw: control against mailed, only
among those who passed; list: coupon codes and messages. Each step works in pieces, each piece is one short
transaction, each piece done twice changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from django.db import connection, transaction

from prilavok.campaigns import coupons, points
from prilavok.campaigns.actions import notices
from prilavok.campaigns.events import CampaignPrepared, CampaignSent, PointsOutgrown
from prilavok.campaigns.models import Campaign, CampaignCustomer
from prilavok.customers import queries as customers
from prilavok.experiments import actions as experiments
from prilavok.experiments.ports import Candidate
from prilavok.kernel import clock, jobs, journal, live
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.errors import Problem
from prilavok.messaging import actions as messaging
from prilavok.messaging import queries as mailings
from prilavok.messaging.ports import Recipient
from prilavok.segments import actions as segment_actions

if TYPE_CHECKING:
    from prilavok.messaging.models import Mailing

logger = logging.getLogger(__name__)

PIECE = 2_000
STUCK = timedelta(minutes=1)
T = TypeVar("T")
Outcome = CampaignCustomer.Outcome


@jobs.job
def prepare(*, campaign_id: int) -> None:
    """Do all steps that are left. Safe to call at any time, any number of times, after any kill."""
    campaign = _begin(campaign_id)
    if campaign is None:
        return
    steps = {Campaign.Stage.GATHER: _gather, Campaign.Stage.DRAW: _draw, Campaign.Stage.LIST: _list}
    order = [Campaign.Stage.GATHER, Campaign.Stage.DRAW, Campaign.Stage.LIST, Campaign.Stage.DONE]
    while campaign.stage != Campaign.Stage.DONE:
        stage = Campaign.Stage(campaign.stage)
        try:
            steps[stage](campaign)
        except Problem as problem:  # the page says it; the job is tried again, and carry_on goes on after it
            preparing = Campaign.objects.filter(pk=campaign.pk, state=Campaign.State.PREPARING)
            if not preparing.update(trouble=str(problem)[:300]):
                return  # cancelled meanwhile, and its mailing with it
            raise
        campaign.refresh_from_db()
        if campaign.state != Campaign.State.PREPARING:
            return  # cancelled meanwhile
        _pass(campaign, order[order.index(stage) + 1])
    _start_sending(campaign)


@transaction.atomic
def _begin(campaign_id: int) -> Campaign | None:
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    now = clock.now()
    if (
        campaign.state == Campaign.State.SCHEDULED
        and campaign.start_at is not None
        and campaign.start_at <= now
    ):
        campaign.state, campaign.started_at = Campaign.State.PREPARING, now
    if campaign.state != Campaign.State.PREPARING:
        return None
    campaign.stage_at, campaign.trouble = clock.real(), ""
    campaign.save(update_fields=["state", "started_at", "stage_at", "trouble"])
    live.tell(campaign.owner)
    return campaign


@transaction.atomic
def _pass(campaign: Campaign, stage: str) -> None:
    campaign.stage, campaign.stage_at = stage, clock.real()
    Campaign.objects.filter(pk=campaign.pk, state=Campaign.State.PREPARING).update(
        stage=stage, stage_at=campaign.stage_at
    )
    live.tell(campaign.owner)


def _touch(campaign: Campaign) -> None:
    """Say that the work is alive and how far it is."""
    Campaign.objects.filter(pk=campaign.pk).update(stage_at=clock.real())
    live.tell(campaign.owner)


def pieces(items: Sequence[T], size: int = PIECE) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


# ── Gather ───────────────────────────────────────────────────────────────────────────────────────────────


def _gather(campaign: Campaign) -> None:
    """Who fits the launched conditions at this moment; who may not be written to stands aside with one reason.

    What has only just happened counts. Raises FactsDown rather than take old people.
    """
    members = sorted(
        segment_actions.people_of(
            version_id=campaign.segment_version_id or 0,
            since=campaign.launched_at or clock.now(),
            by=SYSTEM,
            at=clock.now(),
        )
    )
    persons: set[int] = set()
    addresses: set[str] = set()
    for piece in pieces(members):
        reasons = customers.why_unreachable(piece, "email", topic_id=campaign.topic_id, taken=addresses)
        reachable = [profile for profile, reason in reasons.items() if reason is None]
        reasons |= dict.fromkeys(mailings.too_often(reachable, at=clock.now()), "too_often")
        for profile, person in sorted(customers.persons_of(piece).items()):
            if reasons[profile] is None and person in persons:
                reasons[profile] = "same_person"
            if reasons[profile] is None:
                persons.add(person)
        _write(campaign.pk, {profile: reasons[profile] for profile in piece})
        _touch(campaign)
    _stop_if_outgrown(campaign.pk)


@transaction.atomic
def _stop_if_outgrown(campaign_id: int) -> None:
    """Points go to no more people than a colleague approved them for: where the segment has grown since the launch,
    the campaign is a draft again before a letter left, and both are told.
    """
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    people = campaign.customers.filter(outcome=Outcome.CANDIDATE).count()
    if (
        campaign.state != Campaign.State.PREPARING
        or campaign.points is None
        or not points.outgrown(campaign, people)
    ):
        return
    campaign.customers.all().delete()
    campaign.state, campaign.stage = Campaign.State.DRAFT, Campaign.Stage.GATHER
    campaign.launched_at = campaign.started_at = campaign.stage_at = None
    campaign.points_approved_by = campaign.points_approved_at = None
    campaign.save()
    outgrown = PointsOutgrown(
        campaign_id=campaign.pk, approved=campaign.points_approved_for or 0, people=people
    )
    journal.record(outgrown, by=SYSTEM, at=clock.now())
    notices.stopped(campaign, people)
    live.tell(campaign.owner, final=True)


@transaction.atomic
def _write(campaign_id: int, reasons: dict[int, str | None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO campaigns_campaigncustomer (campaign_id, profile_id, outcome, reason) "
            "SELECT %s, profile_id, CASE WHEN reason = '' THEN 'candidate' ELSE 'suppressed' END, reason "
            "FROM unnest(%s::bigint[], %s::text[]) AS new(profile_id, reason) "
            "ON CONFLICT (campaign_id, profile_id) DO NOTHING",
            [campaign_id, list(reasons), [reason or "" for reason in reasons.values()]],
        )


# ── Draw ─────────────────────────────────────────────────────────────────────────────────────────────────


def _draw(campaign: Campaign) -> None:
    """Control and mailed, drawn once among those who may be written to; asked again, the same arms come back."""
    candidates = list(
        campaign.customers.filter(outcome__in=[Outcome.CANDIDATE, Outcome.MAILED, Outcome.CONTROL])
        .order_by("profile")
        .values_list("profile", flat=True)
    )
    if not candidates:
        return
    arms = dict.fromkeys(candidates, Outcome.MAILED.value)
    if campaign.control_share:
        persons = customers.persons_of(candidates)
        drawn = experiments.draw(
            subject=campaign.owner,
            title=campaign.name,
            candidates=[Candidate(profile, persons[profile]) for profile in candidates],
            control_share=campaign.control_share,
            horizon_days=campaign.analysis_days,
            by=SYSTEM,
            at=clock.now(),
            starts_at=campaign.started_at,
        )
        arms |= {profile: Outcome.CONTROL.value for profile, arm in drawn.arms.items() if arm == "control"}
    for piece in pieces(candidates):
        _place(campaign.pk, {profile: arms[profile] for profile in piece})
        _touch(campaign)


@transaction.atomic
def _place(campaign_id: int, arms: dict[int, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE campaigns_campaigncustomer c SET outcome = v.outcome "
            "FROM unnest(%s::bigint[], %s::text[]) AS v(profile_id, outcome) "
            "WHERE c.campaign_id = %s AND c.profile_id = v.profile_id AND c.outcome = 'candidate'",
            [list(arms), list(arms.values()), campaign_id],
        )


# ── List ─────────────────────────────────────────────────────────────────────────────────────────────────


def _list(campaign: Campaign) -> None:
    """A message for everybody who is mailed, with a coupon code of their own where there is a coupon."""
    now = clock.now()
    mailing = _open_mailing(campaign, now)
    if mailing is None or mailing.state != mailing.State.GATHERING:
        return  # cancelled, or an earlier attempt has come this far
    mailed = list(
        campaign.customers.filter(outcome=Outcome.MAILED)
        .order_by("profile")
        .values_list("profile", flat=True)
    )
    offer = coupons.offer(campaign) | points.offer(campaign, at=now)
    for piece in pieces(mailed):
        codes = coupons.codes(campaign, piece, at=now)
        recipients = [
            Recipient(profile, offer | ({"coupon_code": codes[profile]} if profile in codes else {}))
            for profile in piece
        ]
        messaging.add_recipients(mailing_id=mailing.pk, recipients=recipients, by=SYSTEM)
        _touch(campaign)
    messaging.start_mailing(mailing_id=mailing.pk, by=SYSTEM, at=now)


@transaction.atomic
def _open_mailing(campaign: Campaign, now: datetime) -> Mailing | None:
    """The campaign's mailing, unless the campaign was cancelled: whoever cancels waits here, and cancels both."""
    if Campaign.objects.select_for_update().get(pk=campaign.pk).state != Campaign.State.PREPARING:
        return None
    return messaging.open_mailing(
        owner=campaign.owner,
        template_version_id=campaign.template_version_id or 0,
        policy=campaign.policy,
        topic_id=campaign.topic_id,
        start_at=campaign.start_at or now,
        by=SYSTEM,
        at=now,
    )


@transaction.atomic
def _start_sending(campaign: Campaign) -> None:
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if campaign.state != Campaign.State.PREPARING:
        return
    outcomes = dict.fromkeys(Outcome.values, 0)
    for outcome in campaign.customers.values_list("outcome", flat=True).iterator(chunk_size=10_000):
        outcomes[outcome] += 1
    campaign.state = Campaign.State.SENDING
    if not outcomes[Outcome.MAILED]:
        campaign.state, campaign.finished_at = Campaign.State.SENT, clock.now()
    campaign.save(update_fields=["state", "finished_at"])
    prepared = CampaignPrepared(
        campaign_id=campaign.pk,
        planned=sum(outcomes.values()),
        mailed=outcomes[Outcome.MAILED],
        control=outcomes[Outcome.CONTROL],
    )
    journal.record(prepared, by=SYSTEM, at=clock.now())
    if campaign.state == Campaign.State.SENT:
        journal.record(CampaignSent(campaign_id=campaign.pk), by=SYSTEM, at=clock.now())
    live.tell(campaign.owner, final=True)


# ── Going on ─────────────────────────────────────────────────────────────────────────────────────────────


@jobs.job
def carry_on() -> int:
    """Start what is due and go on with what a killed worker left: stands in the schedule, every minute."""
    now, real = clock.now(), clock.real()
    due = list(
        Campaign.objects.filter(state=Campaign.State.SCHEDULED, start_at__lte=now).values_list(
            "id", flat=True
        )
    )
    stuck = Campaign.objects.filter(state=Campaign.State.PREPARING, stage_at__lt=real - STUCK)
    for campaign_id in due + list(stuck.values_list("id", flat=True)):
        _later(campaign_id)
    return len(due)


@transaction.atomic
def _later(campaign_id: int) -> None:
    Campaign.objects.filter(pk=campaign_id).update(stage_at=clock.real())
    jobs.later(prepare, lock=f"campaign:{campaign_id}", campaign_id=campaign_id)
