"""Everything others may ask about templates, mailings and messages."""

from prilavok.messaging.queries.messages import (
    Books,
    Reading,
    books,
    deliveries_of,
    mailing_of,
    mailings_of,
    messages_in,
    of_customer,
    of_public_id,
    reading,
    reason_words,
    waiting_count,
)
from prilavok.messaging.queries.templates import (
    compiled,
    letter_of,
    link_target,
    preview,
    template,
    templates,
    version,
    versions_of,
)

__all__ = [
    "Books",
    "Reading",
    "books",
    "compiled",
    "deliveries_of",
    "letter_of",
    "link_target",
    "mailing_of",
    "mailings_of",
    "messages_in",
    "of_customer",
    "of_public_id",
    "preview",
    "reading",
    "reason_words",
    "template",
    "templates",
    "version",
    "versions_of",
    "waiting_count",
]
