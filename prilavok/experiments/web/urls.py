from django.urls import path

from prilavok.experiments.web import loads, views

app_name = "experiments"
urlpatterns = [
    path("experiments/", views.experiments, name="list"),
    path("experiments/load/", loads.load, name="load"),
    path("experiments/<uuid:public_id>/", views.report, name="report"),
    path("experiments/<uuid:public_id>/live/", views.live, name="live"),
    path("experiments/<uuid:public_id>/people/", views.people, name="people"),
    path("experiments/<uuid:public_id>/receipts/", views.receipts, name="receipts"),
    path("experiments/<uuid:public_id>/report.json", views.as_json, name="json"),
]
