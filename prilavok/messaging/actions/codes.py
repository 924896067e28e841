"""The letter with the code by which a customer proves an e-mail."""

from datetime import datetime

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import override

from prilavok.company import queries as company
from prilavok.customers import actions as customers
from prilavok.customers import queries
from prilavok.kernel.actors import Actor
from prilavok.messaging.actions.single import LetterRefused, hand_over
from prilavok.messaging.letters.mime import Written


def send_code(*, code_id: int, by: Actor, at: datetime) -> None:
    """Send the code in the company's language, unless it is over; a letter that is refused is told to the card."""
    by.must("messaging.send")
    asked = queries.code_asked(code_id, at=at)
    if asked is None:
        return
    shop = company.company()
    with override(shop.language):
        written = _written(shop.name, asked)
    try:
        hand_over(written, to=asked.address, at=at)
    except LetterRefused as refused:
        customers.code_failed(code_id=code_id, why=str(refused.params.get("why", "")), by=by)


def _written(shop: str, asked: queries.CodeAsked) -> Written:
    told = _("Your code for “%(company)s”:") % {"company": shop}
    held = _(
        "Tell it to the employee who asked for it. It holds for %(minutes)s minutes. "
        "If nobody asked you, do nothing."
    ) % {"minutes": asked.minutes}
    html = format_html("<p>{}</p><p><b>{}</b></p><p>{}</p>", told, asked.code, held)
    return Written(
        _("Your code: %(code)s") % {"code": asked.code}, str(html), f"{told} {asked.code}\n\n{held}\n"
    )
