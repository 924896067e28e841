from django.urls import path

from prilavok.orders.web import views

app_name = "orders"
urlpatterns = [
    path("orders/", views.receipts, name="list"),
    path("orders/export/<str:kind>/", views.export, name="export"),
    path("orders/receipts/<uuid:public_id>/", views.receipt, name="receipt"),
    path("customers/<uuid:public_id>/purchases/", views.purchases, name="purchases"),
]
