"""Why a coupon cannot be made or issued, in words."""

from django.utils.translation import gettext_lazy as _

from prilavok.kernel.errors import Problem


class CodeTaken(Problem):
    code = "code_taken"
    message = _("The code “%(taken)s” exists already. Choose another one.")


class SeriesClosedAlready(Problem):
    code = "series_closed"
    message = _("The series “%(name)s” is closed: no codes can be issued.")


class BadTerms(Problem):
    """The terms of a series contradict each other."""

    code = "bad_terms"


class TooMany(Problem):
    code = "too_many_codes"
    message = _("At most %(most)s codes can be made at once.")
