"""What the places of RFM are called, and what to do about each, in the reader's language."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prilavok.segments.rules import DAYS, GONE, NEVER, Layout

CELLS = {
    "champions": _("Champions"),
    "loyal": _("Loyal"),
    "potential": _("Potentially loyal"),
    "new": _("Newcomers"),
    "promising": _("Promising"),
    "attention": _("Need attention"),
    "sleepy": _("About to fall asleep"),
    "precious": _("Must not be lost"),
    "risk": _("At risk"),
    "hibernating": _("Asleep"),
    "lost": _("Lost"),
    GONE: _("Gone for over a year"),
    NEVER: _("Never bought"),
}
ADVICE = {
    "champions": _("Bought lately, often: thank them and let them try the new first."),
    "loyal": _("Buy often: keep them with what they like."),
    "potential": _("Bought lately and more than once: one more good reason makes them loyal."),
    "new": _("Bought lately for the first times: welcome them to a second visit."),
    "promising": _("Bought not long ago, seldom: remind them of yourself."),
    "attention": _("Used to buy regularly, now less: ask and offer something."),
    "sleepy": _("Seldom and some time ago: wake them while they remember you."),
    "precious": _("Bought very often, but long ago: win them back in person."),
    "risk": _("Bought often, long ago: offer a good reason to return."),
    "hibernating": _("Long ago and seldom: one cheap reminder."),
    "lost": _("Longest ago and seldom: do not spend much on them."),
    GONE: _("Bought once, but not for a long time."),
    NEVER: _("Registered, but no purchase yet: invite them to the first one."),
}
COLOURS = {
    "1": _("blue"),
    "2": _("orange"),
    "3": _("teal"),
    "4": _("purple"),
    "6": _("yellow"),
    "good": _("green"),
    "bad": _("red"),
    "soft": _("grey"),
}
ABSENT = ""  # the place of whoever did not stand in the base that day


def of(layout: Layout, key: str) -> str:
    """What a group is called: as the company calls it, else by its built-in name."""
    if key == ABSENT:
        return gettext("Not in the base yet")
    if own := layout.group(key).name:
        return own
    if key == GONE and layout.days != DAYS:
        return gettext("No purchase for over %(days)d days") % {"days": layout.days}
    return str(CELLS.get(key, key))


def advice(layout: Layout, key: str) -> str | Promise:
    """What to do about a group; nothing is said of one that the company made without saying it."""
    return layout.group(key).advice or ADVICE.get(key, "")
