"""Rights and the place in the menu."""

from django.utils.translation import gettext_lazy as _

from prilavok.kernel import permissions
from prilavok.ui import ports


def fill() -> None:
    permissions.declare(
        "exchange.see", _("See imports"), roles={"administrator", "integrator", "marketer", "analyst"}
    )
    permissions.declare("exchange.import", _("Bring files in"), roles={"administrator", "integrator"})
    ports.menu.fill(
        ports.MenuItem(
            "imports", _("Import"), "exchange:list", permission="exchange.see", section="settings"
        ),
        position=60,
    )
