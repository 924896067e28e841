from django.urls import path

from prilavok.customers.web import changes, lists, views

app_name = "customers"
urlpatterns = [
    path("customers/", lists.customers, name="list"),
    path("customers/count/", lists.count, name="count"),
    path("customers/new/", lists.new, name="new"),
    path("customers/export/", lists.export, name="export"),
    path("customers/export/<str:kind>/", lists.download, name="download"),
    path("customers/<uuid:public_id>/", views.card, name="card"),
    path("customers/<uuid:public_id>/timeline/", views.timeline, name="timeline"),
    path("customers/<uuid:public_id>/why/<uuid:event_id>/", views.why, name="why"),
    path("customers/<uuid:public_id>/indicators/", views.indicators, name="indicators"),
    path("customers/<uuid:public_id>/looks/", views.looks, name="looks"),
    path("customers/<uuid:public_id>/person/", changes.person, name="person"),
    path("customers/<uuid:public_id>/contacts/", changes.contacts, name="contacts"),
    path("customers/<uuid:public_id>/contacts/removals/", changes.removals, name="removals"),
    path("customers/<uuid:public_id>/contacts/preferences/", changes.preferences, name="preferences"),
    path("customers/<uuid:public_id>/cards/", changes.cards, name="cards"),
    path(
        "customers/<uuid:public_id>/consents/<str:channel>/<str:answer>/", changes.consents, name="consents"
    ),
    path("customers/<uuid:public_id>/status/", changes.status, name="status"),
    path("customers/<uuid:public_id>/undo/<uuid:token>/", changes.undo, name="undo"),
]
