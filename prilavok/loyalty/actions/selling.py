"""A reckoned basket is paid: receipt, coupons, promotions, points and events in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from django.db import transaction

from prilavok.company import queries as company
from prilavok.experiments import actions as experiments
from prilavok.kernel import journal, prepared
from prilavok.kernel.actors import SYSTEM, Actor, Refused
from prilavok.ledger import actions as ledger
from prilavok.loyalty import rules
from prilavok.loyalty.actions import books
from prilavok.loyalty.actions.accounts import open_accounts
from prilavok.loyalty.actions.anew import keep_circumstances
from prilavok.loyalty.actions.calculating import entrances
from prilavok.loyalty.actions.gift_payments import GiftPaid, paid_by_gift, pay_by_gift
from prilavok.loyalty.actions.giving import gifts_with
from prilavok.loyalty.actions.redemptions import own_coupons, use_cause
from prilavok.loyalty.events import CouponRedeemed, PointsMoved, PromotionsUsed, UsedOnReceipt
from prilavok.loyalty.models import CouponSeries, Promotion
from prilavok.loyalty.ports import GiftTender
from prilavok.loyalty.problems import WHY_NOT, CannotCommit, ClockIsWrong, UnknownCalculation
from prilavok.loyalty.queries.book import Rules, rules_of
from prilavok.loyalty.queries.till import USED
from prilavok.loyalty.reckoning import OWN_PERIODS, PERIODS, period_start
from prilavok.orders import actions as orders
from prilavok.orders.ports import NewLine, NewReceipt, NewRole

if TYPE_CHECKING:
    from prilavok.orders.models import Receipt

ZERO = Decimal(0)
GOOD_FOR = timedelta(days=1)  # how long a till may wait with its commit
SKEWED = timedelta(days=1)  # how much earlier than the reckoning a sale may say it was


@dataclass(frozen=True, slots=True)
class Sold:
    """What a commit, or a return, came to. Points below zero were taken; `owed` is what the account owes for it.

    `gifts`: what of it gift cards paid, or (below zero) what of the refund goes back to them.
    """

    receipt: Receipt
    points_spent: Decimal = ZERO
    points_earned: Decimal = ZERO
    refund: Decimal = ZERO
    owed: Decimal = ZERO
    gifts: tuple[GiftPaid, ...] = ()


_KNOWN = "SELECT points_spent, points_earned FROM loyalty_reckoned WHERE receipt_id = %s::bigint"


@transaction.atomic
def commit(
    calculation: UUID,
    *,
    number: str,
    by: Actor,
    at: datetime,
    paid_at: datetime | None = None,
    gift_cards: Sequence[GiftTender] = (),
) -> Sold:
    """Write the reckoned basket as paid, under the till's fiscal number; the same again answers the same.

    Raises Refused, UnknownCalculation, ClockIsWrong, CannotCommit, ReceiptWrong, ReceiptDiffers, and with gift cards
    what `pay_by_gift` raises; moves nothing then.
    """
    by.must("loyalty.redeem")
    with prepared.together():
        shop_id, told = _told(calculation, at)
        if not by.sees_shop(shop_id):
            raise Refused("loyalty.redeem")
        sale = _Sale(calculation, shop_id, told, _paid_at(paid_at, told))
        receipt, new = orders.record_once(sale.receipt(number), by=by, at=at)
        sold = _sold_now(sale, receipt, by, at) if new else _sold_before(receipt)
    if not gift_cards:
        return sold
    paid = pay_by_gift(receipt, gift_cards, by=by, at=at) if new else paid_by_gift(receipt, at=at)
    return replace(sold, gifts=paid)


def _sold_now(sale: _Sale, receipt: Receipt, by: Actor, at: datetime) -> Sold:
    """Use and move what goes with a receipt that was written just now."""
    if "first" in sale.told:
        _must_be_first(sale, receipt)
    events = _use_coupons(sale, receipt, by, at)
    if "enters" in sale.told:
        experiments.enter(entrances(sale.told), by=SYSTEM)
    account, moved = _move_points(sale, receipt, by, at)
    _keep(sale, receipt, account)
    if "anew" in sale.told:
        keep_circumstances(receipt, sale.told["anew"])
    events += [*_promotions_used(sale, receipt), *gifts_with(receipt, sale.told["lines"]), *moved]
    journal.record_many(events, by=by, live=True)
    return Sold(receipt, sale.points_spent, sale.points_earned)


_ANOTHER = """
    SELECT FROM orders_receipt o WHERE o.kind = 'sale' AND o.id <> %s::bigint AND o.profile_id IN (
        SELECT m.profile_id FROM customers_kin k JOIN customers_kin m ON m.head_id = k.head_id WHERE k.profile_id = %s
        UNION SELECT %s)
    AND NOT EXISTS(SELECT FROM loyalty_reckoned r WHERE r.receipt_id = o.id AND r.undone_at IS NOT NULL) LIMIT 1"""


def _must_be_first(sale: _Sale, receipt: Receipt) -> None:
    """What is for a first purchase only was told to two tills: the second reckons again. Raises CannotCommit."""
    if prepared.rows(_ANOTHER, [receipt.pk, sale.profile_id, sale.profile_id]):
        raise CannotCommit(WHY_NOT["first"], field="calculation", what=sale.told["first"], because="first")


def _sold_before(receipt: Receipt) -> Sold:
    """What a receipt that is known already came to; it may have come by another door, and been used there."""
    for points in prepared.rows(_KNOWN, [receipt.pk]):
        return Sold(receipt, *points)
    return Sold(receipt)


# Two tills, one customer: the second waits here, and then sees what the first one used up.
_TOLD = """
    WITH told AS MATERIALIZED (SELECT shop_id, body, at FROM loyalty_calculation WHERE id = %s::uuid)
    SELECT told.*, (
        SELECT pg_advisory_xact_lock(7, hashint8(coalesce(
            (SELECT head_id FROM customers_kin WHERE profile_id = (told.body->>'profile')::bigint),
            (told.body->>'profile')::bigint)))
        WHERE told.body->>'profile' IS NOT NULL)
    FROM told"""


def told_soon(calculation: UUID) -> None:
    """Ask ahead what `commit` will ask first. It locks the customer, so it belongs into the commit's transaction."""
    prepared.ahead(_TOLD, [calculation])


