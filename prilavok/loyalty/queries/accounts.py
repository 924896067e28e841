"""Programmes and accounts: who has one, what stands on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from prilavok.customers import queries as customers
from prilavok.kernel import prepared
from prilavok.kernel.actors import Actor
from prilavok.ledger import queries as ledger
from prilavok.ledger.queries import Statement, WalletBalance
from prilavok.loyalty import numbering, rules
from prilavok.loyalty.models import Account, Programme, TierChange
from prilavok.relations import queries as relations

if TYPE_CHECKING:
    from prilavok.ledger.models import Lot


def programmes(by: Actor) -> QuerySet[Programme]:
    """All programmes, those in force first."""
    by.must("loyalty.see")
    return Programme.objects.select_related("brand").order_by("-active", "name", "id")


def get_programme(public_id: UUID, by: Actor) -> Programme:
    """Raises Programme.DoesNotExist."""
    return programmes(by).get(public_id=public_id)


def accounts(by: Actor) -> QuerySet[Account]:
    """All accounts; page them by ("-id",)."""
    by.must("loyalty.see")
    return Account.objects.select_related("programme", "profile__person", "household", "tier")


def get_account(public_id: UUID, by: Actor) -> Account:
    """Raises Account.DoesNotExist."""
    return accounts(by).get(public_id=public_id)


def accounts_of(profile_ids: Collection[int], by: Actor) -> QuerySet[Account]:
    """The open accounts of these profiles, and those of the households that they belong to now."""
    households = relations.household_ids_of(profile_ids)
    return (
        accounts(by)
        .filter(Q(profile__in=profile_ids) | Q(household__in=households), closed_at=None)
        .order_by("id")
    )


def balances(found: Collection[Account], *, at: datetime) -> dict[int, WalletBalance]:
    """What stands on accounts at this moment, by their ids; one statement for each programme."""
    units: dict[str, list[int]] = {}
    for one in found:
        units.setdefault(rules.points(one.programme_id), []).append(one.pk)
    balances = dict.fromkeys([one.pk for one in found], WalletBalance())
    for unit, ids in units.items():
        balances |= ledger.wallet_balances(owner_kind=rules.OWNER, owner_ids=ids, unit=unit, at=at)
    return balances


def tier_history(account: Account, by: Actor) -> QuerySet[TierChange]:
    """The tiers that an account stood in, the latest first."""
    by.must("loyalty.see")
    return TierChange.objects.filter(account=account).select_related("tier").order_by("-id")


def spendable(account: Account) -> list[int]:
    """All accounts that are spent together with this one: those of the same person, and of their household."""
    if account.profile_id is None:
        return [account.pk]
    family = customers.kin(account.profile_id)
    households = relations.household_ids_of(family)
    found = Account.objects.filter(
        Q(profile__in=family) | Q(household__in=households), programme=account.programme_id, closed_at=None
    )
    return sorted({account.pk, *found.values_list("pk", flat=True)})


def statement_of(account: Account, by: Actor, *, after: str | None = None, size: int = 50) -> Statement:
    """What moved an account's points, the latest first. Raises paging.BadCursor."""
    by.must("loyalty.see")
    unit = rules.points(account.programme_id)
    return ledger.wallet_statement(
        owner_kind=rules.OWNER, owner_id=account.pk, unit=unit, after=after, size=size
    )


def lots_of(account: Account, by: Actor) -> QuerySet[Lot]:
    """What stands on an account, in the order of spending, each part with its day."""
    by.must("loyalty.see")
    return ledger.lots_of(
        owner_kind=rules.OWNER, owner_ids=[account.pk], unit=rules.points(account.programme_id)
    )


