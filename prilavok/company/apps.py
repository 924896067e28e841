from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import permissions


class CompanyConfig(AppConfig):
    name = "prilavok.company"
    label = "company"
    verbose_name = _("Company")

    def ready(self) -> None:
        from prilavok.company import menu  # fills the slots, once the apps are loaded

        menu.fill()
        permissions.declare("company.see", _("See shops, brands and employees"), roles=permissions.ROLES)
        permissions.declare("company.manage", _("Change shops, brands and tills"), roles={"administrator"})
        permissions.declare(
            "company.manage_people", _("Add employees and give rights"), roles={"administrator"}
        )
        permissions.declare("company.retention", _("Say how long data is kept"), roles={"administrator"})
        permissions.declare("company.give_ownership", _("Make and dismiss owners"))
        permissions.declare(
            "company.outside_logins", _("Set up outside log-ins: whoever may can come in as anybody")
        )
        permissions.declare(
            "company.manage_tokens", _("Make access tokens"), roles={"administrator", "integrator"}
        )
        permissions.declare(
            "company.share_views",
            _("Show one's own views of lists to colleagues"),
            roles={"administrator", "marketer", "supervisor", "analyst"},
        )
        permissions.declare(
            "company.see_looks",
            _("See the log of access to personal data"),
            roles={"administrator", "supervisor"},
        )
