"""Promotions are written, approved by somebody else, paused, ended. A version is never edited: another follows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM, Actor, Refused
from prilavok.kernel.jobs import job
from prilavok.loyalty import faults, queries
from prilavok.loyalty.actions import control
from prilavok.loyalty.definitions import PromotionWritten
from prilavok.loyalty.events import PromotionChanged
from prilavok.loyalty.models import Promotion, PromotionTurn, PromotionVersion
from prilavok.loyalty.problems import BadPromotion, NoReason, NothingWaits, OwnWork, TimeOver, WrongTurn

State = Promotion.State
Turn = PromotionTurn.Kind
Definition = Mapping[str, Any] | PromotionWritten


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def create_promotion(definition: Definition, *, by: Actor, at: datetime) -> Promotion:
    """A draft. Raises BadPromotion with every place that is wrong."""
    by.must("loyalty.promote")
    written = _checked(definition, by)
    promotion = Promotion.objects.create(name=written.name, made_at=at, made_by=_employee(by), changed_at=at)
    _write(promotion, written, by, at)
    _tell(promotion, Turn.MADE, 1, by, at)
    return promotion


@transaction.atomic
def change_promotion(
    promotion_id: int, definition: Definition, *, by: Actor, at: datetime
) -> PromotionVersion:
    """A new version, unless nothing changed. What is live goes on until the new one is approved.

    Raises BadPromotion (also where its control group would be another one), WrongTurn (what has ended is copied, not
    changed).
    """
    by.must("loyalty.promote")
    written = _checked(definition, by)
    promotion = _locked(promotion_id, by, but=(State.ENDED,))
    control.must_stand(promotion, written, at)
    last = _last(promotion)
    if PromotionWritten.model_validate(last.definition).model_dump() == written.model_dump():
        return last
    version = _write(promotion, written, by, at)
    promotion.versions.waiting().exclude(pk=version.pk).update(asked_at=None)
    if promotion.state == State.WAITING:
        promotion.state = State.DRAFT
    if promotion.live_id is None:
        promotion.name = written.name
    _tell(promotion, Turn.CHANGED, version.number, by, at)
    return version


@transaction.atomic
def copy_promotion(promotion_id: int, *, by: Actor, at: datetime) -> Promotion:
    """A draft that says the same as the last version."""
    by.must("loyalty.promote")
    last = _last(Promotion.objects.get(pk=promotion_id))
    name = (_("%(name)s (copy)") % {"name": last.definition["name"]})[:200]
    return create_promotion(last.definition | {"name": name}, by=by, at=at)


def _checked(definition: Definition, by: Actor) -> PromotionWritten:
    written, found = queries.promotion_faults(definition, by)
    if written is None or found:
        raise BadPromotion(found)
    return written


def _write(promotion: Promotion, written: PromotionWritten, by: Actor, at: datetime) -> PromotionVersion:
    last = promotion.versions.order_by("-number").first()
    return promotion.versions.create(
        number=last.number + 1 if last else 1,
        definition=written.model_dump(mode="json", exclude_unset=True),
        made_at=at,
        made_by=_employee(by),
    )


def _employee(by: Actor) -> int | None:
    return by.id if by.kind == "employee" else None


def _last(promotion: Promotion) -> PromotionVersion:
    return promotion.versions.order_by("-number")[0]


def _locked(
    promotion_id: int, by: Actor, *, but: tuple[str, ...] = (), only: tuple[str, ...] = ()
) -> Promotion:
    """The promotion, for a turn that its state allows, by whoever works where it holds. Raises WrongTurn, Refused."""
    promotion = Promotion.objects.select_for_update().get(pk=promotion_id)
    if not queries.holds_within(PromotionWritten.model_validate(_last(promotion).definition), by):
        raise Refused("loyalty.promote")
    if promotion.state in but or (only and promotion.state not in only):
        raise WrongTurn(state=promotion.get_state_display())
    return promotion


def _tell(promotion: Promotion, kind: str, version: int, by: Actor, at: datetime, note: str = "") -> None:
    """Keep the promotion as it is now, its turn, and the event."""
    promotion.changed_at = at
    promotion.save()
    promotion.turns.create(version=version, kind=kind, at=at, by=_employee(by), note=note)
    told = PromotionChanged(promotion_id=promotion.pk, version=version, state=promotion.state)
    journal.record(told, by=by, at=at)


# ── Approval ─────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def ask_approval(promotion_id: int, *, by: Actor, at: datetime) -> None:
    """Send the last version to somebody who may approve. Raises BadPromotion, TimeOver, WrongTurn."""
    by.must("loyalty.promote")
    promotion = _locked(promotion_id, by, but=(State.ENDED, State.WAITING))
    last = _last(promotion)
    if last.pk == promotion.live_id or last.waits:
        raise WrongTurn(state=promotion.get_state_display())
    _still_possible(last, by, at)
    last.asked_at, last.refused_at, last.refused_by, last.refused_because = at, None, None, ""
    last.save()
    if promotion.state == State.DRAFT:
        promotion.state = State.WAITING
    _tell(promotion, Turn.ASKED, last.number, by, at)


@transaction.atomic
def withdraw(promotion_id: int, *, by: Actor, at: datetime) -> None:
    """Take the last version back before anybody decided. Raises NothingWaits."""
    by.must("loyalty.promote")
    promotion = _locked(promotion_id, by)
    last = _waiting(promotion, None)
    last.asked_at = None
    last.save()
    if promotion.state == State.WAITING:
        promotion.state = State.DRAFT
    _tell(promotion, Turn.WITHDRAWN, last.number, by, at)


@transaction.atomic
def approve_promotion(promotion_id: int, *, version: int | None = None, by: Actor, at: datetime) -> None:
    """Let tills reckon with the version that waits; a paused promotion stays paused.

    Raises NothingWaits (if another version waits than the one read), OwnWork, TimeOver, BadPromotion (what it names
    is there no more).
    """
    by.must("loyalty.approve")
    promotion = _locked(promotion_id, by)
    waiting = _waiting(promotion, version)
    if by.kind != "system" and waiting.made_by == _employee(by):
        raise OwnWork
    _still_possible(waiting, by, at)
    control.must_stand(promotion, PromotionWritten.model_validate(waiting.definition), at)
    waiting.approved_at, waiting.approved_by = at, _employee(by)
    waiting.save()
    promotion.live, promotion.name = waiting, waiting.definition["name"]
    if promotion.state != State.PAUSED:
        promotion.state = State.LIVE
    control.begin(promotion, PromotionWritten.model_validate(waiting.definition), at)
    _tell(promotion, Turn.APPROVED, waiting.number, by, at)
    _count(promotion, at)


@transaction.atomic
def refuse_promotion(
    promotion_id: int, reason: str, *, version: int | None = None, by: Actor, at: datetime
) -> None:
    """Send it back to who wrote it, with the reason. Raises NothingWaits."""
    by.must("loyalty.approve")
    if not reason.strip():
        raise NoReason(field="reason")
    promotion = _locked(promotion_id, by)
    waiting = _waiting(promotion, version)
    waiting.refused_at, waiting.refused_by, waiting.refused_because = at, _employee(by), reason
    waiting.save()
    if promotion.state == State.WAITING:
        promotion.state = State.DRAFT
    _tell(promotion, Turn.REFUSED, waiting.number, by, at, reason)


def _waiting(promotion: Promotion, number: int | None) -> PromotionVersion:
    last = _last(promotion)
    if not last.waits or number not in (None, last.number) or promotion.state == State.ENDED:
        raise NothingWaits(version=number or last.number)
    return last


def _still_possible(version: PromotionVersion, by: Actor, at: datetime) -> None:
    if faults.over(_checked(version.definition, by), at):
        raise TimeOver(field="when.until")


def _count(promotion: Promotion, at: datetime) -> None:
    """Limits for all are counted in rows of their own, which begin with what was used so far."""
    assert promotion.live
    limits = PromotionWritten.model_validate(promotion.live.definition).limits.made()
    with connection.cursor() as cursor:
        if limits.all is not None or limits.all_money is not None:
            cursor.execute(_COUNT_ALL, {"promotion": promotion.pk})
        if limits.periods:
            since = at.date() - timedelta(days=40)  # the month, the week and the day that it is in any zone
            cursor.execute(
                _COUNT_PERIODS, {"promotion": promotion.pk, "periods": [*limits.periods], "since": since}
            )


_COUNT_ALL = """
    INSERT INTO loyalty_promotioncount (promotion_id, times, money)
    SELECT %(promotion)s, count(*), coalesce(sum(amount), 0) FROM loyalty_promotionuse
    WHERE promotion_id = %(promotion)s AND undone_at IS NULL
    ON CONFLICT (promotion_id) DO UPDATE SET times = excluded.times, money = excluded.money"""
_COUNT_PERIODS = """
    INSERT INTO loyalty_promotionperiod (promotion_id, period, since, times, money)
    SELECT %(promotion)s, period, date_trunc(period, local_date)::date AS first, count(*), sum(amount)
    FROM loyalty_promotionuse, unnest(%(periods)s::text[]) AS period
    WHERE promotion_id = %(promotion)s AND undone_at IS NULL AND local_date >= %(since)s
    GROUP BY period, first
    ON CONFLICT (promotion_id, period, since) DO UPDATE SET times = excluded.times, money = excluded.money"""


# ── Going on and ending ──────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def pause_promotion(promotion_id: int, *, by: Actor, at: datetime) -> None:
    """Tills reckon without it until it is resumed. Raises WrongTurn."""
    by.must("loyalty.promote")
    promotion = _locked(promotion_id, by, only=(State.LIVE,))
    promotion.state = State.PAUSED
    _tell(promotion, Turn.PAUSED, _live(promotion), by, at)


@transaction.atomic
def resume_promotion(promotion_id: int, *, by: Actor, at: datetime) -> None:
    """Tills reckon with the approved version again, also of one that was ended; an ended draft is a draft again.

    Raises WrongTurn, TimeOver, BadPromotion.
    """
    by.must("loyalty.promote")
    promotion = _locked(promotion_id, by, only=(State.PAUSED, State.ENDED))
    if promotion.live:
        _still_possible(promotion.live, by, at)
        _count(promotion, at)
    promotion.state = State.LIVE if promotion.live else State.DRAFT
    _tell(promotion, Turn.RESUMED, _live(promotion), by, at)


@transaction.atomic
def end_promotion(promotion_id: int, *, by: Actor, at: datetime) -> None:
    """Tills reckon without it from now on; undone by resume_promotion. Raises WrongTurn."""
    by.must("loyalty.promote")
    promotion = _locked(promotion_id, by, but=(State.ENDED,))
    promotion.state = State.ENDED
    promotion.versions.waiting().update(asked_at=None)
    _tell(promotion, Turn.ENDED, _live(promotion), by, at)


def _live(promotion: Promotion) -> int:
    return promotion.live.number if promotion.live else _last(promotion).number


@job
def end_what_is_over() -> None:
    """End live promotions whose last moment has passed in every shop, so that tills need not look at them.

    One of which a new version waits stays: it may go on longer. Called every hour.
    """
    at = clock.now()
    for promotion in Promotion.objects.live().exclude(versions__in=PromotionVersion.objects.waiting()):
        if promotion.live and faults.over(PromotionWritten.model_validate(promotion.live.definition), at):
            end_promotion(promotion.pk, by=SYSTEM, at=at)
