"""The card's command line: what can be done for a customer, by the verb that is typed."""

from django.urls import reverse
from django.utils.http import urlencode

from prilavok.customers import ports
from prilavok.customers.models import Profile, Status
from prilavok.customers.ports import Deed
from prilavok.kernel.actors import Actor
from prilavok.ui.ports import Hit


def deeds_for(profile: Profile, text: str, by: Actor) -> list[Hit]:
    """Deeds whose words the text begins with, and what follows as their argument; all of them for no text."""
    by.must("customers.see")
    if profile.status == Status.ERASED:
        return []
    found = [
        (*told, deed)
        for deed in ports.deeds.items()
        if by.may(deed.permission) and (told := argument(deed, text)) is not None
    ]
    best = max((named for named, _rest, _deed in found), default=0)
    return [_hit(deed, profile, rest) for named, rest, deed in found if named == best]


def argument(deed: Deed, text: str) -> tuple[int, str] | None:
    """How many words name the deed, and what follows them; None when the text does not begin with any."""
    known = f"{deed.label} {deed.words}".casefold().split()
    typed = text.split()
    named = 0
    for word in typed:
        if not any(one.startswith(word.casefold()) for one in known):
            break
        named += 1
    rest = " ".join(typed[named:])
    if (typed and not named) or (rest and not deed.field):
        return None
    return named, rest


def _hit(deed: Deed, profile: Profile, told: str) -> Hit:
    address = reverse(deed.url_name, args=[profile.public_id])
    if told and deed.at_once:
        return Hit(str(deed.label), told, address, deed.icon, post={deed.field: told})
    return Hit(
        str(deed.label), told, f"{address}?{urlencode({deed.field: told})}" if told else address, deed.icon
    )
