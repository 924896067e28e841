"""What the places of RFM are called, and what to do about each, in the reader's language."""

from django.utils.translation import gettext_lazy as _

from prilavok.segments.rules import GONE, NEVER

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
    GONE: _("No purchase for over a year."),
    NEVER: _("Registered, but no purchase yet: invite them to the first one."),
}
