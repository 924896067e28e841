"""How the pages of campaigns call figures, reasons and verbs."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prilavok.campaigns.models import Campaign
from prilavok.campaigns.queries import Stand
from prilavok.campaigns.rules import Books
from prilavok.customers.queries import Short
from prilavok.messaging import queries as messaging
from prilavok.messaging.ports import Ready

READY: dict[Ready, str | Promise] = {
    Ready.COUPON: _("Take the ready letter with a coupon"),
    Ready.POINTS: _("Take the ready letter with points"),
    Ready.NEWS: _("Take the ready letter with news"),
}
FIGURES: dict[str, str | Promise] = {
    "planned": _("Planned"),
    "delivered": _("Delivered"),
    "refused": _("Refused"),
    "suppressed": _("Not sent"),
    "control": _("Control group"),
    "unknown": pgettext_lazy("letters", "Unknown"),
    "waiting": _("Waiting"),
}
EXPLAINED: dict[str, str | Promise] = {
    "planned": _("everybody in the segment at the start"),
    "delivered": _("taken by the recipient's mail server"),
    "refused": _("turned down for good by the mail server"),
    "suppressed": _("may not or cannot be written to, each for one reason"),
    "control": _("left alone, drawn at random"),
    "unknown": _("the connection was lost while the letter was on its way; not sent again"),
    "waiting": _("their turn is still to come"),
}
READERS: dict[str, str | Promise] = {
    "open": _("Opened the letter"),
    "click": _("Followed a link"),
    "open_machine": _("Opened by machines only"),
    "click_machine": _("Links followed by machines only"),
}
DONE: dict[str, str | Promise] = {
    "pause": _("Paused: letters on their way still land"),
    "resume": _("Letters leave again"),
    "cancel": _("Cancelled: nobody else is written to"),
    "unschedule": _("The launch is taken back, the campaign is a draft again"),
    "remove": _("Draft removed"),
    "restore": _("The draft is back"),
}


@dataclass(frozen=True)
class Shown:
    """One figure of the books as the page shows it."""

    key: str
    label: str | Promise
    value: int
    url: str
    explained: str | Promise


def figures(campaign: Campaign, books: Books) -> list[Shown]:
    """The figures in the order of the equation; `waiting` only while somebody waits."""
    values = {
        "planned": books.planned,
        "delivered": books.delivered,
        "refused": books.refused,
        "suppressed": books.suppressed_total,
        "control": books.control,
        "unknown": books.unknown,
        "waiting": books.waiting,
    }
    return [
        Shown(
            key,
            FIGURES[key],
            value,
            reverse("campaigns:people", args=[campaign.public_id, key]),
            EXPLAINED[key],
        )
        for key, value in values.items()
        if value or key != "waiting"
    ]


def line(stand: Stand, customer: Short | None) -> tuple[Stand, Short | None, str | Promise, str]:
    """A customer of the campaign, if they may be seen; what their figure and their reason are called."""
    return stand, customer, FIGURES[stand.figure], reason(stand.reason)


def reason(code: str) -> str:
    return str(messaging.reason_words(code)) if code else ""


def reasons(counted: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """(code, words, how many), the most frequent first."""
    return [(code, reason(code), count) for code, count in counted.items()]
