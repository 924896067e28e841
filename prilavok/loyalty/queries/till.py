"""What a till needs to know of who stands there, by one statement; and of the codes that they name, by another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from prilavok.kernel import prepared
from prilavok.loyalty import reckoning, rules
from prilavok.loyalty.models import Reckoned
from prilavok.loyalty.queries.book import LiveBook, LiveTier, live_book, newest_book
from prilavok.loyalty.reckoning import PERIODS, Uses, period_start

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class HeldAccount:
    """An account that may be spent from: the customer's own, or that of their household (`pool`)."""

    id: int
    tier_id: int | None
    pool: bool


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A card of the programme that was shown: what kind it is, whose account it opens, whether it is good."""

    kind_id: int
    account_id: int | None
    state: str
    status_id: int | None = None


@dataclass(frozen=True, slots=True)
class Arm:
    """The arm of an experiment in which the customer is; `entered`: it was written down before."""

    experiment_id: int
    id: int
    control: bool
    entered: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """Who stands at the till, as far as loyalty cares, and the book by which it is reckoned."""

    book: LiveBook
    profiles: tuple[int, ...] = ()
    birthday: date | None = None
    accounts: tuple[HeldAccount, ...] = ()
    balance: Decimal = ZERO
    pending: Decimal = ZERO
    segments: frozenset[int] = frozenset()
    bought: bool = False
    card: ShownCard | None = None
    uses: Mapping[int, Uses] = field(default_factory=dict)
    arms: Mapping[int, Arm] = field(default_factory=dict)  # by promotion

    @property
    def own_account(self) -> HeldAccount | None:
        """Where points are earned: the account that the card opens, else the customer's own, else the pool."""
        opened = [one for one in self.accounts if self.card and one.id == self.card.account_id]
        return next(iter([*opened, *sorted(self.accounts, key=lambda one: (one.pool, one.id))]), None)

    @property
    def tier(self) -> LiveTier | None:
        return self.book.tiers.get(self.tier_id or 0)

    @property
    def tier_id(self) -> int | None:
        """The tier that counts: of where points are earned; of own accounts, of which merged people have several, the
        highest.
        """
        pool = self.own_account is not None and self.own_account.pool
        held = [one.tier_id for one in self.accounts if one.pool is pool and one.tier_id in self.book.tiers]
        return max(held, key=lambda one: self.book.tiers[one].place, default=None)

    @property
    def customer(self) -> reckoning.Customer:
        """The same, as it is reckoned with."""
        return reckoning.Customer(
            segments=self.segments,
            tier=self.tier_id,
            card_kind=self.card.kind_id if self.card else None,
            card_status=self.card.status_id if self.card else None,
            birthday=self.birthday,
            orders=int(self.bought),
            balance=self.balance,
            uses=self.uses,
            arms={promotion: arm.control for promotion, arm in self.arms.items()},
        )


