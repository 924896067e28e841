"""A test letter to oneself: sent at once, outside every mailing, counted nowhere."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.messaging.actions.single import LetterRefused, hand_over
from prilavok.messaging.events import TestSent
from prilavok.messaging.letters.mime import Written
from prilavok.messaging.models import TemplateVersion
from prilavok.messaging.queries import preview
from prilavok.messaging.smtp import is_sendable


def send_test(
    *, version: TemplateVersion, to: str, by: Actor, at: datetime, profile_id: int | None = None
) -> None:
    """Send the version to one address as `profile_id` would read it. Raises LetterRefused."""
    by.must("messaging.send_test")
    if not is_sendable(to):
        raise LetterRefused(_("“%(address)s” is not an e-mail address."), field="to", address=to)
    written = preview(version, profile_id=profile_id, by=by)
    test = gettext("Test")
    marked = Written(f"[{test}] {written.subject}", written.html, written.text)
    hand_over(marked, to=to, at=at)
    with transaction.atomic():
        journal.record(TestSent(version_id=version.pk), by=by, at=at)
