"""Addresses of gift cards."""

from django.urls import path

from prilavok.loyalty.web import gift_cards as views

urlpatterns = [
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
