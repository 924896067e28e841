"""Rights and the place in the menu."""

from django.utils.translation import gettext_lazy as _

from prilavok.exchange import retention
from prilavok.kernel import permissions
from prilavok.kernel import retention as kept
from prilavok.ui import ports


def fill() -> None:
    permissions.declare(
        "exchange.see", _("See imports"), roles={"administrator", "integrator", "marketer", "analyst"}
    )
    permissions.declare("exchange.import", _("Bring files in"), roles={"administrator", "integrator"})
    kept.kinds.fill(
        kept.KeptKind(
            "imports",
            _("Files of imports and of their rejects"),
            _("what was loaded, the figures and how many rows were not taken"),
            retention.count,
            retention.forget,
        ),
        position=40,
    )
    ports.menu.fill(
        ports.MenuItem(
            "imports",
            _("Import"),
            "exchange:list",
            permission="exchange.see",
            section="settings",
            group="data",
        ),
        position=60,
    )
