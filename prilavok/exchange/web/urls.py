from django.urls import path

from prilavok.exchange.web import views

app_name = "exchange"
urlpatterns = [
    path("exchange/", views.imports, name="list"),
    path("exchange/new/", views.new, name="new"),
    path("exchange/<uuid:public_id>/", views.one, name="import"),
    path("exchange/<uuid:public_id>/start/", views.start, name="start"),
    path("exchange/<uuid:public_id>/again/", views.again, name="again"),
    path("exchange/<uuid:public_id>/drop/", views.drop, name="drop"),
    path("exchange/<uuid:public_id>/progress/", views.progress, name="progress"),
    path("exchange/<uuid:public_id>/rejects/", views.rejects, name="rejects"),
]
