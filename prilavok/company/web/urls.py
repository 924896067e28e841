from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from prilavok.company.web import views
from prilavok.kernel.web import public

app_name = "company"
urlpatterns = [
    path(
        "login/",
        public(reason="the door itself")(
            LoginView.as_view(template_name="company/login.html", redirect_authenticated_user=True)
        ),
        name="login",
    ),
    path("logout/", public(reason="leaving needs no right")(LogoutView.as_view()), name="logout"),
    path("settings/me/", views.me, name="me"),
]
