from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from prilavok.company.web import views
from prilavok.kernel.web import public

app_name = "company"

door = LoginView.as_view(template_name="company/login.html", redirect_authenticated_user=True)

urlpatterns = [
    path("login/", public(reason="the door itself")(door), name="login"),
    path("logout/", public(reason="leaving needs no right")(LogoutView.as_view()), name="logout"),
    path("settings/me/", views.me, name="me"),
    path("settings/company/", views.company, name="company"),
    path("settings/shops/", views.shops, name="shops"),
    path("settings/employees/", views.employees, name="employees"),
    path("settings/employees/new/", views.new_employee, name="new_employee"),
    path("settings/employees/<uuid:public_id>/", views.employee, name="employee"),
    path("settings/employees/<uuid:public_id>/roles/", views.grants, name="grants"),
    path("settings/employees/<uuid:public_id>/access/", views.access, name="access"),
    path("settings/roles/", views.roles, name="roles"),
    path("settings/roles/<slug:code>/", views.role, name="role"),
    path("settings/tokens/", views.tokens, name="tokens"),
    path("settings/tokens/new/", views.new_token, name="new_token"),
    path("settings/tokens/<int:token_id>/revocation/", views.revocation, name="revocation"),
    path("settings/access-log/", views.looks, name="looks"),
    path("views/<slug:page>/", views.saved_views, name="saved_views"),
    path("views/<slug:page>/<int:view_id>/removal/", views.view_removal, name="view_removal"),
]
