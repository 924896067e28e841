"""What can be wrong with what is asked of the books."""

from django.utils.translation import gettext_lazy as _

from prilavok.kernel.errors import Problem


class NotEnough(Problem):
    """The account would fall below zero; or more is to come back than had gone."""

    code = "not_enough"
    message = _("There is less on the account than that.")


class DoesNotClose(Problem):
    """The amounts of a transaction don't add up to zero."""

    code = "does_not_close"
    message = _("The amounts of a transaction must add up to zero in each unit.")


class BadAmount(Problem):
    """An amount that cannot move: zero, below, or finer than the books are kept."""

    code = "bad_amount"
    message = _("The amount must be more than zero and have at most four decimals.")


class UnknownCause(Problem):
    """What is to be confirmed, given or taken back was never posted, or was something else than that."""

    code = "unknown_cause"
    message = _("Nothing was posted for that, so there is nothing to take back or confirm.")


class AlreadyClosed(Problem):
    """The reservation was spent or released before."""

    code = "already_closed"
    message = _("This reservation was already spent or released.")
