"""Tiers: what an account has done for each, how far it is to the next, which segments lead to one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncMonth

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel.actors import Actor
from prilavok.ledger import queries as ledger
from prilavok.loyalty import rules, tiering
from prilavok.loyalty.definitions import PromotionWritten
from prilavok.loyalty.models import Account, Programme, Promotion, PromotionVersion, Tier, TierChange
from prilavok.orders import queries as orders
from prilavok.relations import queries as relations
from prilavok.segments import queries as segments

EARNING = ("points.earned", "points.taken_back")  # why points move that count for a tier


def step(tier: Tier) -> tiering.Step:
    """The tier as it is reckoned with."""
    return tiering.Step(
        tier.pk, tier.place, tier.entry, tier.kept, timedelta(tier.held_days), timedelta(tier.grace_days)
    )


def tiers(programme: Programme, by: Actor) -> QuerySet[Tier]:
    """The programme's tiers, the lowest first."""
    by.must("loyalty.see")
    return Tier.objects.standing().filter(programme=programme).select_related("segment")


def get_tier(public_id: UUID, by: Actor, *, removed: bool = False) -> Tier:
    """One that stands, or (`removed`) one that was taken out. Raises Tier.DoesNotExist."""
    by.must("loyalty.see")
    found = Tier.objects.filter(removed_at__isnull=not removed)
    return found.select_related("programme", "segment").get(public_id=public_id)


def numbers_in_tiers(tier_ids: Collection[int]) -> dict[int, int]:
    """How many accounts stand in each tier; tiers where none does are missing."""
    found = Account.objects.filter(tier__in=tier_ids).values_list("tier_id").annotate(Count("pk"))
    return {tier: number for tier, number in found if tier is not None}


def came_into(tier: Tier, by: Actor) -> QuerySet[TierChange]:
    """Who came into a tier, from another one or from none."""
    by.must("loyalty.see")
    return _changes().filter(tier=tier).exclude(was=tier)


def left(tier: Tier, by: Actor) -> QuerySet[TierChange]:
    """Who left a tier, upwards or downwards."""
    by.must("loyalty.see")
    return _changes().filter(was=tier).exclude(tier=tier)


def _changes() -> QuerySet[TierChange]:
    return TierChange.objects.select_related("account__household", "tier", "was")


def looked_at_until(tier: Tier, until: datetime, by: Actor) -> QuerySet[Account]:
    """The open accounts of a tier whose stay is looked at by then."""
    by.must("loyalty.see")
    found = Account.objects.filter(tier=tier, closed_at=None, tier_until__lte=until)
    return found.select_related("household")


def moves_by_month(tier: Tier, by: Actor, *, since: datetime) -> dict[date, tuple[int, int]]:
    """How many came into a tier and how many left it, by the first day of the company's month."""
    counted = []
    for moved in (came_into(tier, by), left(tier, by)):
        months = moved.filter(since__gte=since).annotate(month=TruncMonth("since", tzinfo=company.zone()))
        rows = months.order_by().values_list("month").annotate(Count("pk"))
        counted.append({month.date(): number for month, number in rows})
    came, went = counted
    return {month: (came.get(month, 0), went.get(month, 0)) for month in sorted(came.keys() | went.keys())}


def promotions_of_tier(code: str) -> list[str]:
    """Names of the promotions that are live, paused or wait for approval, and ask for a tier by its code."""
    return promotions_that_ask("tier", code)


def promotions_that_ask(kind: str, code: str) -> list[str]:
    """Names of the promotions that are live, paused or wait for approval, and ask for such a thing by its code."""
    return sorted({one.name for one in promotions_naming(kind, code)})


def promotions_naming(kind: str, code: str) -> set[Promotion]:
    """The promotions that are live, paused or wait for approval, and ask for such a thing by its code."""
    going = Promotion.objects.filter(state__in=["live", "paused", "waiting"])
    versions = PromotionVersion.objects.filter(
        Q(pk__in=going.values("live"))
        | Q(promotion__in=going, asked_at__isnull=False, approved_at=None, refused_at=None)
    )
    return {
        one.promotion
        for one in versions.select_related("promotion__live")
        if code in _named(kind, one.definition)
    }


def _named(asked: str, definition: Mapping[str, object]) -> set[str]:
    named: set[str] = set()

    def note(kind: str, name: int | str) -> int:
        if kind == asked:
            named.add(str(name))
        return 0

    PromotionWritten.model_validate(definition).made(0, note)
    return named


def families_of(accounts: Collection[Account]) -> dict[int, list[int]]:
    """The profiles whose doings count for each account: the person's, or those of all who live in the household."""
    homes = {one.household_id for one in accounts if one.household_id}
    members = relations.members_of(homes) if homes else {}
    heads = {one.profile_id for one in accounts if one.profile_id}
    families = customers.families(heads | {member for home in members.values() for member in home})
    return {
        one.pk: families[one.profile_id]
        if one.profile_id
        else sorted({kin for member in members.get(one.household_id or 0, ()) for kin in families[member]})
        for one in accounts
    }


