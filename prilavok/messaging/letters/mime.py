"""A filled letter as the bytes that go over the wire, signed when the company has a DKIM key."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

_BOUNDARY = "=_prilavok_7f3a"
_TEXT_HEAD = (
    b"--"
    + _BOUNDARY.encode()
    + b'\r\nContent-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
)
_HTML_HEAD = (
    b"\r\n--"
    + _BOUNDARY.encode()
    + b'\r\nContent-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
)
_END = b"\r\n--" + _BOUNDARY.encode() + b"--\r\n"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: the name and address that people see, and the domain of Message-IDs."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    def header(self) -> str:
        return f"{encoded(self.name)} <{self.address}>" if self.name else f"<{self.address}>"


@dataclass(frozen=True, slots=True)
class Written:
    """A letter filled for one person."""

    subject: str
    html: str
    text: str


class Wrapper:
    """Makes the bytes of many letters of one sender: what they share is prepared once."""

    def __init__(self, sender: Sender, *, at: datetime, signer: "Signer | None" = None) -> None:
        self.sender = sender
        self._signer = signer
        self._shared = (
            f"From: {sender.header()}\r\nDate: {format_datetime(at)}\r\nMIME-Version: 1.0\r\n"
            f'Content-Type: multipart/alternative; boundary="{_BOUNDARY}"\r\n'
        )
        self._subject = lru_cache(maxsize=256)(encoded)

    def wrap(self, written: Written, *, to: str, message: UUID, unsubscribe: str = "") -> bytes:
        """Headers and body, CRLF-terminated, not yet dot-stuffed."""
        head = (
            f"{self._shared}To: <{to}>\r\nSubject: {self._subject(written.subject)}\r\n"
            f"Message-ID: <{message}@{self.sender.domain}>\r\n"
        )
        if unsubscribe:
            head += (
                f"List-Unsubscribe: <{unsubscribe}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
            )
        body = b"".join((_TEXT_HEAD, _base64(written.text), _HTML_HEAD, _base64(written.html), _END))
        signature = self._signer.sign(head, body) if self._signer else ""
        return (signature + head).encode("utf-8") + b"\r\n" + body


def _base64(text: str) -> bytes:
    raw = binascii.b2a_base64(text.encode("utf-8", "replace"), newline=False)
    return b"\r\n".join([raw[at : at + 76] for at in range(0, len(raw), 76)])


_PLAIN = re.compile(r"[\x20-\x7e]{0,60}")


def encoded(text: str) -> str:
    """A header's text as RFC 2047 asks, folded; line breaks become spaces.

    >>> encoded("Hello")
    'Hello'
    >>> encoded("Купон")
    '=?utf-8?b?0JrRg9C/0L7QvQ==?='
    """
    text = " ".join(text.split())
    if _PLAIN.fullmatch(text) and "=?" not in text and not set('"<>,;:@()[]\\') & set(text):
        return text
    words, word = [], b""
    for letter in text:
        raw = letter.encode("utf-8", "replace")
        if len(word) + len(raw) > 45:
            words.append(word)
            word = b""
        word += raw
    words.append(word)
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in words)


# ── DKIM (RFC 6376, RFC 8463) ────────────────────────────────────────────────────────────────────────────

_SIGNED = (
    "from", "to", "subject", "date", "message-id", "mime-version", "content-type", "list-unsubscribe",
    "list-unsubscribe-post",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs letters: relaxed/relaxed, RSA-SHA256 or Ed25519-SHA256."""

    domain: str
    selector: str
    algorithm: str
    _sign: Callable[[bytes], bytes]

    @classmethod
    def from_pem(cls, pem: bytes, *, domain: str, selector: str) -> "Signer":
        """Raises ValueError for a key that DKIM does not know."""
        key = serialization.load_pem_private_key(pem, password=None)
        if isinstance(key, rsa.RSAPrivateKey):
            return cls(
                domain,
                selector,
                "rsa-sha256",
                lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA256()),
            )
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return cls(
                domain, selector, "ed25519-sha256", lambda data: key.sign(hashlib.sha256(data).digest())
            )
        raise ValueError("DKIM wants an RSA or Ed25519 key")

    @classmethod
    def from_file(cls, path: Path, *, domain: str, selector: str) -> "Signer":
        return cls.from_pem(path.read_bytes(), domain=domain, selector=selector)

    def sign(self, head: str, body: bytes) -> str:
        """The DKIM-Signature header, CRLF-terminated, to stand above `head`."""
        fields = _fields(head)
        names = [name for name in _SIGNED if name in fields]
        body_hash = base64.b64encode(hashlib.sha256(_relaxed_body(body)).digest()).decode()
        value = (
            f"v=1; a={self.algorithm}; c=relaxed/relaxed; d={self.domain}; s={self.selector};"
            f" h={':'.join(names)}; bh={body_hash}; b="
        )
        signed = "".join(f"{name}:{_relaxed(fields[name])}\r\n" for name in names)
        signature = self._sign((signed + f"dkim-signature:{_relaxed(value)}").encode("utf-8"))
        return f"DKIM-Signature: {value}{base64.b64encode(signature).decode()}\r\n"


def _fields(head: str) -> dict[str, str]:
    unfolded = head.replace("\r\n ", " ")
    pairs = (line.partition(":") for line in unfolded.split("\r\n") if line)
    return {name.strip().lower(): value for name, _, value in pairs}


def _relaxed(value: str) -> str:
    return re.sub(r"[ \t]+", " ", value).strip()


def _relaxed_body(body: bytes) -> bytes:
    """Our bodies hold neither trailing blanks nor runs of them (base64 and fixed heads): only the end is checked."""
    return body.rstrip(b"\r\n") + b"\r\n"
