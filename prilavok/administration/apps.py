from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import permissions


class AdministrationConfig(AppConfig):
    name = "prilavok.administration"
    label = "administration"
    verbose_name = _("Administration")

    def ready(self) -> None:
        from prilavok.administration import menu  # fills the slots, once the apps are loaded

        menu.fill()
        permissions.declare("administration.see", _("See the installation's health"), roles={"administrator"})
        permissions.declare(
            "administration.replay", _("Replay or give up parked events"), roles={"administrator"}
        )
        permissions.declare("administration.retry_jobs", _("Run failed jobs again"), roles={"administrator"})
        permissions.declare(
            "administration.pause_sending", _("Pause and resume all sending"), roles={"administrator"}
        )
        permissions.declare("administration.rebuild_facts", _("Make the facts anew"), roles={"administrator"})
