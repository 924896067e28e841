"""In whose name letters leave and over which server: read from the installation's settings."""

from email.utils import parseaddr
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from prilavok.company import queries as company
from prilavok.messaging.letters.mime import Sender, Signer
from prilavok.messaging.smtp import Relay


def relay() -> Relay:
    return Relay.read(settings.SMTP_URL)


def sender() -> Sender:
    """Name and address of the sender: MAIL_FROM, else the company's name at the installation's own host."""
    name, address = parseaddr(settings.MAIL_FROM)
    if not address:
        host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
        address = f"news@{host}" if not host.replace(".", "").isdigit() else "news@prilavok.localhost"
    return Sender(name or company.company().name, address)


@lru_cache(maxsize=1)
def signer() -> Signer | None:
    """The DKIM signer, when the installation has a key (DKIM_KEY_FILE, DKIM_SELECTOR)."""
    path = settings.DKIM_KEY_FILE
    if not path:
        return None
    domain = sender().domain
    return Signer.from_file(Path(path), domain=domain, selector=settings.DKIM_SELECTOR)