def _told(calculation: UUID, at: datetime) -> tuple[int, dict[str, Any]]:
    """The shop, and what the till was told; its customer is locked. Raises UnknownCalculation."""
    rows = prepared.rows(_TOLD, [calculation])
    if not rows or rows[0][2] < at - GOOD_FOR:
        raise UnknownCalculation(field="calculation")
    body = rows[0][1]
    return rows[0][0], json.loads(body) if isinstance(body, str) else body


def _paid_at(said: datetime | None, told: Mapping[str, Any]) -> datetime:
    """When it was paid: nobody pays long before it was reckoned, but clocks differ. Raises ClockIsWrong."""
    reckoned_at = datetime.fromisoformat(told["at"])
    if said is None:
        return reckoned_at
    if said.tzinfo is not None and said < reckoned_at - SKEWED:
        raise ClockIsWrong(field="paid_at")
    return said


class _Sale:
    """A calculation on its way to be written."""

    def __init__(self, calculation: UUID, shop_id: int, told: dict[str, Any], paid_at: datetime) -> None:
        self.calculation, self.shop_id, self.told, self.paid_at = calculation, shop_id, told, paid_at
        self.public_id = uuid5(rules.RECEIPTS, str(calculation))
        self.points_spent, self.points_earned = map(Decimal, told["points"])
        self.profile_id: int | None = told["profile"]
        self.used: list[dict[str, Any]] = told["used"]
        self.coupons: dict[str, list[Any]] = told["coupons"]

    def receipt(self, number: str) -> NewReceipt:
        return NewReceipt(
            number=number,
            shop_id=self.shop_id,
            paid_at=self.paid_at,
            currency=company.company().currency,
            lines=[_new_line(line) for line in self.told["lines"]],
            public_id=self.public_id,
            till_code=self.told["till"],
            profile_id=self.profile_id,
            coupons=[*self.coupons, *self.told["others"]],
            roles=tuple(NewRole(*one) for one in self.told.get("roles", ())),
        )

    @property
    def programme(self) -> Rules | None:
        if self.told["programme"] is None:
            return None
        return rules_of(self.told["programme"])


