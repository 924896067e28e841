"""One-time codes and words for devices. Pure: no database, no clock, no Django."""

import base64
import hashlib
import hmac

STEP = 30  # seconds that a code lasts
DIGITS = 6


def totp(secret: str, step: int) -> str:
    """The code of a step of 30 seconds (RFC 6238, RFC 4226); the secret is base32.

    >>> key = base64.b32encode(b"12345678901234567890").decode()
    >>> totp(key, 59 // 30), totp(key, 1111111109 // 30), totp(key, 2000000000 // 30)
    ('287082', '081804', '279037')
    """
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: str, code: str, now: float, *, after: int) -> int | None:
    """The step whose code this is, one step early or late at most; None if none, or if one as late was used.

    >>> key = base64.b32encode(b"12345678901234567890").decode()
    >>> matching_step(key, "287 082", 62, after=0), matching_step(key, "287082", 62, after=1)
    (1, None)
    """
    plain = "".join(code.split())
    here = int(now) // STEP
    for step in (here, here - 1, here + 1):
        if step > after and hmac.compare_digest(totp(secret, step).encode(), plain.encode()):
            return step
    return None


_BROWSERS = (
    ("YaBrowser", "Yandex Browser"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str) -> str:
    """What people call the program and the machine.

    >>> device_name("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36")
    'Chrome, Windows'
    >>> device_name("curl/8.5")
    'curl/8.5'
    """
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(filter(None, (browser, system))) or user_agent[:60]
