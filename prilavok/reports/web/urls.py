from django.urls import path

from prilavok.reports.web import views

app_name = "reports"
urlpatterns = [
    path("", views.home, name="home"),
    path("today/", views.today, name="today"),
    path("today/worth/", views.worth, name="worth"),
]
