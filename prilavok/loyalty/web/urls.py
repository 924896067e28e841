from django.urls import path

from prilavok.loyalty.web import views

app_name = "loyalty"
urlpatterns = [
    path("loyalty/coupons/", views.series, name="series"),
    path("loyalty/coupons/new/", views.new, name="new"),
    path("loyalty/coupons/<uuid:public_id>/", views.one, name="one"),
    path("loyalty/coupons/<uuid:public_id>/codes/", views.make_codes, name="make_codes"),
    path("loyalty/coupons/<uuid:public_id>/code/", views.add_code, name="add_code"),
    path("loyalty/coupons/<uuid:public_id>/close/", views.close, name="close"),
    path("loyalty/coupons/<uuid:public_id>/reopen/", views.reopen, name="reopen"),
    path("loyalty/coupons/<uuid:public_id>/export/", views.export, name="export"),
    path("loyalty/codes/<str:code>/", views.code, name="code"),
    path("customers/<uuid:public_id>/coupons/", views.of_customer, name="of_customer"),
    path("orders/receipts/<uuid:public_id>/coupons/", views.of_receipt, name="of_receipt"),
]
