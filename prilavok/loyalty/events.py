"""What loyalty tells: of coupons, cards, points, promotions, gift cards."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from prilavok.kernel.event import Event


@dataclass(frozen=True, kw_only=True)
class SeriesMade(Event):
    """A series of coupons was made."""

    series_id: int


@dataclass(frozen=True, kw_only=True)
class SeriesClosed(Event):
    """A series was closed before its time: its codes are good no more."""

    series_id: int


@dataclass(frozen=True, kw_only=True)
class SeriesReopened(Event):
    """A closed series is good again."""

    series_id: int


@dataclass(frozen=True, kw_only=True)
class CouponIssued(Event):
    """A customer was given a code."""

    series_id: int
    coupon_id: int


@dataclass(frozen=True, kw_only=True)
class CodesMade(Event):
    """Codes for whoever holds them were made."""

    series_id: int
    count: int


@dataclass(frozen=True, kw_only=True)
class CouponRedeemed(Event):
    """A coupon was used on a receipt; `revenue` is the whole receipt's, `amount` what the coupon took off."""

    series_id: int
    coupon_id: int
    redemption_id: int
    receipt_id: int
    local_date: date
    shop_id: int
    amount: Decimal
    revenue: Decimal


@dataclass(frozen=True, kw_only=True)
class CouponFreed(Event):
    """A coupon is good again: the receipt that it was used on came back whole. Day and shop are the return's."""

    series_id: int
    coupon_id: int
    receipt_id: int
    redemption_id: int = 0  # 0: told before uses were named
    local_date: date | None = None
    shop_id: int = 0


@dataclass(frozen=True, kw_only=True)
class CouponRefused(Event):
    """A code named on a receipt was not good."""

    receipt_id: int
    reason: str
    series_id: int | None = None
    coupon_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class ProgrammeChanged(Event):
    """A programme of points began, or reckons otherwise from now on."""

    programme_id: int


@dataclass(frozen=True, kw_only=True)
class AccountOpened(Event):
    """A customer, or a household, has an account in a programme."""

    programme_id: int
    account_id: int
    household_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class CardsMade(Event):
    """Cards were put into the stock."""

    kind_id: int
    count: int


@dataclass(frozen=True, kw_only=True)
class CardIssued(Event):
    """A customer was given a card. `replaces`: the card in whose stead."""

    card_id: int
    kind_id: int
    account_id: int
    replaces: int | None = None


@dataclass(frozen=True, kw_only=True)
class CardActivated(Event):
    """An issued card is good from now on."""

    card_id: int


@dataclass(frozen=True, kw_only=True)
class CardBlocked(Event):
    """A card opens nothing any more; undone by CardUnblocked."""

    card_id: int


@dataclass(frozen=True, kw_only=True)
class CardUnblocked(Event):
    """A blocked card is what it was before."""

    card_id: int


@dataclass(frozen=True, kw_only=True)
class CardStatusChanged(Event):
    """A card got a status of the company's own, or lost it (none)."""

    card_id: int
    status_id: int | None


@dataclass(frozen=True, kw_only=True)
class CardReplaced(Event):
    """A card is good no more, its successor opens the same account."""

    card_id: int
    successor_id: int


@dataclass(frozen=True, kw_only=True)
class GiftCardsMade(Event):
    """Numbers of gift cards were made; they are worth nothing until they are sold."""

    kind_id: int
    count: int


@dataclass(frozen=True, kw_only=True)
class GiftNumbersExported(Event):
    """Somebody took the numbers and PINs of gift cards that are not sold yet."""

    kind_id: int


@dataclass(frozen=True, kw_only=True)
class GiftGiven(Event):
    """A shop gave goods for nothing. `receipt_id`: the purchase that they came with (0: from somebody's hand)."""

    gift_id: int
    product_id: int
    quantity: Decimal
    promotion_id: int = 0
    receipt_id: int = 0
    local_date: date
    shop_id: int


@dataclass(frozen=True, kw_only=True)
class GiftTakenBack(Event):
    """A gift came back, or was written down by mistake: it counts no more. The rest tells of what was given."""

    gift_id: int
    product_id: int
    quantity: Decimal
    promotion_id: int = 0
    receipt_id: int = 0
    local_date: date
    shop_id: int


