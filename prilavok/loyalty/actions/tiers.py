"""Tiers are set up; accounts rise, stay and step down."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import clock, jobs, journal
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.loyalty import queries, tiering
from prilavok.loyalty.events import ProgrammeChanged, TierReached
from prilavok.loyalty.models import Account, Programme, Tier, TierChange
from prilavok.loyalty.problems import BadTier, CodeTaken, TierInUse, TierNamed

CHUNK = 1_000  # accounts looked at in one transaction
FIELDS = ("name", "place", "measure", "segment", "entry", "days", "kept", "held_days", "grace_days")


@transaction.atomic
def make_tier(*, programme_id: int, code: str, by: Actor, at: datetime, **terms: Any) -> Tier:
    """A new tier (`FIELDS`; without a place: above all others). Everybody is looked at again in the background.

    Raises CodeTaken, BadTier.
    """
    by.must("loyalty.programme")
    programme = Programme.objects.select_for_update(no_key=True).get(pk=programme_id)
    standing = Tier.objects.standing()
    if standing.filter(code=code).exists():
        raise CodeTaken(field="code", taken=code)
    if not terms.get("place"):
        highest = standing.filter(programme=programme).last()
        terms["place"] = highest.place + 1 if highest else 1
    tier = Tier(programme=programme, code=code, **terms)
    _keep(tier, by, at)
    return tier


@transaction.atomic
def change_tier(tier_id: int, *, by: Actor, at: datetime, **terms: Any) -> Tier:
    """Ask otherwise from now on; whoever is in stays until their time is over. Raises BadTier."""
    by.must("loyalty.programme")
    tier = Tier.objects.select_for_update().select_related("programme").get(pk=tier_id, removed_at=None)
    for name, value in terms.items():
        setattr(tier, name, value)
    _keep(tier, by, at)
    return tier


def _keep(tier: Tier, by: Actor, at: datetime) -> None:
    _check(tier)
    tier.save()
    journal.record(
        ProgrammeChanged(programme_id=tier.programme_id), by=by, at=at, brand=tier.programme.brand_id
    )
    jobs.later(look_at_all, lock=f"tiers:{tier.programme_id}", programme_id=tier.programme_id)


def _check(tier: Tier) -> None:
    if tier.measure == Tier.Measure.SEGMENT:
        if tier.segment is None or tier.segment.archived_at is not None:
            raise BadTier(_("Choose the segment whose people reach this tier."), field="segment")
        tier.entry, tier.kept, tier.days = Decimal(1), None, None
    else:
        tier.segment = None
    if tier.entry is None:
        raise BadTier(_("Say how much has to be reached."), field="entry")
    if tier.kept is not None and tier.kept > tier.entry:
        raise BadTier(_("To stay may not ask for more than to enter."), field="kept")
    if tier.held_days < 1:
        raise BadTier(_("A tier is held for a day at least."), field="held_days")
    others = Tier.objects.standing().filter(programme=tier.programme).exclude(pk=tier.pk)
    if others.filter(place=tier.place).exists():
        raise BadTier(_("Another tier has this place. Choose a free one."), field="place")


@transaction.atomic
def remove_tier(tier_id: int, *, by: Actor, at: datetime) -> None:
    """Take a tier out of its programme; histories keep its name. Undone by restore_tier.

    Raises TierInUse where accounts stand in it, TierNamed where a promotion asks for it.
    """
    by.must("loyalty.programme")
    tier = Tier.objects.select_for_update().select_related("programme").get(pk=tier_id, removed_at=None)
    number = Account.objects.filter(tier=tier).count()
    if number:
        raise TierInUse(number=number)
    promotions = queries.promotions_of_tier(tier.code)
    if promotions:
        raise TierNamed(promotions=", ".join(promotions[:5]))
    tier.removed_at = at
    tier.save(update_fields=["removed_at"])
    journal.record(
        ProgrammeChanged(programme_id=tier.programme_id), by=by, at=at, brand=tier.programme.brand_id
    )


@transaction.atomic
def restore_tier(tier_id: int, *, by: Actor, at: datetime) -> None:
    """A removed tier stands again. Raises BadTier, CodeTaken where another one took its place or code."""
    by.must("loyalty.programme")
    tier = Tier.objects.select_for_update().select_related("programme").get(pk=tier_id)
    if tier.removed_at is None:
        return
    if Tier.objects.standing().filter(code=tier.code).exists():
        raise CodeTaken(field="code", taken=tier.code)
    tier.removed_at = None
    _keep(tier, by, at)


@transaction.atomic
def move_accounts(tier_id: int, to_id: int | None, *, by: Actor, at: datetime) -> int:
    """Put all accounts of a tier into another one (none: into none); how many. Raises Tier.DoesNotExist."""
    by.must("loyalty.programme")
    source = Tier.objects.get(pk=tier_id)
    target = Tier.objects.standing().get(pk=to_id, programme=source.programme_id) if to_id else None
    moved = 0
    while accounts := list(_held(Account.objects.filter(tier=source))[:CHUNK]):
        _stand(_by_hand(accounts, target, at), by, at)
        moved += len(accounts)
    return moved


@transaction.atomic
def put_in_tier(account_id: int, tier_id: int | None, *, by: Actor, at: datetime) -> None:
    """Put one account into a tier of its programme by hand (none: into none), for the time that it is held."""
    by.must("loyalty.programme")
    account = _held(Account.objects.filter(pk=account_id)).get()
    tier = Tier.objects.standing().get(pk=tier_id, programme=account.programme_id) if tier_id else None
    if account.tier_id != (tier.pk if tier else None):
        _stand(_by_hand([account], tier, at), by, at)


def _held(accounts: Any) -> Any:
    """Locked in one order, so that two who look at the same accounts come one after another."""
    return accounts.select_related("programme").select_for_update(no_key=True, of=("self",)).order_by("pk")


@dataclass(frozen=True, slots=True)
class Moved:
    """Where an account stands from now on, and what it had done."""

    account: Account
    now: tiering.Standing
    measured: Decimal | None


def _by_hand(accounts: Iterable[Account], tier: Tier | None, at: datetime) -> list[Moved]:
    until = at + timedelta(tier.held_days) if tier else None
    now = tiering.Standing(tier.pk if tier else None, until, tiering.HAND)
    return [Moved(account, now, None) for account in accounts]


def _stand(moved: Sequence[Moved], by: Actor, at: datetime) -> None:
    """Write where accounts stand: three statements for any number of them."""
    told, were = [], {one.account.pk: one.account.tier_id for one in moved}
    for one in moved:
        account, now = one.account, one.now
        if account.tier_id != now.tier:
            account.tier_since = at if now.tier else None
            event = TierReached(account_id=account.pk, tier_id=now.tier, because=now.because)
            brand = account.programme.brand_id
            told.append(journal.Entry(event, at=at, customer=account.profile_id, brand=brand))
        account.tier_id, account.tier_until = now.tier, now.until
    Account.objects.bulk_update([one.account for one in moved], ["tier", "tier_since", "tier_until"])
    TierChange.objects.bulk_create(
        [
            TierChange(
                account=one.account,
                tier_id=one.now.tier,
                was_id=were[one.account.pk],
                since=at,
                because=one.now.because,
                measured=one.measured,
            )
            for one in moved
        ]
    )
    journal.record_many(told, by=by, live=True)


@transaction.atomic
def reevaluate(account_ids: Collection[int], *, at: datetime, by: Actor = SYSTEM) -> int:
    """Look at what these accounts have done: they rise at once, stay or step down when their time is over; how many.

    However many they are, each programme takes the same few statements.
    """
    accounts = _held(Account.objects.filter(pk__in=account_ids, closed_at=None, programme__active=True))
    by_programme: dict[Programme, list[Account]] = {}
    for account in accounts:
        by_programme.setdefault(account.programme, []).append(account)
    moved = [one for programme, those in by_programme.items() for one in _looked_at(programme, those, at)]
    if moved:
        _stand(moved, by, at)
    return len(moved)


def _looked_at(programme: Programme, accounts: list[Account], at: datetime) -> list[Moved]:
    tiers = list(Tier.objects.standing().filter(programme=programme))
    if not tiers:
        return []
    steps, done = [queries.step(tier) for tier in tiers], queries.measured(programme, tiers, accounts, at=at)
    rules = {
        tier.pk for tier in tiers if tier.measure == Tier.Measure.SEGMENT
    }  # met or not: nothing to tell in figures
    moved = []
    for account in accounts:
        now = tiering.Standing(account.tier_id, account.tier_until)
        then = tiering.looked_at(steps, done[account.pk], now, at)
        if then is not None:
            judged = then.tier if then.because != tiering.LOST else account.tier_id
            figure = done[account.pk].get(judged or 0) if judged not in rules else None
            moved.append(Moved(account, then, figure))
    return moved


def look_at_buyers(profile_ids: Collection[int], *, at: datetime) -> None:
    """These people bought or returned something: they may have reached a tier, alone or as a household."""
    if profile_ids and queries.with_tiers().exists():
        reevaluate(queries.accounts_to_look_at(profile_ids), at=at)


def look_at_members(segment_ids: Collection[int], profile_ids: Collection[int], *, at: datetime) -> None:
    """These people came into segments, or left them: tiers that such a segment leads to may be theirs."""
    if profile_ids and queries.led_to_by(segment_ids).exists():
        reevaluate(queries.accounts_to_look_at(profile_ids), at=at)


def look_at_drawn(segment_id: int) -> None:
    """A segment was filled at once: everybody is looked at, in the background, where tiers ask for it."""
    for programme in queries.led_to_by([segment_id]).values_list("programme", flat=True).distinct():
        jobs.later(look_at_all, lock=f"tiers:{programme}", programme_id=programme)


def keep_tiers() -> None:
    """Look at accounts whose held time is over. Called every night."""
    now, last = clock.now(), 0
    while due := queries.due_accounts(now, beyond=last, limit=CHUNK):
        reevaluate(due, at=now)
        last = due[-1]


@jobs.job
def look_at_all(*, programme_id: int) -> None:
    """A programme's tiers have changed: look at everybody who has an account in it."""
    now, last = clock.now(), 0
    accounts = Account.objects.filter(programme=programme_id, closed_at=None)
    while found := list(accounts.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        reevaluate(found, at=now)
        last = found[-1]
