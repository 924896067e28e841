from django.urls import path

from prilavok.customers.web import changes, kinds, lists, merging, own, privacy, views

app_name = "customers"
urlpatterns = [
    path("customers/", lists.customers, name="list"),
    path("customers/count/", lists.count, name="count"),
    path("customers/new/", lists.new, name="new"),
    path("customers/export/", lists.export, name="export"),
    path("customers/export/<str:kind>/", lists.download, name="download"),
    path("my/<str:token>/", own.own, name="own"),
    path("customers/requests/", own.wishes, name="wishes"),
    path("customers/requests/<int:number>/done/", own.settle, name="settle"),
    path("customers/<uuid:public_id>/own-page/", own.link, name="own_link"),
    path("customers/duplicates/", merging.duplicates, name="duplicates"),
    path("customers/duplicates/quality/", merging.quality, name="quality"),
    path("customers/duplicates/searches/", merging.searches, name="searches"),
    path("customers/duplicates/<uuid:public_id>/<str:verdict>/", merging.verdicts, name="verdicts"),
    path("customers/merges/<uuid:public_id>/undo/", merging.unmerge, name="unmerge"),
    path("customers/<uuid:public_id>/partners/", merging.partners, name="partners"),
    path("customers/<uuid:public_id>/merge/<uuid:other>/", merging.compare, name="compare"),
    path("customers/<uuid:public_id>/archive/", privacy.archive, name="archive"),
    path("customers/<uuid:public_id>/erasure/", privacy.erase, name="erase"),
    path("customers/<uuid:public_id>/merges/", merging.merges, name="merges"),
    path("settings/identifiers/", kinds.kinds, name="kinds"),
    path("settings/identifiers/new/", kinds.kind, name="new_kind"),
    path("settings/identifiers/<slug:code>/", kinds.kind, name="kind"),
    path("settings/identifiers/<slug:code>/restoration/", kinds.restore, name="restore_kind"),
    path("settings/quarantine/", kinds.quarantine, name="quarantine"),
    path("settings/quarantine/<int:number>/release/", kinds.release, name="release"),
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
