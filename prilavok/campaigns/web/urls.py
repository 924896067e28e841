from django.urls import path

from prilavok.campaigns.web import steps, views

app_name = "campaigns"
urlpatterns = [
    path("campaigns/", views.campaigns, name="list"),
    path("campaigns/new/", steps.new, name="new"),
    path("campaigns/reach/<uuid:public_id>/", steps.reach, name="reach"),
    path("campaigns/letters/<uuid:public_id>/", steps.letter, name="letter"),
    path("campaigns/<uuid:public_id>/", views.campaign, name="campaign"),
    path("campaigns/<uuid:public_id>/whom/", steps.whom, name="whom"),
    path("campaigns/<uuid:public_id>/what/", steps.what, name="what"),
    path("campaigns/<uuid:public_id>/what/starter/", steps.starter, name="starter"),
    path("campaigns/<uuid:public_id>/what/points/", steps.points_cost, name="points_cost"),
    path("campaigns/<uuid:public_id>/approval/", steps.approval, name="approval"),
    path("campaigns/<uuid:public_id>/when/", steps.when, name="when"),
    path("campaigns/<uuid:public_id>/when/beforehand/", steps.beforehand, name="beforehand"),
    path("campaigns/<uuid:public_id>/progress/", views.progress, name="progress"),
    path("campaigns/<uuid:public_id>/people/<str:figure>/", views.people, name="people"),
    path("campaigns/<uuid:public_id>/points/", views.given, name="given"),
    path("campaigns/<uuid:public_id>/points/export/", views.given_file, name="given_file"),
    path("campaigns/<uuid:public_id>/readers/<str:what>/", views.readers, name="readers"),
    path("campaigns/<uuid:public_id>/past/", views.past, name="past"),
    path("campaigns/<uuid:public_id>/past/naive/", views.naive, name="naive"),
    path("campaigns/<uuid:public_id>/copies/", views.copies, name="copies"),
    path("campaigns/<uuid:public_id>/turn/<str:verb>/", views.turn, name="turn"),
]
