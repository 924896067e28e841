"""A test letter to oneself: sent at once, outside every mailing, counted nowhere."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.ids import uuid7
from prilavok.messaging import identity
from prilavok.messaging.events import TestSent
from prilavok.messaging.letters.mime import Wrapper, Written
from prilavok.messaging.models import TemplateVersion
from prilavok.messaging.queries import preview
from prilavok.messaging.rules import ACCEPTED
from prilavok.messaging.smtp import Letter, Session, Unavailable, is_sendable


class TestRefused(Problem):
    """The test letter did not get through; the words are the mail server's."""

    code = "test_refused"
    field = "to"
    message = _("The mail server did not take the letter: %(why)s")


def send_test(
    *, version: TemplateVersion, to: str, by: Actor, at: datetime, profile_id: int | None = None
) -> None:
    """Send the version to one address as `profile_id` would read it. Raises TestRefused."""
    by.must("messaging.send_test")
    if not is_sendable(to):
        raise TestRefused(_("“%(address)s” is not an e-mail address."), field="to", address=to)
    written = preview(version, profile_id=profile_id, by=by)
    marked = Written(f"[{_t('Test')}] {written.subject}", written.html, written.text)
    wrapper = Wrapper(identity.sender(), at=at, signer=identity.signer())
    _hand_over(wrapper, marked, to)
    with transaction.atomic():
        journal.record(TestSent(version_id=version.pk), by=by, at=at)


def _hand_over(wrapper: Wrapper, written: Written, to: str) -> None:
    letter = Letter(wrapper.sender.address, to, wrapper.wrap(written, to=to, message=uuid7()))
    try:
        session = Session(identity.relay(), timeout=10)
    except Unavailable as exc:
        raise TestRefused(field="to", why=str(exc)) from exc
    outcome = next(session.send([letter]))
    session.quit()
    if outcome.kind != ACCEPTED:
        raise TestRefused(
            field="to", why=f"{outcome.code or ''} {outcome.text}".strip() or _t("connection lost")
        )
