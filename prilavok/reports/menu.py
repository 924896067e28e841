"""What reports give to the page's frame: everybody's first page."""

from django.utils.translation import gettext_lazy as _

from prilavok.ui import ports
from prilavok.ui.ports import MenuItem


def fill() -> None:
    """Called once the apps are loaded."""
    ports.menu.fill(MenuItem("today", _("Today"), "reports:home"), position=1)