def measured(
    programme: Programme, tiers: Sequence[Tier], accounts: Collection[Account], *, at: datetime
) -> dict[int, dict[int, Decimal]]:
    """What each account has done for each tier of its programme: one statement for each span of days or segment."""
    families = families_of(accounts)
    found: dict[int, dict[int, Decimal]] = {one.pk: {} for one in accounts}
    spans: dict[tuple[bool, int | None], list[Tier]] = {}
    for tier in tiers:
        if tier.segment_id is not None:
            inside = segments.members_among(
                tier.segment_id, {who for kin in families.values() for who in kin}
            )
            for account, told in found.items():
                told[tier.pk] = Decimal(not inside.isdisjoint(families[account]))
            continue
        spans.setdefault((tier.measure == Tier.Measure.POINTS, tier.days), []).append(tier)
    for (points, days), asked in spans.items():
        since = None if days is None else at - timedelta(days)
        if points:
            earned = _earned(programme, found, since)
            for account, told in found.items():
                told |= {tier.pk: earned.get(account, Decimal(0)) for tier in asked}
        else:
            bought = orders.turnover_since(families, since, brand_id=programme.brand_id)
            for account, told in found.items():
                told |= {tier.pk: _of_turnover(tier, bought[account]) for tier in asked}
    return found


def _earned(programme: Programme, account_ids: Collection[int], since: datetime | None) -> dict[int, Decimal]:
    return ledger.moved_since(
        owner_kind=rules.OWNER, owner_ids=account_ids, unit=programme.unit, reasons=EARNING, since=since
    )


def _of_turnover(tier: Tier, bought: orders.Turnover) -> Decimal:
    return bought.revenue if tier.measure == Tier.Measure.TURNOVER else Decimal(bought.receipts)


@dataclass(frozen=True, slots=True)
class Way:
    """How far an account is: the tier above, what has been done for it, what is missing, the share from 0 to 1."""

    tier: Tier
    measured: Decimal
    missing: Decimal
    share: Decimal


def way_up(account: Account, by: Actor, *, at: datetime) -> Way | None:
    """The way to the next tier that is reached by doing more; None at the top, or where there is none."""
    by.must("loyalty.see")
    done_for = ~Q(measure=Tier.Measure.SEGMENT) | Q(pk=account.tier_id)
    tiers = list(Tier.objects.standing().filter(done_for, programme=account.programme))
    if not tiers:
        return None
    done = measured(account.programme, tiers, [account], at=at)[account.pk]
    told = tiering.progress([step(one) for one in tiers], done, account.tier_id)
    if told is None:
        return None
    following = next(one for one in tiers if one.pk == told.tier)
    return Way(following, told.measured, told.missing, told.share)


def accounts_to_look_at(profile_ids: Collection[int]) -> list[int]:
    """The open accounts of these people and of their households, in programmes that have tiers."""
    kin = list(customers.kin_of(profile_ids))
    households = relations.household_ids_of(kin)
    found = Account.objects.filter(
        Q(profile__in=kin) | Q(household__in=households), closed_at=None, programme__in=with_tiers()
    )
    return list(found.order_by("pk").values_list("pk", flat=True))


def with_tiers() -> QuerySet[Programme]:
    """Programmes in force that have tiers."""
    return Programme.objects.filter(active=True, pk__in=Tier.objects.standing().values("programme"))


def led_to_by(segment_ids: Collection[int]) -> QuerySet[Tier]:
    """Tiers that one reaches by being in one of these segments."""
    return Tier.objects.standing().filter(segment__in=segment_ids, programme__active=True)


def asking_for_segment(segment_id: int) -> tuple[set[Promotion], list[Tier]]:
    """The promotions that go on or wait, and the tiers, that ask for a segment."""
    asked = segments.by_id([segment_id])[segment_id]
    named = promotions_naming("segment", str(asked.public_id))
    return named, list(led_to_by([segment_id]).select_related("programme"))


def due_accounts(at: datetime, *, beyond: int = 0, limit: int) -> list[int]:
    """Accounts whose stay in a tier is to be looked at, by number."""
    found = Account.objects.filter(tier_until__lte=at, closed_at=None, pk__gt=beyond)
    return list(found.order_by("pk").values_list("pk", flat=True)[:limit])


def archived_accounts(profile_ids: Collection[int]) -> list[dict[str, object]]:
    """The accounts of these profiles, for the archive that a person may ask for."""
    found = Account.objects.filter(profile__in=profile_ids).order_by("pk")
    rows = found.values(
        "opened_at", "closed_at", programme_name=F("programme__name"), tier_name=F("tier__name")
    )
    return [dict(row) for row in rows]


def tier_names(ids: Collection[int]) -> dict[int, str]:
    """Names of tiers, also of those that were removed."""
    return dict(Tier.objects.filter(pk__in=ids).values_list("id", "name")) if ids else {}
