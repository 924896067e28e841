"""The letter to an employee who has forgotten the password."""

from datetime import datetime

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import override

from prilavok.company import queries as company
from prilavok.kernel.actors import Actor
from prilavok.messaging.actions.single import hand_over
from prilavok.messaging.letters.mime import Written


def send_password_letter(*, employee_id: int, by: Actor, at: datetime) -> None:
    """Write to the employee, in their language, where to choose a new password. Raises LetterRefused."""
    by.must("messaging.send")
    address, language = company.mailbox(employee_id)
    with override(language):
        written = _written(company.company().name, company.password_link(employee_id))
    hand_over(written, to=address, at=at)


def _written(shop: str, link: str) -> Written:
    asked = _("Somebody, probably you, asked for a new password for Prilavok at “%(company)s”.") % {
        "company": shop
    }
    choose = _("Choose a new password")
    held = _(
        "The link holds for a day and works once. If you did not ask for it, do nothing: your password stays as it is."
    )
    html = format_html('<p>{}</p><p><a href="{}">{}</a></p><p>{}</p>', asked, link, choose, held)
    return Written(_("A new password for Prilavok"), str(html), f"{asked}\n\n{choose}: {link}\n\n{held}\n")