def _new_line(kept: Mapping[str, Any]) -> NewLine:
    discounts = [(kind, Decimal(amount), funded) for kind, amount, funded in kept.get("own", ())]
    for kind, amount in _ours(kept).items():
        discounts.append((kind, amount, "shop"))
    product, category, department = kept["p"]
    return NewLine(
        product_id=product,
        category_id=category,
        department_id=department,
        quantity=Decimal(kept["q"]),
        unit=kept["u"],
        gross=Decimal(kept["g"]),
        paid=Decimal(kept["t"]),
        reimbursed=Decimal(kept.get("r", 0)),
        discounts=tuple(discounts),
    )


def _ours(kept: Mapping[str, Any]) -> dict[str, Decimal]:
    """What promotions, coupons and points took off a line, by kind; a coupon's own reward is numbered below zero."""
    sums: dict[str, Decimal] = {}
    for promotion, amount in kept.get("d", ()):
        kind = "coupon" if promotion < 0 else "promotion"
        sums[kind] = sums.get(kind, ZERO) + Decimal(amount)
    if "b" in kept:
        sums["points"] = Decimal(kept["b"][0])
    return sums


# ── Coupons ──────────────────────────────────────────────────────────────────────────────────────────────

_COUNT_CODES = f"""
    SELECT c.id, c.profile_id, s.uses, {USED}
    FROM loyalty_coupon c JOIN loyalty_couponseries s ON s.id = c.series_id
    WHERE c.id = ANY(%s) AND s.closed_at IS NULL"""
_REDEEM = """
    INSERT INTO loyalty_redemption (coupon_id, receipt_id, profile_id, at, amount)
    SELECT coupon, %s::bigint, %s::bigint, %s::timestamptz, amount
    FROM unnest(%s::bigint[], %s::numeric[]) AS used (coupon, amount)
    RETURNING id, coupon_id"""


def _use_coupons(sale: _Sale, receipt: Receipt, by: Actor, at: datetime) -> list[journal.Entry]:
    """Use the codes that changed something; each of them is locked before it is counted."""
    if not sale.coupons:
        return []
    named = {
        coupon or _own_coupon(series, sale.profile_id, at): (typed, series, amount)
        for typed, (coupon, series, amount) in sale.coupons.items()
    }
    prepared.rows(
        "SELECT id FROM loyalty_coupon WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [sorted(named)]
    )
    found = {coupon: row for coupon, *row in prepared.rows(_COUNT_CODES, [sorted(named)])}
    postings = []
    for coupon, (typed, series, _amount) in named.items():
        holder, uses, used = found.get(coupon, (None, 0, 0))
        if uses is not None and used >= uses:
            raise CannotCommit(WHY_NOT["coupon"], field="calculation", what=typed, because="coupon")
        terms = CouponSeries(pk=series, uses=uses)
        postings.append(books.redeem(terms, holder, cause=use_cause(coupon, receipt.pk)))
    amounts = [[*named], [Decimal(amount) for _typed, _series, amount in named.values()]]
    rows = prepared.rows(_REDEEM, [receipt.pk, sale.profile_id, sale.paid_at, *amounts])
    ledger.post_many(postings, by=by, at=at)
    return [
        entry(
            receipt,
            CouponRedeemed(
                series_id=named[coupon][1],
                coupon_id=coupon,
                redemption_id=redemption,
                receipt_id=receipt.pk,
                local_date=receipt.local_date,
                shop_id=receipt.shop_id,
                amount=Decimal(named[coupon][2]),
                revenue=receipt.revenue,
            ),
        )
        for redemption, coupon in rows
    ]


def _own_coupon(series_id: int, profile_id: int | None, at: datetime) -> int:
    """The customer's coupon of a series whose code is printed for all; made when first used."""
    series = CouponSeries.objects.get(pk=series_id)
    return own_coupons([(series, profile_id)], at)[series_id, profile_id].pk


def entry(receipt: Receipt, event: Any) -> journal.Entry:
    """An event of this receipt, told after its own."""
    return journal.Entry(
        event,
        at=receipt.paid_at,
        customer=receipt.profile_id,
        brand=company.brand_of(receipt.shop_id),
        shop=receipt.shop_id,
        cause=receipt.public_id,
    )


# ── Promotions ───────────────────────────────────────────────────────────────────────────────────────────

