"""What can go wrong with customers, in words that say what to do."""

from django.utils.translation import gettext_lazy as _

from prilavok.kernel.errors import Problem


class BadContact(Problem):
    code = "bad_contact"
    message = _("This is neither a phone nor an e-mail. Write it like +7 916 123-45-67 or anna@example.org.")


class BadPhone(BadContact):
    code = "bad_phone"
    message = _("This is not a phone number. Write it with the code of the country: +7 916 123-45-67.")


class BadEmail(BadContact):
    code = "bad_email"
    message = _("This is not an e-mail address. Write it like anna@example.org.")


class BadCard(Problem):
    code = "bad_card"
    message = _("A card number has only digits and Latin letters, at most 64 of them.")


class BadIdentifier(Problem):
    code = "bad_identifier"
    message = _("An identifier has 1 to 200 characters.")


class BadBirthDate(Problem):
    code = "bad_birth_date"
    message = _("Nobody was born on this day: give a date between 1900 and today.")


class IdentifierTaken(Problem):
    code = "identifier_taken"
    status = 409
    message = _("Another customer has this number already. Find them by it, or give another number.")


class NobodyNamed(Problem):
    code = "nobody_named"
    message = _("Give at least one of: a name, a phone, an e-mail, a card.")


class NotForErased(Problem):
    code = "erased"
    status = 409
    message = _("The data of this customer were erased at their request; nothing can be added to them.")


class UnknownChannel(Problem):
    code = "unknown_channel"
    message = _("There is no such channel or purpose of consent.")


class UnknownStatus(Problem):
    code = "unknown_status"
    message = _("There is no such status: choose active or blocked.")


PROBLEM_OF: dict[str, type[Problem]] = {
    problem.code: problem
    for problem in (BadPhone, BadEmail, BadCard, BadIdentifier, BadBirthDate, NobodyNamed)
}
