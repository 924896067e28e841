from django.urls import include, path

from prilavok.loyalty.web import corrections, gift_urls, programmes_urls, promotions_urls, views

app_name = "loyalty"
urlpatterns = [
    path("loyalty/promotions/", include(promotions_urls)),
    path("", include(programmes_urls)),
    path("", include(gift_urls)),
    path("loyalty/coupons/", views.series, name="series"),
    path("loyalty/coupons/attempts/", views.attempts, name="attempts"),
    path("loyalty/coupons/new/", views.new, name="new"),
    path("loyalty/coupons/new/<slug:field>/", views.picked, name="picked"),
    path("loyalty/coupons/<uuid:public_id>/", views.one, name="one"),
    path("loyalty/coupons/<uuid:public_id>/codes/", views.make_codes, name="make_codes"),
    path("loyalty/coupons/<uuid:public_id>/code/", views.add_code, name="add_code"),
    path("loyalty/coupons/<uuid:public_id>/close/", views.close, name="close"),
    path("loyalty/coupons/<uuid:public_id>/reopen/", views.reopen, name="reopen"),
    path("loyalty/coupons/<uuid:public_id>/export/", views.export, name="export"),
    path("loyalty/codes/<str:code>/", views.code, name="code"),
    path("customers/<uuid:public_id>/coupons/", views.of_customer, name="of_customer"),
    path("orders/receipts/<uuid:public_id>/coupons/", views.of_receipt, name="of_receipt"),
    path("loyalty/corrections/", corrections.corrections, name="corrections"),
    path("loyalty/corrections/<uuid:public_id>/", corrections.correction, name="correction"),
    path("loyalty/corrections/<uuid:public_id>/approval/", corrections.approval, name="correction_approval"),
    path(
        "loyalty/corrections/<uuid:public_id>/rejection/", corrections.rejection, name="correction_rejection"
    ),
    path(
        "customers/<uuid:public_id>/corrections/",
        corrections.of_customer,
        name="corrections_of_customer",
    ),
    path(
        "loyalty/accounts/<uuid:public_id>/corrections/",
        corrections.of_account,
        name="corrections_of_account",
    ),
]
