"""How customers stand with points, tiers and cards, as conditions ask it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection

from prilavok.company import queries as company
from prilavok.kernel.actors import Actor
from prilavok.loyalty.models import Account, Card

FOR_EVER = date(2149, 6, 6)  # the last day that the column store knows


@dataclass(frozen=True, slots=True)
class Part:
    """Points good from one day up to and including another."""

    since: date
    last: date
    amount: Decimal


@dataclass(slots=True)
class Standing:
    """Of a customer's own open accounts: their points by days, their tiers, and the cards that open them.

    `issued` is the day of the last card, `shop_id` where it was handed out; `activated` the day of the first that was
    activated, `activated_shop_id` where that was.
    """

    parts: list[Part] = field(default_factory=list)
    tiers: set[int] = field(default_factory=set)
    tier_since: date | None = None
    kinds: set[int] = field(default_factory=set)
    statuses: set[int] = field(default_factory=set)
    issued: date | None = None
    activated: date | None = None
    shop_id: int | None = None
    activated_shop_id: int | None = None


_LOTS = """
    SELECT a.profile_id, l.held, l.pending, l.made_at, l.available_from, l.expires_at
    FROM loyalty_account a
    JOIN ledger_account w ON w.owner_kind = 'account' AND w.owner_id = a.id
         AND w.unit = 'points:' || a.programme_id AND w.kind = 'held'
    JOIN ledger_lot l ON l.account_id = w.id
    WHERE a.profile_id = ANY(%s) AND a.closed_at IS NULL AND (l.pending > 0 OR l.held > 0)
    ORDER BY l.expires_at NULLS LAST, l.id"""


def standings(families: Mapping[int, Sequence[int]], by: Actor) -> dict[int, Standing]:
    """How customers stand, each with all profiles of the person; who has no account is missing. Three statements."""
    by.must("loyalty.see")
    whose = {profile: who for who, profiles in families.items() for profile in profiles}
    found: dict[int, Standing] = defaultdict(Standing)
    own = Account.objects.filter(profile__in=list(whose), closed_at=None).order_by("tier_since")
    for profile, tier, since in own.values_list("profile", "tier", "tier_since"):
        one = found[whose[profile]]
        if tier:
            one.tiers.add(tier)
            one.tier_since = _day(since)
    with connection.cursor() as cursor:
        cursor.execute(_LOTS, [list(whose)])
        for profile, held, pending, made, since, until in cursor.fetchall():
            found[whose[profile]].parts += _parts(held, pending, made, since, until)
    _add_cards(found, whose)
    return dict(found)


def _parts(
    held: Decimal, pending: Decimal, made: datetime, since: datetime | None, until: datetime | None
) -> list[Part]:
    last = (until - timedelta(microseconds=1)).astimezone(company.zone()).date() if until else FOR_EVER
    told = ((made, held), (since or made, pending))
    return [Part(at.astimezone(company.zone()).date(), last, amount) for at, amount in told if amount]


def _add_cards(found: dict[int, Standing], whose: Mapping[int, int]) -> None:
    cards = Card.objects.filter(account__profile__in=list(whose), account__closed_at=None)
    told = cards.order_by("issued_at", "pk").values_list(
        "account__profile", "kind", "status", "state", "issued_at", "activated_at", "shop", "activated_shop"
    )
    first: dict[int, datetime] = {}
    for profile, kind, status, state, issued, activated, shop, activated_shop in told:
        one = found[whose[profile]]
        if state in (Card.State.ISSUED, Card.State.ACTIVE):
            one.kinds.add(kind)
            one.statuses |= {status} if status else set()
        one.issued, one.shop_id = _day(issued) or one.issued, shop or one.shop_id
        if activated and activated < first.get(whose[profile], activated + timedelta(1)):
            first[whose[profile]] = activated
            one.activated, one.activated_shop_id = _day(activated), activated_shop


def _day(at: datetime | None) -> date | None:
    return at.astimezone(company.zone()).date() if at else None
