from django.urls import path

from prilavok.relations.web import households, settings, views

app_name = "relations"
urlpatterns = [
    path("customers/<uuid:public_id>/relations/", views.of_customer, name="of_customer"),
    path("customers/<uuid:public_id>/relations/<uuid:relation_id>/ending/", views.ending, name="ending"),
    path("customers/<uuid:public_id>/relations/<uuid:relation_id>/removal/", views.removal, name="removal"),
    path("customers/<uuid:public_id>/relations/<uuid:relation_id>/", views.relation, name="relation"),
    path(
        "customers/<uuid:public_id>/relations/restorations/<uuid:token>/",
        views.restoration,
        name="restoration",
    ),
    path("customers/<uuid:public_id>/holding/", views.holding, name="holding"),
    path("customers/<uuid:public_id>/household/", households.make, name="make_household"),
    path("households/<uuid:household_id>/", households.household, name="household"),
    path("households/<uuid:household_id>/name/", households.name, name="household_name"),
    path(
        "households/<uuid:household_id>/members/<uuid:public_id>/leaving/", households.leaving, name="leaving"
    ),
    path(
        "households/<uuid:household_id>/members/<uuid:public_id>/heading/", households.heading, name="heading"
    ),
    path("settings/relations/", settings.kinds, name="kinds"),
    path("settings/relations/new/", settings.kind, name="new_kind"),
    path("settings/relations/<slug:code>/", settings.kind, name="kind"),
]
