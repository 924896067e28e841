"""What the company says when it can't do what was asked."""

from django.utils.translation import gettext_lazy as _

from prilavok.kernel.errors import Problem


class BadZone(Problem):
    code = "bad_zone"
    message = _("There is no time zone “%(zone)s”. Write it like Europe/Moscow.")


class EmailTaken(Problem):
    code = "email_taken"
    message = _("An employee with this e-mail exists already.")


class BadEmail(Problem):
    code = "bad_email"
    message = _("This is not an e-mail address.")


class WeakPassword(Problem):
    code = "weak_password"


class WrongPassword(Problem):
    code = "wrong_password"
    message = _("This is not your password of today.")


class LastOwner(Problem):
    code = "last_owner"
    message = _("Somebody must own the shop: give the role of owner to another employee first.")


class OutsideScope(Problem):
    """Nobody reaches further through others than by themselves."""

    code = "outside_scope"
    status = 403
    message = _("Your own roles hold in some shops only: choose shops among them.")


class UnknownRole(Problem):
    code = "unknown_role"
    message = _("There is no role “%(role)s”.")


class UnknownRight(Problem):
    code = "unknown_right"
    message = _("There is no right “%(right)s”.")


class AlreadyOver(Problem):
    code = "already_over"
    message = _("The last day must lie ahead.")


class WrongCode(Problem):
    code = "wrong_code"
    message = _("This code does not open. Look at the clock of your phone and take the newest code.")


class TooManyWrong(Problem):
    code = "too_many_wrong"
    status = 429
    message = _("There were too many wrong codes. Wait 15 minutes.")


class BadPasskey(Problem):
    code = "bad_passkey"
    message = _("The browser's answer proves nothing. Try again, with a key that belongs to this log-in.")


class ProviderFails(Problem):
    code = "provider_fails"
    status = 502
    message = _("The outside log-in gave no valid proof. Try again; if it stays so, ask the administrator.")


class NobodyKnown(Problem):
    code = "nobody_known"
    status = 403
    message = _("Nobody with this e-mail may log in here. Ask the administrator to add you.")


class BadIssuer(Problem):
    code = "bad_issuer"
    message = _("The address of an issuer begins with https://.")


class AnybodyComes(Problem):
    code = "anybody_comes"
    message = _("Name the domains of your e-mail: else whoever has an account there becomes an employee.")


class BadDays(Problem):
    code = "bad_days"
    message = _("Give a number of days from 1 to 36,500, or nothing: for ever.")


class NoFactorYet(Problem):
    code = "no_factor_yet"
    status = 409
    message = _("There is no second factor yet: switch on one-time codes or add a passkey first.")


class EmployeesOnly(Problem):
    code = "employees_only"
    status = 403
    message = _("This belongs to employees: ask within a log-in, not with an access token.")