@dataclass(frozen=True, kw_only=True)
class GiftCardSold(Event):
    """A gift card is worth money from now on."""

    card_id: int
    kind_id: int
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class GiftCardTakenBack(Event):
    """An unused gift card came back to the shop: it is worth nothing again."""

    card_id: int
    kind_id: int
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class GiftCardToppedUp(Event):
    """More money was put on a gift card."""

    card_id: int
    kind_id: int
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class GiftCardPaidOut(Event):
    """What was left on a gift card was given to its holder in money."""

    card_id: int
    kind_id: int
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class GiftCardPaid(Event):
    """A gift card paid for a receipt, or for a part of it."""

    card_id: int
    kind_id: int
    receipt_id: int
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class GiftCardRefunded(Event):
    """Money came back to a gift card with a return; `receipt_id` is the return's."""

    card_id: int
    kind_id: int
    receipt_id: int
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class GiftCardBlocked(Event):
    """A gift card pays for nothing any more; undone by GiftCardUnblocked."""

    card_id: int


@dataclass(frozen=True, kw_only=True)
class GiftCardUnblocked(Event):
    """A blocked gift card is what it was before."""

    card_id: int


@dataclass(frozen=True, kw_only=True)
class GiftCardExpired(Event):
    """The time of a gift card is over; `amount` was left on it."""

    card_id: int
    kind_id: int
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class PointsMoved(Event):
    """Points came to an account or left it. `reason`: earned, spent, taken_back, given_back, corrected, gift,
    transferred, awarded. `owner`: because of what they were awarded, such as `campaign:12`.
    """

    programme_id: int
    account_id: int
    amount: Decimal
    reason: str
    receipt_id: int | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class UsedOnReceipt:
    """What a promotion took off a receipt, what points it gave."""

    promotion_id: int
    version: int
    amount: Decimal
    points: Decimal


@dataclass(frozen=True, kw_only=True)
class PromotionsUsed(Event):
    """Promotions changed a receipt."""

    receipt_id: int
    local_date: date
    uses: tuple[UsedOnReceipt, ...]


@dataclass(frozen=True, kw_only=True)
class PromotionUsed(Event):
    """As PromotionsUsed, of one promotion: told until November 2026, one event for each of them."""

    promotion_id: int
    version: int
    receipt_id: int
    local_date: date
    amount: Decimal
    points: Decimal


@dataclass(frozen=True, kw_only=True)
class PromotionChanged(Event):
    """A promotion was made, changed, approved, refused, paused, resumed or ended; `state` as it is now."""

    promotion_id: int
    version: int
    state: str


@dataclass(frozen=True, kw_only=True)
class TierReached(Event):
    """An account stands in another tier (none: in none any more)."""

    account_id: int
    tier_id: int | None
    because: str


@dataclass(frozen=True, kw_only=True)
class CorrectionProposed(Event):
    """Points are to be corrected by hand; a colleague has to decide. `reason`: Correction.Reason."""

    correction_id: int
    account_id: int
    amount: Decimal
    reason: str


@dataclass(frozen=True, kw_only=True)
class CorrectionApproved(Event):
    """A colleague approved it; PointsMoved tells of the points."""

    correction_id: int
    account_id: int
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class CorrectionRejected(Event):
    """A colleague rejected it, or whoever proposed it withdrew it."""

    correction_id: int
    account_id: int
    withdrawn: bool


@dataclass(frozen=True, kw_only=True)
class FriendBrought(Event):
    """A new customer named somebody's code at the first purchase; the friend stands on the envelope."""

    referral_id: int
    giver_id: int
    receipt_id: int


@dataclass(frozen=True, kw_only=True)
class FriendRewarded(Event):
    """A friend's first purchase stands: who brought them, on the envelope, has their reward."""

    referral_id: int
    friend_id: int
    receipt_id: int


@dataclass(frozen=True, kw_only=True)
class FriendUndone(Event):
    """A friend's first purchase came back before it stood: nobody gets anything for it."""

    referral_id: int
    giver_id: int
    receipt_id: int
