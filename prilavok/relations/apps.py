from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import permissions


class RelationsConfig(AppConfig):
    name = "prilavok.relations"
    label = "relations"
    verbose_name = _("Relations")

    def ready(self) -> None:
        from prilavok.relations.web import places  # slots are filled once the apps are loaded

        places.fill()
        permissions.declare(
            "relations.see",
            _("See relations, holdings and households"),
            roles={"administrator", "marketer", "operator", "supervisor", "cashier", "analyst", "integrator"},
        )
        permissions.declare(
            "relations.edit",
            _("Write down relations and households"),
            roles={"administrator", "operator", "supervisor", "integrator"},
        )
        permissions.declare("relations.kinds", _("Change the kinds of relations"), roles={"administrator"})
