"""What messaging tells. Ids and values only: neither addresses nor texts."""

from dataclasses import dataclass

from prilavok.kernel.event import Event


@dataclass(frozen=True, kw_only=True)
class TemplateSaved(Event):
    template_id: int
    version_id: int
    number: int


@dataclass(frozen=True, kw_only=True)
class TemplateArchived(Event):
    template_id: int


@dataclass(frozen=True, kw_only=True)
class TemplateRestored(Event):
    template_id: int


@dataclass(frozen=True, kw_only=True)
class MailingStarted(Event):
    """The list is complete and letters leave from `start_at` on."""

    mailing_id: int
    owner: str
    messages: int


@dataclass(frozen=True, kw_only=True)
class MailingPaused(Event):
    mailing_id: int
    owner: str


@dataclass(frozen=True, kw_only=True)
class MailingResumed(Event):
    mailing_id: int
    owner: str


@dataclass(frozen=True, kw_only=True)
class MailingCancelled(Event):
    """Whoever had not been written to yet is suppressed with the reason `cancelled`."""

    mailing_id: int
    owner: str
    messages: int


@dataclass(frozen=True, kw_only=True)
class MailingFinished(Event):
    """Nobody waits any more: every message has a final state."""

    mailing_id: int
    owner: str


@dataclass(frozen=True, kw_only=True)
class LetterWritten(Event):
    """An employee wrote to one customer; whether it leaves is told by the message's own events."""

    message_id: int
    mailing_id: int


@dataclass(frozen=True, kw_only=True)
class MessageDelivered(Event):
    """The recipient's server has accepted the letter."""

    message_id: int
    mailing_id: int
    owner: str
    channel: str = "email"


@dataclass(frozen=True, kw_only=True)
class MessageRefused(Event):
    """`code` is the server's; its words stay in the table, for they may name the address."""

    message_id: int
    mailing_id: int
    owner: str
    code: int = 0
    channel: str = "email"


@dataclass(frozen=True, kw_only=True)
class MessageUnknown(Event):
    """The connection or the sender was lost when the letter had left."""

    message_id: int
    mailing_id: int
    owner: str
    reason: str = ""
    channel: str = "email"


@dataclass(frozen=True, kw_only=True)
class MessageSuppressed(Event):
    message_id: int
    mailing_id: int
    owner: str
    reason: str
    channel: str = "email"


@dataclass(frozen=True, kw_only=True)
class MessageOpened(Event):
    """`machine`: a scanner, proxy or prefetch, not a person."""

    message_id: int
    mailing_id: int
    owner: str
    machine: bool
    channel: str = "email"


@dataclass(frozen=True, kw_only=True)
class MessageClicked(Event):
    """`link` is the link's number in the template's version."""

    message_id: int
    mailing_id: int
    owner: str
    link: int
    machine: bool
    channel: str = "email"


@dataclass(frozen=True, kw_only=True)
class OpeningTakenBack(Event):
    """An opening that had been told as a person's was a machine's; it happened when the opening did."""

    message_id: int
    mailing_id: int
    owner: str
    channel: str = "email"


@dataclass(frozen=True, kw_only=True)
class ClickTakenBack(Event):
    """A click that had been told as a person's was a machine's; it happened when the click did."""

    message_id: int
    mailing_id: int
    owner: str
    link: int
    channel: str = "email"


@dataclass(frozen=True, kw_only=True)
class Unsubscribed(Event):
    """`way`: `one_click` (the mail program's own button), `page` (the link in the letter)."""

    message_id: int
    mailing_id: int
    owner: str
    way: str
    channel: str = "email"


@dataclass(frozen=True, kw_only=True)
class TestSent(Event):
    version_id: int


@dataclass(frozen=True, kw_only=True)
class SendingPaused(Event):
    reason: str


@dataclass(frozen=True, kw_only=True)
class SendingResumed(Event):
    pass
