"""One letter to one address, handed over at once."""

from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.errors import Problem
from prilavok.kernel.ids import uuid7
from prilavok.messaging import identity
from prilavok.messaging.letters.mime import Wrapper, Written
from prilavok.messaging.rules import ACCEPTED
from prilavok.messaging.smtp import Letter, Session, Unavailable


class LetterRefused(Problem):
    """The letter did not get through; the words are the mail server's."""

    code = "letter_refused"
    field = "to"
    message = _("The mail server did not take the letter: %(why)s")


def hand_over(written: Written, *, to: str, at: datetime) -> None:
    """Give the letter to the mail server. Raises LetterRefused."""
    wrapper = Wrapper(identity.sender(), at=at, signer=identity.signer())
    letter = Letter(wrapper.sender.address, to, wrapper.wrap(written, to=to, message=uuid7()))
    try:
        session = Session(identity.relay(), timeout=10)
    except Unavailable as exc:
        raise LetterRefused(field="to", why=str(exc)) from exc
    outcome = next(session.send([letter]))
    session.quit()
    if outcome.kind != ACCEPTED:
        raise LetterRefused(
            field="to", why=f"{outcome.code or ''} {outcome.text}".strip() or gettext("connection lost")
        )
