"""A device with passkeys, in software: it speaks WebAuthn as a browser hands it on."""

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """One key pair per device; `origin` is the page that the browser says it is on."""

    origin: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    used: int = 0

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps(
            {"type": f"webauthn.{kind}", "challenge": challenge, "origin": self.origin}
        ).encode()

    def _data(self, flags: int, attested: bytes = b"") -> bytes:
        self.used += 1
        return (
            hashlib.sha256(self.host.encode()).digest()
            + bytes([flags])
            + self.used.to_bytes(4, "big")
            + attested
        )

    def _told(self, **response: bytes) -> dict[str, Any]:
        plain = {name: _text(value) for name, value in response.items()}
        return {"id": _text(self.id), "rawId": _text(self.id), "type": "public-key", "response": plain}

    def make(self, asked: dict[str, Any]) -> dict[str, Any]:
        cose = cbor.encode(ES256.from_cryptography_key(self.key.public_key()))
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cose
        made = {"fmt": "none", "attStmt": {}, "authData": self._data(0x41, attested)}
        client = self._client("create", asked["publicKey"]["challenge"])
        return self._told(clientDataJSON=client, attestationObject=cbor.encode(made))

    def prove(self, asked: dict[str, Any]) -> dict[str, Any]:
        client, data = self._client("get", asked["publicKey"]["challenge"]), self._data(0x01)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._told(clientDataJSON=client, authenticatorData=data, signature=signature)
