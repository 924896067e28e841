from django.urls import path

from prilavok.company.web import door, passkeys, passwords, people, security, tokens, views

app_name = "company"

urlpatterns = [
    path("login/", door.log_in, name="login"),
    path("login/second/", door.second, name="second"),
    path("login/second/passkey/", passkeys.prove, name="prove_passkey"),
    path("login/second/passkey/options/", passkeys.ask, name="ask_passkey"),
    path("logout/", door.log_out, name="logout"),
    path("login/forgotten/", passwords.forgotten, name="forgotten"),
    path("login/password/<uidb64>/<token>/", passwords.new_password, name="new_password"),
    path("settings/me/", views.me, name="me"),
    path("settings/me/password/", passwords.my_password, name="my_password"),
    path("settings/security/", security.security, name="security"),
    path("settings/security/codes/", security.totp, name="totp"),
    path("settings/security/codes/removal/", security.totp_removal, name="totp_removal"),
    path("settings/security/recovery/", security.codes, name="recovery_codes"),
    path("settings/security/passkeys/", passkeys.add, name="add_passkey"),
    path("settings/security/passkeys/options/", passkeys.offer, name="offer_passkey"),
    path("settings/security/passkeys/<uuid:public_id>/name/", passkeys.rename, name="rename_passkey"),
    path("settings/security/passkeys/<uuid:public_id>/removal/", passkeys.removal, name="passkey_removal"),
    path("settings/security/log-ins/end/", security.sign_in_ends, name="sign_in_ends"),
    path("settings/security/log-ins/<int:number>/end/", security.sign_in_end, name="sign_in_end"),
    path("settings/company/", views.company, name="company"),
    path("settings/shops/", views.shops, name="shops"),
    path("settings/employees/", people.employees, name="employees"),
    path("settings/employees/new/", people.new_employee, name="new_employee"),
    path("settings/employees/<uuid:public_id>/", people.employee, name="employee"),
    path("settings/employees/<uuid:public_id>/roles/", people.grants, name="grants"),
    path(
        "settings/employees/<uuid:public_id>/roles/<slug:role>/removal/",
        people.grant_removal,
        name="grant_removal",
    ),
    path("settings/employees/<uuid:public_id>/access/", people.access, name="access"),
    path("settings/employees/<uuid:public_id>/password/", people.password_link, name="password_link"),
    path("settings/employees/<uuid:public_id>/second-factor/", people.factor_reset, name="factor_reset"),
    path("settings/roles/", people.roles, name="roles"),
    path("settings/roles/<slug:code>/", people.role, name="role"),
    path("settings/tokens/", tokens.tokens, name="tokens"),
    path("settings/tokens/new/", tokens.new_token, name="new_token"),
    path("settings/tokens/<int:token_id>/revocation/", tokens.revocation, name="revocation"),
    path("settings/access-log/", views.looks, name="looks"),
    path("views/<slug:page>/", views.saved_views, name="saved_views"),
    path("views/<slug:page>/<int:view_id>/removal/", views.view_removal, name="view_removal"),
]
