from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import permissions


class CampaignsConfig(AppConfig):
    name = "prilavok.campaigns"
    label = "campaigns"
    verbose_name = _("Campaigns")

    def ready(self) -> None:
        from prilavok.campaigns.web import places  # slots are filled once the apps are loaded

        places.fill()
        permissions.declare(
            "campaigns.see", _("See campaigns"), roles={"administrator", "marketer", "analyst", "supervisor"}
        )
        permissions.declare("campaigns.edit", _("Draw campaigns up"), roles={"marketer"})
        permissions.declare("campaigns.launch", _("Launch, hold and stop campaigns"), roles={"marketer"})
        permissions.declare(
            "campaigns.load", _("Load campaigns of the past"), roles={"administrator", "integrator"}
        )