# Rows that all tills count in come last of what a sale locks.
_KEEP = """
    WITH used AS (
        SELECT * FROM unnest(%s::bigint[], %s::int[], %s::numeric[], %s::numeric[], %s::bool[])
        AS used (promotion, version, amount, points, counted)
    ), kept AS (
        INSERT INTO loyalty_reckoned (receipt_id, calculation, account_id, points_spent, points_earned, lines)
        SELECT %s::bigint, %s::uuid, %s::bigint, %s::numeric, %s::numeric, %s::jsonb
        RETURNING receipt_id
    ), told AS (
        INSERT INTO loyalty_promotionuse
            (promotion_id, version, receipt_id, profile_id, at, local_date, amount, points)
        SELECT promotion, version, kept.receipt_id, %s::bigint, %s::timestamptz, %s::date, amount, points
        FROM used, kept
    )
    INSERT INTO loyalty_promotioncount (promotion_id, times, money)
    SELECT promotion, 1, amount FROM used WHERE counted ORDER BY promotion
    ON CONFLICT (promotion_id) DO UPDATE SET times = loyalty_promotioncount.times + 1,
        money = loyalty_promotioncount.money + excluded.money
    RETURNING promotion_id, times, money"""
_OWN = """
    SELECT u.promotion_id, count(*), sum(u.amount), count(*) FILTER (WHERE u.local_date = asked.day),
           coalesce(sum(u.amount) FILTER (WHERE u.local_date = asked.day), 0),
           count(*) FILTER (WHERE date_trunc('week', u.local_date) = asked.week),
           coalesce(sum(u.amount) FILTER (WHERE date_trunc('week', u.local_date) = asked.week), 0),
           count(*) FILTER (WHERE date_trunc('month', u.local_date) = asked.month),
           coalesce(sum(u.amount) FILTER (WHERE date_trunc('month', u.local_date) = asked.month), 0)
    FROM loyalty_promotionuse u, (SELECT %s::date, %s::date, %s::date) asked (day, week, month)
    WHERE u.promotion_id = ANY(%s) AND u.undone_at IS NULL AND u.profile_id = ANY(
        SELECT m.profile_id FROM customers_kin k JOIN customers_kin m ON m.head_id = k.head_id WHERE k.profile_id = %s
        UNION SELECT %s)
    GROUP BY u.promotion_id"""


_OF_ONE = [name for one in ("own", *OWN_PERIODS) for name in (one, f"{one}_money")]  # as _OWN counts them
_COUNT_PERIODS = """
    INSERT INTO loyalty_promotionperiod (promotion_id, period, since, times, money)
    SELECT promotion, period, since, 1, amount
    FROM unnest(%s::bigint[], %s::text[], %s::date[], %s::numeric[]) AS used (promotion, period, since, amount)
    ORDER BY promotion, period, since
    ON CONFLICT (promotion_id, period, since) DO UPDATE SET times = loyalty_promotionperiod.times + 1,
        money = loyalty_promotionperiod.money + excluded.money
    RETURNING promotion_id, period, times, money"""


def _keep(sale: _Sale, receipt: Receipt, account: int | None) -> None:
    """Write what a return must know, and what promotions did; see that no limit is passed: for all by a counted row,
    for one customer by their rows. Raises CannotCommit.
    """
    used = sorted(sale.used, key=lambda one: one["id"])
    limited = {one["id"]: one["limits"] for one in used if "limits" in one}
    counted = {one for one, bounds in limited.items() if bounds.keys() & {"all", "all_money"}}
    own = [one for one, bounds in limited.items() if not bounds.keys().isdisjoint(_OF_ONE)]
    periods = _periods(used, receipt.local_date) if limited else []
    values = [
        [one["id"] for one in used],
        [one["v"] for one in used],
        [Decimal(one["a"]) for one in used],
        [Decimal(one["p"]) for one in used],
        [one["id"] in counted for one in used],
        receipt.pk,
        sale.calculation,
        account,
        sale.points_spent,
        sale.points_earned,
        json.dumps([*map(_kept_line, sale.told["lines"])], separators=(",", ":")),
        sale.profile_id,
        sale.paid_at,
        receipt.local_date,
    ]
    of_all, of_one = prepared.ask(_KEEP, values), None
    of_periods = prepared.ask(_COUNT_PERIODS, [*map(list, zip(*periods, strict=True))]) if periods else None
    if own and sale.profile_id is not None:
        starts = [period_start(one, receipt.local_date) for one in PERIODS]
        of_one = prepared.ask(_OWN, [*starts, own, sale.profile_id, sale.profile_id])
    if counted:
        _must_keep(limited, ("all", "all_money"), of_all.rows())
    if of_one:
        _must_keep(limited, _OF_ONE, of_one.rows())
    for promotion, period, *found in of_periods.rows() if of_periods else ():
        _must_keep(limited, (period, f"{period}_money"), [(promotion, *found)])


