"""What administration gives to the page's frame: its pages under Settings, with counters of what waits."""

from django.utils.translation import gettext_lazy as _

from prilavok.administration import queries
from prilavok.kernel.actors import Actor
from prilavok.ui import ports
from prilavok.ui.ports import MenuItem


def fill() -> None:
    """Called once the apps are loaded."""
    pages = (
        ("health", _("Health"), None),
        ("parked", _("Parked events"), _parked),
        ("jobs", _("Jobs"), _failed),
    )
    for position, (key, label, counter) in enumerate(pages, start=80):
        item = MenuItem(
            key,
            label,
            f"administration:{key}",
            permission="administration.see",
            section="settings",
            group="system",
            counter=counter,
        )
        ports.menu.fill(item, position=position)


def _parked(by: Actor) -> int:
    return queries.parked(by).filter(waits_for=None).count()


def _failed(by: Actor) -> int:
    return queries.failed_jobs(by).count()
