"""How the catcher treats an address: decided by its hash, so that everybody can reckon who is refused. Pure."""

import hashlib
from enum import Enum


class Mood(Enum):
    ACCEPT = "accept"
    NO_SUCH_USER = "550"  # always
    LATER = "451"  # the first time
    HANG_UP_BEFORE = "lost before the text"  # the first time
    HANG_UP_AFTER = "lost after the text"  # the first time; the letter is not kept


_SHARES = (
    (15, Mood.NO_SUCH_USER),
    (20, Mood.LATER),
    (10, Mood.HANG_UP_BEFORE),
    (3, Mood.HANG_UP_AFTER),
)  # in thousandths of all addresses


def mood(address: str) -> Mood:
    """What awaits letters to this address.

    >>> mood("anna@example.org")
    <Mood.ACCEPT: 'accept'>
    """
    place = int.from_bytes(hashlib.sha256(address.lower().encode()).digest()[:8]) % 1000
    for share, one in _SHARES:
        if place < share:
            return one
        place -= share
    return Mood.ACCEPT
