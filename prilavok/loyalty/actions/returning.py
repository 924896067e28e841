"""Goods come back: what was earned for them is taken back, what was spent on them is given back, to the point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction

from prilavok.kernel import journal
from prilavok.kernel.actors import Actor, Refused
from prilavok.ledger import actions as ledger
from prilavok.loyalty import rules
from prilavok.loyalty.actions import books
from prilavok.loyalty.actions.anew import points_back, priced_anew
from prilavok.loyalty.actions.gift_payments import refund_to_gift
from prilavok.loyalty.actions.giving import gifts_come_back
from prilavok.loyalty.actions.redemptions import use_cause
from prilavok.loyalty.actions.selling import Sold, entry
from prilavok.loyalty.events import CouponFreed, PointsMoved
from prilavok.loyalty.models import Account, FreedUse, GiftCard, PromotionUse, Reckoned, Redemption
from prilavok.loyalty.problems import CardsWereSold, NothingToReturn
from prilavok.loyalty.queries.accounts import spendable
from prilavok.loyalty.queries.book import Rules, rules_of
from prilavok.loyalty.reckoning.spreading import floored, rounded
from prilavok.orders import actions as orders
from prilavok.orders import queries as orders_queries
from prilavok.orders.actions import Back

if TYPE_CHECKING:
    from prilavok.orders.models import Receipt

ZERO = Decimal(0)


@transaction.atomic
def give_back(
    *,
    receipt: UUID,
    lines: Sequence[Back],
    number: str,
    by: Actor,
    at: datetime,
    till_code: str = "",
    shop_id: int | None = None,
) -> Sold:
    """Return parts of a receipt, under a number of its own; the same again answers the same.

    `shop_id`: where the goods came back, if not where they were sold.

    Each line gives back its share of money and points, or the rest of the receipt is reckoned anew (`anew`), as the
    programme said when it was sold: parts returned one after another add up to the whole.
    Raises Refused, ReceiptWrong, ReceiptDiffers.
    """
    by.must("loyalty.redeem")
    original = orders_queries.locked(receipt)
    back = _known(original, number, shop_id)
    if back is None:
        priced = priced_anew(original, lines)
        back = orders.return_lines(
            receipt=receipt,
            lines=priced,
            number=number,
            by=by,
            at=at,
            till_code=till_code,
            shop_id=shop_id,
        )
    return _settle(back, free=False, by=by, at=at)


@transaction.atomic
def cancel(*, receipt: UUID, number: str, by: Actor, at: datetime, till_code: str = "") -> Sold:
    """Undo a sale before the goods have left: all that is left of it comes back, its coupons are good again.

    Raises Refused, CardsWereSold, NothingToReturn, ReceiptWrong, ReceiptDiffers.
    """
    by.must("loyalty.redeem")
    original = orders_queries.locked(receipt)
    back = _known(original, number)
    if back is None:
        lines = orders.all_that_is_left(original.pk) if original else []
        if original is not None:
            _must_have_cards_back(original)
        if original is not None and not lines:
            raise NothingToReturn(field="receipt")
        priced = priced_anew(original, lines)
        back = orders.return_lines(
            receipt=receipt, lines=priced, number=number, by=by, at=at, till_code=till_code
        )
    return _settle(back, free=True, by=by, at=at)


def _must_have_cards_back(original: Receipt) -> None:
    """A receipt that sold gift cards is undone with them: they would stay good. Raises CardsWereSold."""
    sold = GiftCard.objects.filter(sold_in=original.shop_id, sold_by=original.number)
    if cards := list(sold.order_by("pk")[:10]):
        raise CardsWereSold(field="receipt", numbers=", ".join(one.shown for one in cards))


@transaction.atomic
def settle_return(receipt_id: int, *, by: Actor, at: datetime) -> Sold | None:
    """A return that was written past the till moves points and gift cards too, as one at the till would have.

    The customer has the money already: points that are missing are owed, whatever the programme does at the till.
    One that the till has settled moves nothing more; what is no return of a known receipt is none (None).
    """
    by.must("loyalty.redeem")
    back = orders_queries.by_id([receipt_id])[receipt_id]
    if back.returns_id is None:
        return None
    original = orders_queries.by_id([back.returns_id])[back.returns_id]
    orders_queries.locked(original.public_id)
    return _settle(back, free=False, by=by, at=at, paid_out=True)


def _known(original: Receipt | None, number: str, shop_id: int | None = None) -> Receipt | None:
    """The return of this number, where it was told before."""
    known = orders_queries.by_number_of(shop_id or original.shop_id, number) if original else None
    return known if original and known and known.returns_id == original.pk else None


def _settle(back: Receipt, *, free: bool, by: Actor, at: datetime, paid_out: bool = False) -> Sold:
    """Give points back and take them back for a return that is written; told again it moves nothing more.

    `free`: coupons and uses of promotions are good again once all is returned, whatever the programme says.
    `paid_out`: the money is gone already, so that nothing can be kept of it.
    """
    if not by.sees_shop(back.shop_id):
        raise Refused("loyalty.redeem")
    original = orders_queries.by_id([back.returns_id or 0])[back.returns_id or 0]
    done = _undo(original, back, free=free, by=by, at=at, paid_out=paid_out)
    gifts_come_back(original.pk, by=by, at=at)
    return replace(done, gifts=refund_to_gift(original, back, done.refund, by=by, at=at))


def _undo(original: Receipt, back: Receipt, *, free: bool, by: Actor, at: datetime, paid_out: bool) -> Sold:
    reckoned = Reckoned.objects.select_related("account").filter(receipt=original.pk).first()
    if reckoned is None:
        return Sold(back, refund=-back.paid)
    programme = rules_of(reckoned.account.programme_id) if reckoned.account else None
    moved = Sold(back)
    if programme:
        spent, earned = points_back(original, back) or _share(
            reckoned, original.pk, back.pk, programme.policies.point_step
        )
        owe = paid_out or programme.owes
        moved = _move(original, back, reckoned, spent, earned, programme, owe, by, at)
    whole = not any(one.quantity for one in orders.still_sold(original.pk))
    if whole and (free or (programme is not None and programme.coupon_back)):
        Reckoned.objects.filter(receipt=original.pk, undone_at=None).update(undone_at=at)
        _set_free(original, back, by, at)
    return Sold(back, moved.points_spent, moved.points_earned, -back.paid - moved.refund, moved.owed)


def _share(reckoned: Reckoned, original_id: int, back_id: int, step: Decimal) -> tuple[Decimal, Decimal]:
    """The points spent on, and earned by, what this return takes: what falls on all returned so far, less before."""
    returned = orders_queries.returned_quantities(original_id, upto=back_id)
    spent = earned = ZERO
    for number, line in enumerate(reckoned.lines, start=1):
        if number not in returned:
            continue
        before, now = returned[number]
        sold = Decimal(line["q"])
        points = Decimal(line["b"][1]) if "b" in line else ZERO
        gained = sum((Decimal(part) for _promotion, part in line.get("e", ())), ZERO)
        spent += _part(points, before, now, sold, step)
        earned += _part(gained, before, now, sold, step)
    return spent, earned


def _part(points: Decimal, before: Decimal, now: Decimal, sold: Decimal, step: Decimal) -> Decimal:
    """The points that fall on what comes back now, after what came before; what has no quantity comes back whole."""
    return _so_far(points, before + now, sold, step) - (_so_far(points, before, sold, step) if sold else ZERO)


def _so_far(points: Decimal, returned: Decimal, sold: Decimal, step: Decimal) -> Decimal:
    """The points that fall on what was returned so far: whole steps down, all of them once all is back."""
    return points if returned == sold else floored(points * returned / sold, step)


def _move(
    original: Receipt,
    back: Receipt,
    reckoned: Reckoned,
    spent: Decimal,
    earned: Decimal,
    programme: Rules,
    owe: bool,
    by: Actor,
    at: datetime,
) -> Sold:
    """Take back and give back in the books; what is missing is owed, or kept from the refund (`refund`, in money)."""
    account = reckoned.account
    assert account is not None
    moves: list[ledger.Move] = []
    if spent:
        moves.append(
            ledger.GiveBack(
                cause=rules.cause_of(back.public_id, "given back"),
                reason="points.given_back",
                spent=rules.cause_of(original.public_id, "spent"),
                amount=spent,
                grace=timedelta(days=programme.grace_days),
            )
        )
    if earned:
        moves.append(
            ledger.TakeBack(
                cause=rules.cause_of(back.public_id, "taken back"),
                reason="points.taken_back",
                granted=rules.cause_of(original.public_id, "earned"),
                wallets=_wallets(account, programme),
                amount=earned,
                owe=owe,
                short_at_most=floored(
                    max(-back.paid, ZERO) / programme.policies.point_value, programme.policies.point_step
                ),
            )
        )
    done = ledger.carry_out(moves, by=by, at=at) if moves else {}
    taken = done.get(rules.cause_of(back.public_id, "taken back"))
    short = taken.short if taken else ZERO
    if any(one.new for one in done.values()):
        _tell(original, back, account, {"given_back": spent, "taken_back": short - earned}, by)
    kept = rounded(short * programme.policies.point_value)
    return Sold(back, -spent, short - earned, kept, taken.owed if taken else ZERO)


def _wallets(account: Account, programme: Rules) -> tuple[ledger.Wallet, ...]:
    return tuple(ledger.Wallet(rules.OWNER, one, programme.unit) for one in spendable(account))


def _tell(
    original: Receipt, back: Receipt, account: Account, amounts: Mapping[str, Decimal], by: Actor
) -> None:
    journal.record_many(
        [
            entry(
                back,
                PointsMoved(
                    programme_id=account.programme_id,
                    account_id=account.pk,
                    amount=amount,
                    reason=reason,
                    receipt_id=original.pk,
                ),
            )
            for reason, amount in amounts.items()
            if amount
        ],
        by=by,
        live=True,
    )


def _set_free(original: Receipt, back: Receipt, by: Actor, at: datetime) -> None:
    """Coupons and uses of promotions of a receipt that came back whole are free again."""
    uses = list(Redemption.objects.filter(receipt=original.pk).select_related("coupon__series"))
    ledger.post_many(
        [
            books.free(one.coupon.series, one.coupon.profile_id, cause=use_cause(one.coupon_id, back.pk))
            for one in uses
        ],
        by=by,
        at=at,
    )
    FreedUse.objects.bulk_create(
        FreedUse(
            redemption_id=one.pk,
            coupon_id=one.coupon_id,
            receipt_id=original.pk,
            local_date=original.local_date,
            amount=one.amount,
            freed_at=back.paid_at,
            freed_date=back.local_date,
        )
        for one in uses
    )
    Redemption.objects.filter(pk__in=[one.pk for one in uses]).delete()
    journal.record_many(
        [
            entry(
                back,
                CouponFreed(
                    series_id=one.coupon.series_id,
                    coupon_id=one.coupon_id,
                    receipt_id=original.pk,
                    redemption_id=one.pk,
                    local_date=back.local_date,
                    shop_id=back.shop_id,
                ),
            )
            for one in uses
        ],
        by=by,
        live=True,
    )
    _uncount(PromotionUse.objects.filter(receipt=original.pk, undone_at=None), at)


def _uncount(uses: Any, at: datetime) -> None:
    freed: Iterable[tuple[int, Decimal, date]] = list(
        uses.order_by("promotion").values_list("promotion_id", "amount", "local_date")
    )
    columns = [list(column) for column in zip(*freed, strict=True)] or [[], [], []]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loyalty_promotioncount c SET times = c.times - 1, money = c.money - freed.amount"
            " FROM unnest(%s::bigint[], %s::numeric[]) AS freed (promotion, amount)"
            " WHERE c.promotion_id = freed.promotion",
            columns[:2],
        )
        cursor.execute(
            "UPDATE loyalty_promotionperiod p SET times = p.times - 1, money = p.money - freed.amount"
            " FROM unnest(%s::bigint[], %s::numeric[], %s::date[]) AS freed (promotion, amount, day)"
            " WHERE p.promotion_id = freed.promotion AND p.since = date_trunc(p.period, freed.day)::date",
            columns,
        )
    uses.update(undone_at=at)