# Everything asked for comes first, as one row; each part is then found by its own index.
_SITUATION = """
    WITH asked AS (
        SELECT %s::bigint AS profile, %s::bigint AS programme, %s::text AS unit, %s::timestamptz AS at,
               %s::date AS today, %s::bigint[] AS limited, %s::bigint[] AS segments, %s::text AS card,
               %s::bigint[] AS experiments
    ), me AS MATERIALIZED (
        SELECT CASE WHEN a.profile IS NULL THEN '{}'::bigint[] ELSE coalesce(
            (SELECT array_agg(m.profile_id) FROM customers_kin k JOIN customers_kin m ON m.head_id = k.head_id
             WHERE k.profile_id = a.profile), ARRAY[a.profile]) END AS ids FROM asked a
    ), mine AS MATERIALIZED (
        SELECT l.id, l.tier_id, l.household_id IS NOT NULL AS pool FROM loyalty_account l
        WHERE l.profile_id = ANY((SELECT ids FROM me)::bigint[]) AND l.closed_at IS NULL
          AND l.programme_id = (SELECT programme FROM asked)
        UNION ALL
        SELECT l.id, l.tier_id, true
        FROM relations_membership h JOIN loyalty_account l ON l.household_id = h.household_id
        WHERE h.profile_id = ANY((SELECT ids FROM me)::bigint[]) AND h.left_at IS NULL AND l.closed_at IS NULL
          AND l.programme_id = (SELECT programme FROM asked)
    )
    SELECT
        (SELECT number FROM loyalty_booknumber),
        (SELECT ids FROM me),
        (SELECT r.birth_date FROM customers_profile p JOIN customers_person r ON r.id = p.person_id
         WHERE p.id = asked.profile),
        (SELECT json_agg(json_build_array(id, tier_id, pool)) FROM mine),
        points.available, points.pending,
        (SELECT array_agg(s.segment_id) FROM segments_membership s
         WHERE s.profile_id = ANY((SELECT ids FROM me)::bigint[]) AND s.until IS NULL
           AND s.segment_id = ANY(asked.segments)),
        EXISTS(SELECT FROM orders_receipt o WHERE o.profile_id = ANY((SELECT ids FROM me)::bigint[])
               AND o.kind = 'sale' AND NOT EXISTS(
                   SELECT FROM loyalty_reckoned r WHERE r.receipt_id = o.id AND r.undone_at IS NOT NULL)),
        (SELECT json_build_array(c.kind_id, c.account_id, c.state, c.status_id)
         FROM loyalty_card c WHERE c.number = asked.card),
        (SELECT json_agg(u) FROM (
            SELECT promotion_id, count(*), sum(amount)::text, count(*) FILTER (WHERE local_date = asked.today) AS today,
                   (coalesce(sum(amount) FILTER (WHERE local_date = asked.today), 0))::text AS today_money
            FROM loyalty_promotionuse WHERE profile_id = ANY((SELECT ids FROM me)::bigint[])
              AND promotion_id = ANY(asked.limited) AND undone_at IS NULL GROUP BY promotion_id) u),
        (SELECT json_agg(json_build_array(promotion_id, times, money::text)) FROM loyalty_promotioncount
         WHERE promotion_id = ANY(asked.limited)),
        CASE WHEN cardinality(asked.experiments) > 0 THEN (SELECT json_agg(a) FROM (
            SELECT DISTINCT ON (experiment_id) experiment_id, arm_id FROM experiments_assignment
            WHERE profile_id = ANY((SELECT ids FROM me)::bigint[]) AND experiment_id = ANY(asked.experiments)
            ORDER BY experiment_id, at, profile_id) a) END
    FROM asked, LATERAL (
        SELECT coalesce(sum(CASE WHEN l.expires_at <= asked.at THEN 0
                                 WHEN l.available_from <= asked.at THEN l.held + l.pending
                                 ELSE l.held END), 0) AS available,
               coalesce(sum(CASE WHEN l.available_from <= asked.at OR l.expires_at <= asked.at THEN 0
                                 ELSE l.pending END), 0) AS pending
        FROM ledger_account a JOIN ledger_lot l ON l.account_id = a.id
        WHERE a.owner_kind = 'account' AND a.owner_id IN (SELECT id FROM mine) AND a.unit = asked.unit
          AND a.kind = 'held' AND (l.pending > 0 OR l.held > 0 OR l.reserved > 0)
    ) points"""


def situation(
    profile_id: int | None, *, brand_id: int | None, card: str, at: datetime, today: date
) -> Situation:
    """Who stands at a till of this brand, at this moment, on the shop's own day; without a profile: nobody known."""
    book = newest_book()
    while True:
        programme = book.programme(brand_id)
        row = prepared.rows(
            _SITUATION,
            [
                profile_id,
                programme.id if programme else None,
                programme.unit if programme else "",
                at,
                today,
                sorted(book.limited),
                sorted(book.segments),
                card,
                sorted(one.experiment_id for one in book.draws.values()),
            ],
        )[0]
        if row[0] == book.number:
            known = _told(book, row, at)
            if book.periodic:
                known = _with_periods(known, today)
            return _with_own_periods(known, today) if book.own_periodic and known.profiles else known
        book = live_book(row[0])  # somebody changed a promotion since


def _told(book: LiveBook, row: Sequence[Any], at: datetime) -> Situation:
    _number, profiles, birthday, accounts, available, pending, segments, bought, card, own, counts, arms = row
    return Situation(
        book,
        tuple(profiles),
        birthday,
        tuple(HeldAccount(*one) for one in accounts or ()),
        available,
        pending,
        frozenset(segments or ()),
        bought,
        ShownCard(*card) if card else None,
        uses_of(own or (), counts or ()),
        _arms(book, profiles, {one["experiment_id"]: one["arm_id"] for one in arms or ()}, at),
    )


