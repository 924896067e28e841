"""What a cashier should know of the customer before the money is taken: asked for by itself, not with every basket."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, F, Q

from prilavok.company import queries as company
from prilavok.kernel.actors import Actor
from prilavok.loyalty import rules
from prilavok.loyalty.models import Account, Coupon
from prilavok.loyalty.queries.coupons import coupons_of_profiles
from prilavok.loyalty.queries.tiers import Way, way_up
from prilavok.loyalty.reckoning.promotions import near_birthday
from prilavok.orders import queries as orders

if TYPE_CHECKING:
    from prilavok.loyalty.actions import Calculated
    from prilavok.loyalty.reckoning.choosing import Refusal

LOOKED_AT = 20  # receipts, for what a customer usually takes
SHOWN = 3  # purchases, coupons, promotions, goods
AHEAD = 7  # days before a birthday, and before a coupon ends, from which it is worth a word
WITHIN_REACH = Decimal("0.5")  # of what a promotion needs may be missing


@dataclass(frozen=True, slots=True)
class Hint:
    """What to know and to say. `birthday_in`: days, 0 for today, None if it isn't near."""

    purchases: Sequence[orders.Purchase]
    usual: Sequence[tuple[str, str]]  # code and name of goods often taken that are not in the basket
    coupons: Sequence[Coupon]
    near: Sequence[tuple[int, Refusal]]  # promotions that little is missing to
    birthday_in: int | None
    way_up: Way | None  # to the next tier


def hint(
    told: Calculated, *, goods: Collection[str], named: Collection[str], by: Actor, at: datetime
) -> Hint:
    """The hint of a reckoned basket: `goods` lie in it, the coupons `named` were. Nobody known: nothing is shown."""
    known = told.situation
    purchases = (
        orders.last_purchases(known.profiles, by, size=LOOKED_AT)
        if known.profiles and by.may("orders.see")
        else []
    )
    coupons = _coupons(known.profiles, named, by, at) if known.profiles and by.may("loyalty.see") else []
    return Hint(
        purchases[:SHOWN],
        _usual(purchases, goods),
        coupons,
        _near(told),
        _birthday(told, at),
        _way_up(told, by, at),
    )


def _usual(purchases: Sequence[orders.Purchase], goods: Collection[str]) -> list[tuple[str, str]]:
    """Goods on at least two of the last receipts, and on a third of them."""
    counted = Counter(
        one for purchase in purchases for one in {(code, name) for code, name in purchase.goods}
    )
    enough = max(2, len(purchases) // 3)
    often = [one for one, times in counted.most_common() if times >= enough and one[0] not in goods]
    return often[:SHOWN]


def _coupons(profiles: Collection[int], named: Collection[str], by: Actor, at: datetime) -> list[Coupon]:
    """Coupons of the customer's own that are good now, the first to end first."""
    held = (
        coupons_of_profiles(profiles, by)
        .prefetch_related(None)
        .filter(series__closed_at=None, series__valid_from__lte=at)
        .filter(Q(series__valid_until=None) | Q(series__valid_until__gt=at))
        .annotate(times=Count("redemptions"))
        .filter(Q(series__uses=None) | Q(times__lt=F("series__uses")))
        .order_by(F("series__valid_until").asc(nulls_last=True), "-id")
    )
    keys = {rules.code_key(code) for code in named}
    return [one for one in held[: SHOWN + len(keys)] if rules.code_key(one.code) not in keys][:SHOWN]


def _near(told: Calculated) -> list[tuple[int, Refusal]]:
    """Promotions to which half of what they need, or less, is missing; the nearest first."""
    lacking = [
        ((refusal.needed - refusal.found) / refusal.needed, verdict.promotion, refusal)
        for verdict in told.answer.verdicts.values()
        if (refusal := verdict.refusal) and refusal.needed and refusal.found is not None
    ]
    near = sorted(one for one in lacking if one[0] <= WITHIN_REACH)
    return [(promotion, refusal) for _share, promotion, refusal in near[:SHOWN]]


def _way_up(told: Calculated, by: Actor, at: datetime) -> Way | None:
    known = told.situation
    if known.own_account is None or not by.may("loyalty.see"):
        return None
    account = Account.objects.select_related("programme").get(pk=known.own_account.id)
    account.tier_id = known.tier_id  # the highest of all that merged people have
    return way_up(account, by, at=at)


def _birthday(told: Calculated, at: datetime) -> int | None:
    today, born = at.astimezone(company.zone()).date(), told.situation.birthday
    days = (ahead for ahead in range(AHEAD + 1) if near_birthday(born, today + timedelta(ahead), 0, 0))
    return next(days, None)
