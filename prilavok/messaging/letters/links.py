"""Signed addresses in letters: one token per message opens its pixel, its links and its unsubscribe page."""

import base64
import binascii
import hmac
from functools import lru_cache
from uuid import UUID

from django.conf import settings

_MARK = 12  # bytes of the signature: 96 bits, nobody guesses them


@lru_cache(maxsize=1)
def _key() -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), b"prilavok.messaging.links", "sha256")


def token(message: UUID) -> str:
    """The message's id and its signature, fit for a URL."""
    return (
        base64.urlsafe_b64encode(message.bytes + hmac.digest(_key(), message.bytes, "sha256")[:_MARK])
        .decode()
        .rstrip("=")
    )


def read(text: str) -> UUID | None:
    """The message of a token; None when it was not made here."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    if len(raw) != 16 + _MARK:
        return None
    expected = hmac.digest(_key(), raw[:16], "sha256")[:_MARK]
    return UUID(bytes=raw[:16]) if hmac.compare_digest(expected, raw[16:]) else None


def base() -> str:
    return f"{settings.PUBLIC_URL}/m"


def macros(message: UUID, links: int) -> dict[str, str]:
    """What the letter of this message shows for its own addresses."""
    here = f"{base()}/{token(message)}"
    values = {
        "unsubscribe_url": f"{here}/unsubscribe",
        "browser_url": f"{here}/letter",
        "open_url": f"{here}/open.gif",
    }
    for number in range(links):
        values[f"link_{number}"] = f"{here}/go/{number}"
    return values