_PERIODS = """
    SELECT promotion_id, json_object_agg(period, json_build_array(times, money::text)) FROM loyalty_promotionperiod
    WHERE promotion_id = ANY(%s) AND (period, since) IN (SELECT * FROM unnest(%s::text[], %s::date[]))
    GROUP BY promotion_id"""


def _with_periods(known: Situation, today: date) -> Situation:
    """With the uses of everybody in the periods that it is; asked only where a promotion limits them."""
    starts = [period_start(one, today) for one in PERIODS]
    return _with(known, prepared.rows(_PERIODS, [sorted(known.book.periodic), [*PERIODS], starts]))


_OWN_PERIODS = """
    SELECT promotion_id, json_build_object(
        'own_week', json_build_array(
            count(*) FILTER (WHERE date_trunc('week', local_date) = asked.week),
            coalesce(sum(amount) FILTER (WHERE date_trunc('week', local_date) = asked.week), 0)::text),
        'own_month', json_build_array(
            count(*) FILTER (WHERE date_trunc('month', local_date) = asked.month),
            coalesce(sum(amount) FILTER (WHERE date_trunc('month', local_date) = asked.month), 0)::text))
    FROM loyalty_promotionuse, (SELECT %s::date, %s::date) asked (week, month)
    WHERE profile_id = ANY(%s) AND promotion_id = ANY(%s) AND undone_at IS NULL
      AND local_date >= least(asked.week, asked.month)
    GROUP BY promotion_id"""


def _with_own_periods(known: Situation, today: date) -> Situation:
    """With the customer's own uses in the week and month that it is; asked only where a promotion limits them."""
    starts = [period_start(one, today) for one in ("week", "month")]
    return _with(
        known, prepared.rows(_OWN_PERIODS, [*starts, [*known.profiles], sorted(known.book.own_periodic)])
    )


def _with(known: Situation, counted: Sequence[Sequence[Any]]) -> Situation:
    """With these uses, promotion by promotion: how often and for how much, by what limits call the period."""
    uses = dict(known.uses)
    for promotion, of_periods in counted:
        found: dict[str, Any] = {}
        for period, (times, money) in of_periods.items():
            found |= {period: times, f"{period}_money": Decimal(money)}
        uses[promotion] = replace(uses.get(promotion, Uses()), **found)
    return replace(known, uses=uses)


def _arms(
    book: LiveBook, profiles: Sequence[int], entered: Mapping[int, int], at: datetime
) -> dict[int, Arm]:
    """The arms in which somebody known is: as written down, else by the lot of the oldest profile of theirs."""
    if not profiles:
        return {}
    found = {}
    for promotion, draw in book.draws.items():
        if draw.is_open(at):
            arm = entered.get(draw.experiment_id) or draw.arm_of(min(profiles))
            known = draw.experiment_id in entered
            found[promotion] = Arm(draw.experiment_id, arm, arm == draw.control, known)
    return found


def uses_of(own: Sequence[Mapping[str, Any]], counts: Sequence[Sequence[Any]]) -> dict[int, Uses]:
    """Uses of promotions by this customer, and by all."""
    all_ = {promotion: (times, Decimal(money)) for promotion, times, money in counts}
    mine = {
        one["promotion_id"]: (one["count"], Decimal(one["sum"]), one["today"], Decimal(one["today_money"]))
        for one in own
    }
    return {
        promotion: Uses(*all_.get(promotion, (0, ZERO)), *mine.get(promotion, (0, ZERO, 0, ZERO)))
        for promotion in all_.keys() | mine.keys()
    }


@dataclass(frozen=True, slots=True)
class NamedCode:
    """A code as it is known: its coupon, its series' terms and what that gives, how often it was used, by whom held.

    A code that is printed for all has no coupon of this customer yet, perhaps.
    """

    coupon_id: int | None
    series_id: int
    name: str
    terms: rules.Terms
    used: int
    holder: int | None
    reward: str
    value: Decimal | None
    products: frozenset[int]
    categories: frozenset[int]

    def is_about(self, product: int, within: frozenset[int]) -> bool:
        """Whether its series is about this product, which lies within these categories."""
        if not self.products and not self.categories:
            return True
        return product in self.products or not self.categories.isdisjoint(within)


