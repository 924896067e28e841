"""Installation-wide switches, such as «sending is paused» after a restore."""

from prilavok.kernel import clock
from prilavok.kernel.models import Switch

SENDING_PAUSED = "sending_paused"


def is_on(name: str) -> bool:
    return Switch.objects.filter(pk=name, on=True).exists()


def turn(name: str, *, on: bool, reason: str = "") -> None:
    """Set a switch; the reason is shown wherever it holds something up."""
    Switch.objects.update_or_create(
        pk=name, defaults={"on": on, "reason": reason[:200], "changed_at": clock.real()}
    )
