"""Addresses of gift cards, and of gifts."""

from django.urls import path

from prilavok.loyalty.web import gift_cards as views
from prilavok.loyalty.web import given

urlpatterns = [
    path("loyalty/gifts/", given.gifts, name="gifts"),
    path("loyalty/gifts/goods/", given.goods, name="gift_goods"),
    path("loyalty/gifts/<uuid:public_id>/back/", given.back, name="gift_back"),
    path("customers/<uuid:public_id>/gifts/", given.of_customer, name="gifts_of_customer"),
    path("orders/receipts/<uuid:public_id>/gifts/", given.of_receipt, name="gifts_of_receipt"),
    path("loyalty/gift-cards/", views.gift_cards, name="gift_cards"),
    path("loyalty/gift-cards/kinds/", views.kinds, name="gift_kinds"),
    path("loyalty/gift-cards/kinds/new/", views.new_kind, name="gift_kind_new"),
    path("loyalty/gift-cards/kinds/<uuid:public_id>/", views.kind, name="gift_kind"),
    path("loyalty/gift-cards/kinds/<uuid:public_id>/numbers/", views.issue, name="gift_kind_issue"),
    path("loyalty/gift-cards/kinds/<uuid:public_id>/printed/", views.printed, name="gift_kind_printed"),
    path("loyalty/gift-cards/kinds/<uuid:public_id>/export/", views.export, name="gift_kind_export"),
    path("loyalty/gift-cards/liability/", views.liability, name="gift_liability"),
    path("loyalty/gift-cards/<uuid:public_id>/", views.gift_card, name="gift_card"),
    path("loyalty/gift-cards/<uuid:public_id>/sale/", views.sale, name="gift_card_sale"),
    path("loyalty/gift-cards/<uuid:public_id>/top-up/", views.top_up, name="gift_card_top_up"),
    path("loyalty/gift-cards/<uuid:public_id>/payout/", views.payout, name="gift_card_payout"),
    path("loyalty/gift-cards/<uuid:public_id>/return/", views.taking_back, name="gift_card_return"),
    path("loyalty/gift-cards/<uuid:public_id>/block/", views.block, name="gift_card_block"),
    path("loyalty/gift-cards/<uuid:public_id>/unblocking/", views.unblocking, name="gift_card_unblocking"),
    path("customers/<uuid:public_id>/gift-cards/", views.of_customer, name="gift_cards_of_customer"),
    path("orders/receipts/<uuid:public_id>/gift-cards/", views.of_receipt, name="gift_cards_of_receipt"),
]