def _periods(used: Sequence[Mapping[str, Any]], day: date) -> list[tuple[int, str, date, Decimal]]:
    """The periods in which a use counts for everybody: promotion, period, its first day, what was taken off."""
    return [
        (one["id"], period, period_start(period, day), Decimal(one["a"]))
        for one in used
        for period in PERIODS
        if one.get("limits", {}).keys() & {period, f"{period}_money"}
    ]


def _kept_line(line: Mapping[str, Any]) -> dict[str, Any]:
    return {name: line[name] for name in ("q", "d", "b", "e", "gift") if name in line}


def _must_keep(
    limited: Mapping[int, Mapping[str, str]], names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    for promotion, *found in rows:
        bounds = limited[promotion]
        if any(
            name in bounds and value > Decimal(bounds[name]) for name, value in zip(names, found, strict=True)
        ):
            called = Promotion.objects.values_list("name", flat=True).get(pk=promotion)
            raise CannotCommit(WHY_NOT["limit"], field="calculation", what=called, because="limit")


def _promotions_used(sale: _Sale, receipt: Receipt) -> list[journal.Entry]:
    if not sale.used:
        return []
    uses = tuple(
        UsedOnReceipt(one["id"], one["v"], Decimal(one["a"]), Decimal(one["p"])) for one in sale.used
    )
    told = PromotionsUsed(receipt_id=receipt.pk, local_date=receipt.local_date, uses=uses)
    return [entry(receipt, told)]


# ── Points ───────────────────────────────────────────────────────────────────────────────────────────────


def _move_points(
    sale: _Sale, receipt: Receipt, by: Actor, at: datetime
) -> tuple[int | None, list[journal.Entry]]:
    """Spend what was reckoned and grant what was earned; the account they belong to, and what is told of it."""
    programme = sale.programme
    if programme is None or sale.profile_id is None:
        return None, []
    account = sale.told["account"]
    if account is None:
        account = open_accounts([sale.profile_id], programme.id, by=SYSTEM, at=at)[sale.profile_id].pk
    moves: list[ledger.Move] = []
    if sale.points_spent:
        wallets = tuple(ledger.Wallet(rules.OWNER, one, programme.unit) for one in sale.told["accounts"])
        redeemed = ledger.Purse("programme", programme.id, "redeemed", programme.unit)
        moves.append(
            ledger.Spend(
                cause=rules.cause_of(receipt.public_id, "spent"),
                reason="points.spent",
                wallets=wallets,
                amount=sale.points_spent,
                target=redeemed,
            )
        )
    if sale.points_earned:
        moves.append(
            ledger.Grant(
                cause=rules.cause_of(receipt.public_id, "earned"),
                reason="points.earned",
                wallet=ledger.Wallet(rules.OWNER, account, programme.unit),
                amount=sale.points_earned,
                source=issued(programme),
                **lifetime(programme, sale.paid_at, receipt.shop_id),
            )
        )
    if moves:
        try:
            ledger.carry_out(moves, by=by, at=at)
        except ledger.NotEnough as short:
            raise CannotCommit(WHY_NOT["points"], field="calculation", because="points") from short
    amounts = (("spent", -sale.points_spent), ("earned", sale.points_earned))
    return account, [
        entry(
            receipt,
            PointsMoved(
                programme_id=programme.id,
                account_id=account,
                amount=amount,
                reason=reason,
                receipt_id=receipt.pk,
            ),
        )
        for reason, amount in amounts
        if amount
    ]


def issued(programme: Rules) -> ledger.Purse:
    """Where points come from: all that the programme ever gave, as its debt."""
    return ledger.Purse("programme", programme.id, "issued", programme.unit, may_owe=True)


def lifetime(programme: Rules, earned_at: datetime, shop_id: int) -> dict[str, datetime | None]:
    """From when, and until when, points earned now are good: they end at midnight of the shop's own zone."""
    since, until = rules.lifetime(
        earned_at,
        company.zone_of(shop_id),
        pending_days=programme.pending_days,
        lifetime_days=programme.lifetime_days,
    )
    return {"available_from": since, "expires_at": until}
