from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import permissions


class ExperimentsConfig(AppConfig):
    name = "prilavok.experiments"
    label = "experiments"
    verbose_name = _("Experiments")

    def ready(self) -> None:
        from prilavok.experiments import menu  # fills the slots, once the apps are loaded

        menu.fill()
        permissions.declare(
            "experiments.see",
            _("See experiments and their effect"),
            roles={"marketer", "analyst", "supervisor"},
        )
        permissions.declare("experiments.draw", _("Draw control groups"), roles={"marketer"})
        permissions.declare(
            "experiments.load", _("Load finished experiments"), roles={"marketer", "analyst", "integrator"}
        )
