from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.permissions import declare


class SegmentsConfig(AppConfig):
    name = "prilavok.segments"
    label = "segments"
    verbose_name = _("Segments")

    def ready(self) -> None:
        from prilavok.segments.web import places  # slots are filled once the apps are loaded

        declare(
            "segments.see",
            _("See segments and RFM"),
            roles={"administrator", "marketer", "operator", "supervisor", "analyst", "integrator"},
        )
        declare(
            "segments.edit",
            _("Make and change segments"),
            roles={"administrator", "marketer", "analyst", "integrator"},
        )
        declare(
            "segments.indicators",
            _("Make indicators of customers"),
            roles={"administrator", "marketer", "analyst", "supervisor", "integrator"},
        )
        places.fill()
