"""Why a receipt is not taken, in words for a till's programmer and for a person."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.errors import Problem


class ReceiptDiffers(Problem):
    """The number is taken by a receipt with other content."""

    code = "receipt_differs"
    status = 409
    message = _("Receipt %(number)s of this shop is already known with other content. Check the number.")


class ReceiptWrong(Problem):
    """The receipt contradicts itself or what is known; `code` says how."""

    code = "receipt_wrong"

    def __init__(self, reason: str, *, field: str | None = None, **params: object) -> None:
        super().__init__(REASONS[reason], field=field, **params)
        self.reason = reason


REASONS: dict[str, str | Promise] = {
    "empty": _("The receipt has no lines."),
    "sums": _(
        "The discounts of the line are larger than the difference between its price and what was paid."
    ),
    "absurd": _("A sum or quantity is not a number, or is larger than any shop's."),
    "future": _("The receipt's time lies more than a day ahead. Check the till's clock and time zone."),
    "before_tills": _("The receipt's time lies before 1990. Set the till's clock and send the right time."),
    "naive_time": _("The receipt's time has no zone. Write it as 2026-11-21T14:05:00+03:00."),
    "more_than_sold": _("More is returned than was sold on the original receipt and not returned since."),
    "role_twice": _("Each role has one person: payer, recipient, holder, beneficiary."),
    "no_such_role": _("There is no such role: choose payer, recipient, holder or beneficiary."),
    "role_of_nobody": _("Say who it is: a customer, a name, a phone or an e-mail."),
    "original_unknown": _("The original receipt is unknown."),
    "original_is_return": _("A return cannot be returned."),
    "other_customer": _("The original receipt belongs to another customer."),
    "currency": _(
        "The receipt's currency is not the company's %(currency)s, and no exchange rates are kept."
    ),
    "different": _("A receipt with this number is already known with other content."),
    "repeated": _("The file holds this number twice with different content."),
}