USED = """(
    (SELECT count(*) FROM loyalty_redemption r WHERE r.coupon_id = c.id) + CASE WHEN s.common_code <> '' THEN (
        SELECT count(*) FROM customers_kin k
        JOIN customers_kin m ON m.head_id = k.head_id AND m.profile_id <> k.profile_id
        JOIN loyalty_coupon o ON o.profile_id = m.profile_id AND o.series_id = s.id
        JOIN loyalty_redemption r ON r.coupon_id = o.id WHERE k.profile_id = c.profile_id) ELSE 0 END)"""
"""In a query of coupons c of series s: how often one was used. Of a code that is printed for all each profile has a
coupon of its own, and the person behind several has used them all."""

_CODES = f"""
    SELECT replace(c.code, '-', ''), c.id, s.id, s.name, s.valid_from, s.valid_until, s.personal, s.uses, s.minimum,
           s.closed_at, {USED}, c.profile_id, s.common_code <> '',
           s.reward_kind, s.reward_value,
           ARRAY(SELECT product_id FROM loyalty_seriesproduct p WHERE p.series_id = s.id), s.first_order,
           ARRAY(SELECT category_id FROM loyalty_seriescategory p WHERE p.series_id = s.id)
    FROM loyalty_coupon c JOIN loyalty_couponseries s ON s.id = c.series_id
    WHERE replace(c.code, '-', '') = ANY(%s)"""


_COMMON = """
    SELECT asked.key, NULL::bigint, s.id, s.name, s.valid_from, s.valid_until, s.personal, s.uses, s.minimum,
           s.closed_at,
           (SELECT count(*) FROM loyalty_coupon c JOIN loyalty_redemption r ON r.coupon_id = c.id
            WHERE c.series_id = s.id AND c.profile_id = ANY(%s::bigint[])),
           NULL::bigint, true, s.reward_kind, s.reward_value,
           ARRAY(SELECT product_id FROM loyalty_seriesproduct p WHERE p.series_id = s.id),
           s.first_order, ARRAY(SELECT category_id FROM loyalty_seriescategory p WHERE p.series_id = s.id)
    FROM unnest(%s::text[]) AS asked (key), LATERAL (
        SELECT * FROM loyalty_couponseries o
        WHERE o.common_code <> '' AND (o.common_code = asked.key OR replace(o.code, '-', '') = asked.key)
          AND o.closed_at IS NULL AND o.valid_from <= %s ORDER BY o.valid_from DESC, o.id DESC LIMIT 1) s"""


def named_codes(keys: Collection[str], *, profiles: Collection[int], at: datetime) -> dict[str, NamedCode]:
    """Coupons by the keys of their codes (`rules.code_key`); unknown ones are missing. `profiles`: all of the customer.

    What is no code of its own may be printed for all: then it is the customer's of the latest series that bears it.
    """
    if not keys:
        return {}
    found = prepared.rows(_CODES, [sorted(keys)])
    if missing := set(keys) - {row[0] for row in found}:
        found += prepared.rows(_COMMON, [[*profiles], sorted(missing), at])
    return {row[0]: _code(*row[1:]) for row in found}


def _code(
    coupon: int | None,
    series: int,
    name: str,
    since: datetime,
    until: datetime | None,
    personal: bool,
    uses: int | None,
    minimum: Decimal | None,
    closed: datetime | None,
    used: int,
    holder: int | None,
    printed: bool,
    reward: str,
    value: Decimal | None,
    products: list[int],
    first_order: bool,
    categories: list[int],
) -> NamedCode:
    terms = rules.Terms(since, until, personal, uses, minimum, closed, first_order, printed)
    goods = frozenset(products), frozenset(categories)
    return NamedCode(coupon, series, name, terms, used, holder, reward, value, *goods)


def undone_receipts(profile_ids: Collection[int]) -> list[int]:
    """Receipts of these profiles that came back whole and left nothing used up."""
    undone = Reckoned.objects.filter(receipt__profile__in=profile_ids, undone_at__isnull=False)
    return [*undone.values_list("receipt_id", flat=True)]
