"""What segments refuse, each by its name."""

from __future__ import annotations

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.facts.client import TooHeavy
from prilavok.kernel.errors import Problem
from prilavok.segments.rules import Wrong


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


class ListTooLong(Problem):
    code = "list_too_long"
    message = _("A list takes at most %(count)d lines.")


class NothingLoaded(Problem):
    code = "nobody_recognised"
    message = _("Nobody in the list was recognised.")


class BadScheme(Problem):
    """A scheme of RFM that cannot be. `field` is the part of it that is wrong."""

    code = "bad_rfm_scheme"
    message = _("This scheme is not complete.")
    NO_BRAND: ClassVar[Promise] = _("Choose a brand from the list.")
    NAMELESS: ClassVar[Promise] = _("Give the scheme a name.")
    SAID: ClassVar[dict[str, Promise]] = {
        "limits_of_bands": _("So many bands need %(wanted)d limits; %(given)d are given."),
        "limits_rise": _("Limits must rise from the first to the last."),
        "limits_whole": _("Limits of days and receipts are whole numbers from nought."),
        "out_of_range": _("Give a whole number from %(low)d to %(high)d."),
        "not_a_number": _("“%(value)s” is not a number."),
        "group_key": _("“%(value)s” cannot be a group's key, or stands twice: Latin letters, digits and _."),
        "group_name": _("Give the group a name."),
        "group_colour": _("“%(value)s” is none of the colours."),
        "grid_size": _("The map needs %(rows)d rows of %(columns)d places."),
        "grid_group": _("A place on the map belongs to “%(value)s”, which is none of the groups."),
    }

    @classmethod
    def of(cls, wrong: Wrong) -> BadScheme:
        return cls(cls.SAID[wrong.code], field=wrong.field, **wrong.params)


class SchemeInUse(Problem):
    code = "rfm_scheme_in_use"
    status = 409
    message = _("The segment “%(name)s” asks for this scheme or a group of it. Change the segment first.")


class MainSchemeStays(Problem):
    code = "rfm_main_scheme_stays"
    status = 409
    message = _("The main scheme cannot be archived. Make another one the main scheme first.")


class AlreadyReckoning(Problem):
    code = "rfm_already_reckoning"
    status = 409
    message = _("This scheme is being reckoned right now. Look again in a minute.")


class BadFormula(Problem):
    """An indicator that cannot be made so; `field` says what is to blame."""

    code = "bad_formula"
    message = _("An indicator cannot be made so.")


class UnknownIndicator(Problem):
    code = "unknown_indicator"
    status = 404
    message = _("There is no such indicator.")


class IndicatorInUse(Problem):
    code = "indicator_in_use"
    status = 409
    message = _("“%(name)s” is made of this indicator: change that first.")
