"""What segments refuse, each by its name."""

from django.utils.translation import gettext_lazy as _

from prilavok.facts.client import TooHeavy
from prilavok.kernel.errors import Problem


class BadCondition(Problem):
    """A condition that cannot be understood. `field` is its place in the tree, as `all.0.not`."""

    code = "bad_condition"
    message = _("This condition is not complete.")


class RefersToItself(BadCondition):
    code = "segment_refers_to_itself"
    message = _("The segment would refer to itself: %(name)s.")


class TooHeavyCondition(TooHeavy):
    message = _(
        "This is too heavy to be answered. Lighter: give a period, such as the last 365 days, to: %(names)s."
    )


class SegmentInUse(Problem):
    code = "segment_in_use"
    status = 409
    message = _("The segment is used by “%(name)s” and cannot be archived.")


class NotReckoned(Problem):
    """The segment's people are not known yet, or their refresh failed."""

    code = "segment_not_reckoned"
    status = 409
    message = _("The segment has not been reckoned yet.")


class ListTooLong(Problem):
    code = "list_too_long"
    message = _("A list takes at most %(count)d lines.")


class NothingLoaded(Problem):
    code = "nobody_recognised"
    message = _("Nobody in the list was recognised.")
