"""A letter that an employee writes to one customer: a mailing of one, so that it leaves as every letter does."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.kernel.errors import Problem
from prilavok.messaging import queries, starter
from prilavok.messaging.actions import templates
from prilavok.messaging.actions.mailings import add_recipients, open_mailing, start_mailing
from prilavok.messaging.events import LetterWritten
from prilavok.messaging.models import Mailing, Message, Template, TemplateVersion
from prilavok.messaging.ports import MacroSource, Recipient
from prilavok.messaging.queries import LETTER_SUBJECT

FRAME = UUID("01936f00-0000-7000-8000-000000000001")  # the template that such letters stand in
LETTER_TEXT = "letter_text"
LINE = (
    "\ue001"  # between lines, as the text is kept: of Unicode's private use, no program takes it for a space
)
MOST = 10_000  # characters
MOST_LINES = 500
RIGHT = "messaging.write"


class NothingWritten(Problem):
    code = "letter_incomplete"


class MayNotBeWritten(Problem):
    """The customer may not be written to; the message says why."""

    code = "not_reachable"
    status = 409
    message = gettext_lazy("This customer may not be written to: %(why)s.")


@transaction.atomic
def write_letter(
    *, letter_id: UUID, profile_id: int, subject: str, text: str, by: Actor, at: datetime
) -> Message:
    """Write to one customer; asked again with the same id, it is the same letter.

    Consent and wishes are looked at now, and once more when it leaves. Raises NothingWritten, MayNotBeWritten.
    """
    by.must(RIGHT)
    subject, lines = " ".join(subject.split()), text.replace(LINE, "").strip().splitlines()
    if not subject or len(subject) > 200:
        raise NothingWritten(_("Write a subject of at most 200 characters."), field="subject")
    if not lines or len(text) > MOST or len(lines) > MOST_LINES:
        raise NothingWritten(_("Write a text of at most 10,000 characters and 500 lines."), field="text")
    if why := why_not(profile_id, at=at):
        raise MayNotBeWritten(why=queries.reason_words(why))
    mailing = open_mailing(
        owner=f"letter:{letter_id}", template_version_id=_frame(at).pk, start_at=at, by=SYSTEM, at=at
    )
    if mailing.state == Mailing.State.GATHERING:
        written = {LETTER_SUBJECT: subject, LETTER_TEXT: LINE.join(lines)}
        add_recipients(mailing_id=mailing.pk, recipients=[Recipient(profile_id, written)], by=SYSTEM)
        start_mailing(mailing_id=mailing.pk, by=SYSTEM, at=at)
        told = LetterWritten(message_id=mailing.messages.get().pk, mailing_id=mailing.pk)
        journal.record(told, customer=profile_id, by=by, at=at)
    return mailing.messages.get()


def why_not(profile_id: int, *, at: datetime) -> str:
    """Why this customer may not be written to now; '' when they may."""
    why = customers.why_unreachable([profile_id], "email")[profile_id]
    return why or ("too_often" if profile_id in queries.too_often([profile_id], at=at) else "")


def _frame(at: datetime) -> TemplateVersion:
    """What stands around such letters, in the company's language. Put away, so that nobody picks it for a mailing."""
    with override(company.company().language):
        name = _("Letter by hand")
        fields = {"body": _BODY, "footer": "{{ company }}"}
        more = {key: MacroSource(key, key) for key in (LETTER_SUBJECT, LETTER_TEXT)}
        source = starter.mjml(fields).replace(_BODY, _TEXT)
        content = templates.check(
            subject=f"{{{{ {LETTER_SUBJECT} }}}}", preheader="", source=source, fallbacks={}, more=more
        )
        template, _made = Template.objects.get_or_create(
            public_id=FRAME, defaults={"name": name, "created_at": at, "archived_at": at}
        )
        return templates.store(template.pk, name, content, SYSTEM, at)


_BODY = "letter-by-hand"
_TEXT = (
    f'{{% assign lines = {LETTER_TEXT} | split: "{LINE}" %}}'
    "{% for line in lines %}{{ line }}<br />{% endfor %}"
)