def search_accounts(
    by: Actor, text: str, *, programme: UUID | None = None, tier: UUID | None = None
) -> QuerySet[Account]:
    """Accounts of the customers that a text may mean, or of the card with this number; in a programme, in a tier."""
    found = accounts(by)
    if text.strip():
        meant = customers.search(customers.visible(by), text, by).order_by().values("pk")
        number = Q(cards__number=numbering.tidy(text))
        found = found.filter(pk__in=Account.objects.filter(Q(profile__in=meant) | number).values("pk"))
    if programme:
        found = found.filter(programme__public_id=programme)
    return found.filter(tier__public_id=tier) if tier else found


def pools_of(household_id: int, by: Actor) -> QuerySet[Account]:
    """The open accounts of a household."""
    return accounts(by).filter(household=household_id, closed_at=None).order_by("id")


def account_addresses(ids: Collection[int]) -> dict[int, UUID]:
    """Ids for links."""
    return dict(Account.objects.filter(pk__in=ids).values_list("id", "public_id")) if ids else {}


def numbers_of_accounts(profile_ids: Collection[int]) -> dict[int, int]:
    """How many accounts each profile has; profiles without any are missing."""
    counted = Account.objects.filter(profile__in=profile_ids).values("profile").annotate(number=Count("pk"))
    return dict(counted.values_list("profile", "number"))


@dataclass(frozen=True, slots=True)
class Points:
    """What a customer's own accounts hold to be spent, and the highest tier they stand in.

    `activated`: when the first of their cards was, `activated_shop`: where; `shop`: which one handed out the last.
    """

    available: Decimal
    tier: str
    activated: datetime | None
    shop: str
    activated_shop: str


_POINTS = """
    WITH mine AS (
        SELECT f.who, a.id, a.programme_id, t.name, t.place
        FROM unnest(%s::bigint[], %s::bigint[]) AS f(who, profile)
        JOIN loyalty_account a ON a.profile_id = f.profile AND a.closed_at IS NULL
        LEFT JOIN loyalty_tier t ON t.id = a.tier_id
    ), held AS (
        SELECT m.who, sum(CASE WHEN l.expires_at <= %s::timestamptz THEN 0
                               WHEN l.available_from <= %s::timestamptz THEN l.held + l.pending
                               ELSE l.held END) AS available
        FROM mine m JOIN ledger_account w ON w.owner_kind = 'account' AND w.owner_id = m.id
             AND w.unit = 'points:' || m.programme_id AND w.kind = 'held'
        JOIN ledger_lot l ON l.account_id = w.id
        WHERE l.pending > 0 OR l.held > 0 OR l.reserved > 0 GROUP BY m.who
    ), shown AS (
        SELECT m.who, min(c.activated_at) AS activated,
               (array_agg(s.name ORDER BY c.issued_at DESC, c.id DESC) FILTER (WHERE s.id IS NOT NULL))[1] AS shop,
               (array_agg(o.name ORDER BY c.activated_at, c.id) FILTER (WHERE c.activated_at IS NOT NULL))[1]
               AS activated_shop
        FROM mine m JOIN loyalty_card c ON c.account_id = m.id LEFT JOIN company_shop s ON s.id = c.shop_id
        LEFT JOIN company_shop o ON o.id = c.activated_shop_id
        GROUP BY m.who
    )
    SELECT m.who, coalesce(h.available, 0), coalesce((array_agg(m.name ORDER BY m.place DESC NULLS LAST))[1], ''),
           c.activated, coalesce(c.shop, ''), coalesce(c.activated_shop, '')
    FROM mine m LEFT JOIN held h USING (who) LEFT JOIN shown c USING (who)
    GROUP BY m.who, h.available, c.activated, c.shop, c.activated_shop"""


def points_of_families(
    families: Mapping[int, Sequence[int]], by: Actor, *, at: datetime
) -> dict[int, Points]:
    """Points and tier of customers, each with all profiles of the person; who has no account is missing."""
    by.must("loyalty.see")
    whose = [who for who, profiles in families.items() for _profile in profiles]
    members = [profile for profiles in families.values() for profile in profiles]
    return {row[0]: Points(*row[1:]) for row in prepared.rows(_POINTS, [whose, members, at, at])}
