"""Addresses of programmes, tiers, cards and accounts."""

from django.urls import path

from prilavok.loyalty.web import (
    accounts,
    card_sales,
    cards,
    liability,
    programmes,
    referrals,
    tiers,
    transfers,
)

urlpatterns = [
    path("loyalty/programmes/", programmes.programmes, name="programmes"),
    path("loyalty/programmes/new/", programmes.new, name="programme_new"),
    path("loyalty/programmes/<uuid:public_id>/", programmes.programme, name="programme"),
    path("loyalty/programmes/<uuid:public_id>/change/", programmes.change, name="programme_change"),
    path("loyalty/programmes/<uuid:public_id>/ending/", programmes.ending, name="programme_ending"),
    path("loyalty/programmes/<uuid:public_id>/liability/", liability.liability, name="liability"),
    path("loyalty/programmes/<uuid:public_id>/tiers/new/", tiers.new, name="tier_new"),
    path("loyalty/tiers/<uuid:public_id>/", tiers.tier, name="tier"),
    path("loyalty/tiers/<uuid:public_id>/change/", tiers.change, name="tier_change"),
    path("loyalty/tiers/<uuid:public_id>/removal/", tiers.removal, name="tier_removal"),
    path("loyalty/tiers/<uuid:public_id>/restoration/", tiers.restoration, name="tier_restoration"),
    path("loyalty/tiers/<uuid:public_id>/moves/", tiers.moves, name="tier_moves"),
    path("loyalty/programmes/<uuid:public_id>/card-kinds/new/", cards.new_kind, name="card_kind_new"),
    path("loyalty/card-kinds/<uuid:public_id>/", cards.kind, name="card_kind"),
    path("loyalty/card-kinds/<uuid:public_id>/range/", cards.make_range, name="card_range"),
    path("loyalty/card-kinds/<uuid:public_id>/numbers/", cards.add_numbers, name="card_numbers"),
    path("loyalty/cards/", cards.cards, name="cards"),
    path("loyalty/cards/statuses/", cards.statuses, name="card_statuses"),
    path(
        "loyalty/cards/statuses/<uuid:public_id>/<slug:what>/", cards.change_status, name="card_status_change"
    ),
    path("loyalty/cards/<uuid:public_id>/status/", cards.status, name="card_status"),
    path("loyalty/cards/purchases/", card_sales.card_sales, name="card_sales"),
    path("loyalty/cards/purchases/file/", card_sales.download, name="card_sales_file"),
    path("loyalty/cards/<uuid:public_id>/", cards.card, name="card"),
    path("loyalty/cards/<uuid:public_id>/picture.svg", cards.picture, name="card_picture"),
    path("loyalty/cards/<uuid:public_id>/activation/", cards.activation, name="card_activation"),
    path("loyalty/cards/<uuid:public_id>/block/", cards.block, name="card_block"),
    path("loyalty/cards/<uuid:public_id>/unblocking/", cards.unblocking, name="card_unblocking"),
    path("loyalty/cards/<uuid:public_id>/replacement/", cards.replacement, name="card_replacement"),
    path("customers/<uuid:public_id>/cards/issue/", cards.issue, name="card_issue"),
    path("loyalty/referrals/", referrals.referrals, name="referrals"),
    path("loyalty/referrals/codes/", referrals.codes, name="referral_codes"),
    path("loyalty/programmes/<uuid:public_id>/referrals/", referrals.terms, name="referral_terms"),
    path("customers/<uuid:public_id>/referral-code/", referrals.code, name="referral_code"),
    path("loyalty/accounts/", accounts.accounts, name="accounts"),
    path("loyalty/accounts/<uuid:public_id>/", accounts.account, name="account"),
    path("loyalty/accounts/<uuid:public_id>/tier/", accounts.put_in_tier, name="account_tier"),
    path("loyalty/accounts/<uuid:public_id>/transfer/", transfers.transfer, name="transfer"),
    path("customers/<uuid:public_id>/points/", accounts.of_customer, name="points_of_customer"),
    path("customers/<uuid:public_id>/accounts/new/", accounts.open_account, name="account_opening"),
    path("households/<uuid:public_id>/points/", accounts.of_household, name="points_of_household"),
]
