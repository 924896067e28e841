"""What the public API offers of loyalty."""

from ninja import Router

from prilavok.loyalty.api.cards import router as cards
from prilavok.loyalty.api.corrections import router as corrections
from prilavok.loyalty.api.coupons import router as coupons
from prilavok.loyalty.api.gift_cards import router as gift_cards
from prilavok.loyalty.api.gifts import router as gifts
from prilavok.loyalty.api.programmes import router as programmes
from prilavok.loyalty.api.promotions import router as promotions
from prilavok.loyalty.api.referrals import router as referrals
from prilavok.loyalty.api.response import router as response
from prilavok.loyalty.api.till import router as till

router = Router()
router.add_router("", coupons)
router.add_router("", till)
router.add_router("", cards)
router.add_router("", gift_cards)
router.add_router("", gifts)
router.add_router("", corrections)
router.add_router("", programmes)
router.add_router("", promotions)
router.add_router("", response)
router.add_router("", referrals)
