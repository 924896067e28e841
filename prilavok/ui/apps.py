from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.permissions import declare
from prilavok.ui import ports


class UiConfig(AppConfig):
    name = "prilavok.ui"
    label = "ui"
    verbose_name = _("Interface")

    def ready(self) -> None:
        declare("ui.styleguide", _("See the catalogue of the interface's parts"), roles={"administrator"})
        ports.menu.fill(
            ports.MenuItem(
                "styleguide",
                _("Interface parts"),
                "ui:styleguide",
                "palette",
                "ui.styleguide",
                section="settings",
                group="system",
            ),
            position=95,
        )
