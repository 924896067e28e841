"""What a customer gets: coupons; a programme of points with its accounts, cards and tiers; promotions."""

from prilavok.loyalty.models.accounts import Account, Programme, Tier, TierChange
from prilavok.loyalty.models.awards import Award
from prilavok.loyalty.models.cards import Card, CardChange, CardKind, CardStatus
from prilavok.loyalty.models.corrections import Correction, CorrectionQuerySet
from prilavok.loyalty.models.coupons import (
    CODE_KEY,
    CodeAttempt,
    Coupon,
    CouponQuerySet,
    CouponSeries,
    CouponSeriesQuerySet,
    FreedUse,
    Redemption,
    RefusedUse,
    SeriesCategory,
    SeriesProduct,
)
from prilavok.loyalty.models.gifts import GiftCard, GiftChange, GiftKind, GiftPayment
from prilavok.loyalty.models.given import Gift
from prilavok.loyalty.models.promotions import (
    Backtest,
    BookNumber,
    Promotion,
    PromotionCount,
    PromotionPeriod,
    PromotionQuerySet,
    PromotionTurn,
    PromotionUse,
    PromotionVersion,
)
from prilavok.loyalty.models.referrals import Referral, ReferralCode, ReferralTerms
from prilavok.loyalty.models.sales import Calculation, Circumstances, Reckoned, ReturnedAnew

__all__ = [
    "CODE_KEY",
    "Account",
    "Award",
    "Backtest",
    "BookNumber",
    "Calculation",
    "Card",
    "CardChange",
    "CardKind",
    "CardStatus",
    "Circumstances",
    "CodeAttempt",
    "Correction",
    "CorrectionQuerySet",
    "Coupon",
    "CouponQuerySet",
    "CouponSeries",
    "CouponSeriesQuerySet",
    "FreedUse",
    "Gift",
    "GiftCard",
    "GiftChange",
    "GiftKind",
    "GiftPayment",
    "Programme",
    "Promotion",
    "PromotionCount",
    "PromotionPeriod",
    "PromotionQuerySet",
    "PromotionTurn",
    "PromotionUse",
    "PromotionVersion",
    "Reckoned",
    "Redemption",
    "Referral",
    "ReferralCode",
    "ReferralTerms",
    "RefusedUse",
    "ReturnedAnew",
    "SeriesCategory",
    "SeriesProduct",
    "Tier",
    "TierChange",
]
