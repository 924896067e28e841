"""The signature holds for what was sent, and for nothing else: checked as RFC 6376 says, apart from the signer."""

import base64
import hashlib
import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from prilavok.messaging.letters.mime import Sender, Signer, Wrapper, Written

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)


def relaxed(name: str, value: str) -> str:
    words = re.sub(r"[ \t]+", " ", value.replace("\r\n", "")).strip()
    return f"{name.lower()}:{words}"


def verify(raw: bytes) -> None:
    """Raises InvalidSignature or AssertionError."""
    head, body = raw.split(b"\r\n\r\n", 1)
    lines = re.split(r"\r\n(?![ \t])", head.decode())
    headers = {name.lower(): value for name, _, value in (line.partition(":") for line in lines)}
    signature = headers["dkim-signature"]
    tags = dict(part.strip().split("=", 1) for part in signature.split(";"))
    canonical = re.sub(rb"[ \t]+\r\n", b"\r\n", re.sub(rb"[ \t]+", b" ", body)).rstrip(b"\r\n") + b"\r\n"
    assert base64.b64encode(hashlib.sha256(canonical).digest()).decode() == tags["bh"]
    signed = "".join(relaxed(name, headers[name]) + "\r\n" for name in tags["h"].split(":"))
    signed += relaxed("dkim-signature", re.sub(r"\bb=[^;]*$", "b=", signature))
    KEY.public_key().verify(base64.b64decode(tags["b"]), signed.encode(), padding.PKCS1v15(), hashes.SHA256())


@pytest.fixture
def raw() -> bytes:
    wrapper = Wrapper(
        Sender("Лавка", "news@lavka.test"),
        at=datetime(2026, 3, 2, tzinfo=UTC),
        signer=Signer.from_pem(PEM, domain="lavka.test", selector="s1"),
    )
    written = Written(
        "Тема письма, которая длиннее одной строки заголовка почтового сообщения", "<p>Текст</p>", "Текст"
    )
    return wrapper.wrap(
        written, to="anna@example.org", message=UUID(int=1), unsubscribe="https://lavka.test/m/x/unsubscribe"
    )


def test_the_signature_holds(raw: bytes) -> None:
    verify(raw)


def test_a_changed_letter_does_not_pass(raw: bytes) -> None:
    with pytest.raises(InvalidSignature):
        verify(raw.replace(b"anna@example.org", b"mallory@example.org"))
    with pytest.raises(AssertionError):
        verify(raw.replace(base64.b64encode("Текст".encode()), base64.b64encode("Обман".encode())))
