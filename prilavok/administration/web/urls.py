from django.urls import path

from prilavok.administration.web import views

app_name = "administration"
urlpatterns = [
    path("live/", views.live, name="live"),
]
