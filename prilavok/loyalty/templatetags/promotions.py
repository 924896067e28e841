"""Words of promotions in templates."""

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from prilavok.kernel import clock
from prilavok.loyalty import faults
from prilavok.loyalty.definitions import PromotionWritten
from prilavok.loyalty.models import Promotion
from prilavok.ui.tables import state

register = template.Library()
State = Promotion.State
KINDS = {
    State.LIVE: "good",
    State.WAITING: "warn",
    State.PAUSED: "warn",
    State.DRAFT: "info",
    State.ENDED: "muted",
}


@register.filter
def promotion_state(promotion: Promotion) -> SafeString:
    """Its state; a live one whose time has not come or has passed says so."""
    kind, word = KINDS[State(promotion.state)], str(promotion.get_state_display())
    if promotion.state == State.LIVE and promotion.live:
        written = PromotionWritten.model_validate(promotion.live.definition)
        if faults.over(written, clock.now()):
            kind, word = "muted", _("Its time is over")
        elif faults.to_come(written, clock.now()):
            kind, word = "info", _("Approved, not begun")
    return state(word, kind)


def waits_state() -> SafeString:
    """Beside the state of a promotion that goes on while its new version waits."""
    return state(_("A new version waits"), "warn")
