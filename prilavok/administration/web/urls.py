from django.urls import path

from prilavok.administration.web import views

app_name = "administration"
urlpatterns = [
    path("settings/health/", views.health, name="health"),
    path("settings/health/books/", views.books, name="books"),
    path("settings/health/sending/", views.sending, name="sending"),
    path("settings/health/facts/", views.rebuilds, name="rebuilds"),
    path("settings/health/facts/repairs/", views.repairs, name="repairs"),
    path("settings/parked/", views.parked, name="parked"),
    path("settings/parked/<int:parked_id>/", views.parked_event, name="parked_event"),
    path("settings/parked/<int:parked_id>/replays/", views.replays, name="replays"),
    path("settings/parked/<int:parked_id>/given-up/", views.given_up, name="given_up"),
    path("settings/jobs/", views.jobs, name="jobs"),
    path("settings/jobs/<int:job_id>/retries/", views.retries, name="retries"),
]
