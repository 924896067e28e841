"""What experiments give to the page's frame."""

from django.utils.translation import gettext_lazy as _

from prilavok.ui import ports
from prilavok.ui.ports import MenuItem


def fill() -> None:
    """Called once the apps are loaded."""
    ports.menu.fill(
        MenuItem("analytics", _("Analytics"), "experiments:list", permission="experiments.see"), position=50
    )
    ports.menu.fill(
        MenuItem(
            "experiments",
            _("Experiments"),
            "experiments:list",
            permission="experiments.see",
            section="analytics",
        ),
        position=51,
    )
