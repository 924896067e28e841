"""OpenID Connect (Core 1.0, authorization code with PKCE): where a provider's doors are, and what it signs."""

import base64
import json
import secrets
import ssl
import time
from collections import OrderedDict
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import jwt

TIMEOUT = 10.0  # seconds that a provider may be silent
PATIENCE = 20.0  # seconds that one answer may take altogether
LARGEST = 512 * 1024  # bytes of an answer: a discovery document has a few thousand
REMEMBERED = 100  # addresses
KEPT_FOR = 600.0  # seconds: where its doors are and what it signs with
AGAIN_AFTER = 30.0  # seconds: a key that is not known may be new, but nobody makes us ask at will
ALGORITHMS = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "ES256",
    "ES384",
    "EdDSA",
]  # none with a shared secret, and no "none"
LEEWAY = 60  # seconds that clocks may differ


class NotProved(Exception):
    """The provider does not answer, or its answer proves nothing."""


@dataclass(frozen=True, slots=True)
class Client:
    """Us, as a provider knows us."""

    issuer: str
    id: str
    secret: str
    back: str  # the address that the provider sends people back to


@dataclass(frozen=True, slots=True)
class Sent:
    """What is remembered of somebody who was sent to a provider."""

    state: str
    nonce: str
    verifier: str

    def plain(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Claims:
    """Who somebody is, as their provider signed it."""

    subject: str
    email: str
    email_verified: bool
    name: str


def send(client: Client) -> tuple[str, Sent]:
    """The address to send somebody to, and what to remember of it. Raises NotProved."""
    sent = Sent(*(secrets.token_urlsafe(32) for _ in range(3)))
    challenge = base64.urlsafe_b64encode(sha256(sent.verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": client.back,
        "scope": "openid email profile",
        "state": sent.state,
        "nonce": sent.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    door = _doors(client.issuer)["authorization_endpoint"]
    return f"{door}{'&' if urlsplit(door).query else '?'}{urlencode(query)}", sent


def claims(client: Client, sent: Sent, code: str) -> Claims:
    """Who came back with this code. Raises NotProved."""
    doors = _doors(client.issuer)
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.back,
        "client_id": client.id,
        "client_secret": client.secret,
        "code_verifier": sent.verifier,
    }
    told = _asked("POST", doors["token_endpoint"], data=asked)
    signed = _verified(str(told.get("id_token", "")), doors["jwks_uri"], client)
    if not secrets.compare_digest(str(signed.get("nonce", "")).encode(), sent.nonce.encode()):
        raise NotProved("nonce")
    return Claims(
        subject=str(signed["sub"])[:255],
        email=str(signed.get("email", ""))[:254],
        email_verified=signed.get("email_verified") in (True, "true"),
        name=str(signed.get("name", ""))[:200],
    )


def _verified(token: str, keys_at: str, client: Client) -> dict[str, Any]:
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        key = _key(keys_at, kid, KEPT_FOR) or _key(keys_at, kid, AGAIN_AFTER)
        if key is None:
            raise NotProved("kid")
        found: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=ALGORITHMS,
            audience=client.id,
            issuer=client.issuer,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )
    except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
        raise NotProved("id_token") from error
    return found


def _key(keys_at: str, kid: object, kept: float) -> jwt.PyJWK | None:
    keys = jwt.PyJWKSet.from_dict(_remembered(keys_at, kept)).keys
    return next((one for one in keys if kid in (None, one.key_id)), None)


def _doors(issuer: str) -> dict[str, str]:
    found = _remembered(f"{issuer.rstrip('/')}/.well-known/openid-configuration", KEPT_FOR)
    if found.get("issuer") != issuer:
        raise NotProved("issuer")
    try:
        doors = {name: str(found[name]) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    except KeyError as error:
        raise NotProved("discovery") from error
    if issuer.startswith("https://") and not all(door.startswith("https://") for door in doors.values()):
        raise NotProved("discovery")  # code and secret travel encrypted, and to no address inside
    return doors


_answers: OrderedDict[str, tuple[float, dict[str, Any]]] = OrderedDict()  # by address: when, and what


def forget() -> None:
    """Ask every provider anew: for tests."""
    _answers.clear()


def _remembered(address: str, kept: float) -> dict[str, Any]:
    """What stands at the address, as it was `kept` seconds ago at most. Raises NotProved."""
    asked_at, told = _answers.get(address, (0.0, {}))
    now = time.monotonic()
    if not told or now - asked_at > kept:
        told = _asked("GET", address)
        _answers[address] = (now, told)
        if len(_answers) > REMEMBERED:
            _answers.popitem(last=False)
    return told


@cache
def _trust() -> ssl.SSLContext:
    """Whose certificates are believed: to read them anew for each question takes longer than the answer."""
    return httpx.create_ssl_context()


def _asked(method: str, address: str, **more: Any) -> dict[str, Any]:
    how: dict[str, Any] = {"timeout": TIMEOUT, "follow_redirects": False, "verify": _trust()}
    try:
        with httpx.stream(method, address, **how, **more) as answer:
            answer.raise_for_status()
            told = json.loads(_read(answer))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise NotProved(address) from error
    if not isinstance(told, dict):
        raise NotProved(address)
    return told


def _read(answer: httpx.Response) -> bytes:
    """The whole answer, unless it is too long or comes too slowly. Raises NotProved."""
    begun, read = time.monotonic(), bytearray()
    for part in answer.iter_bytes():
        read += part
        if len(read) > LARGEST or time.monotonic() - begun > PATIENCE:
            raise NotProved("too much")
    return bytes(read)
