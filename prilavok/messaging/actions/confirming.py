"""The letter that asks the owner of an address to confirm a consent."""

from datetime import datetime

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import override

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.customers.queries import Asked
from prilavok.kernel.actors import Actor
from prilavok.messaging.actions.single import hand_over
from prilavok.messaging.letters.mime import Written


def send_confirmation(*, opt_in_id: int, by: Actor, at: datetime) -> None:
    """Ask for the click, in the company's language; nothing where there is nothing to ask any more.

    Raises LetterRefused.
    """
    by.must("messaging.send")
    asked = customers.asked(opt_in_id)
    if asked is None:
        return
    shop = company.company()
    with override(shop.language):
        written = _written(shop.name, asked)
    hand_over(written, to=asked.address, at=at)


def _written(shop: str, asked: Asked) -> Written:
    told = _("Somebody, probably you, agreed that %(company)s writes to this address.") % {"company": shop}
    confirm = _("Confirm")
    held = _("If it was not you, do nothing: then nothing will be sent. The link holds for a week.")
    title = asked.document.title if asked.document else ""
    words = format_html('<p><a href="{}">{}</a></p>', asked.document_link, title) if title else ""
    html = format_html(
        '<p>{}</p>{}<p><a href="{}">{}</a></p><p>{}</p>', told, words, asked.link, confirm, held
    )
    plain = [told, f"{title}: {asked.document_link}" if title else "", f"{confirm}: {asked.link}", held]
    return Written(_("Confirm that we may write to you"), str(html), "\n\n".join(filter(None, plain)) + "\n")
