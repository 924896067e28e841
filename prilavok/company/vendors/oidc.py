"""OpenID Connect (Core 1.0, authorization code with PKCE): where a provider's doors are, and what it signs."""

import base64
import secrets
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import jwt

TIMEOUT = 10.0  # seconds
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
        keys = jwt.PyJWKSet.from_dict(_asked("GET", keys_at)).keys
        key = next(one for one in keys if kid in (None, one.key_id))
        found: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=ALGORITHMS,
            audience=client.id,
            issuer=client.issuer,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )
    except (jwt.PyJWTError, StopIteration, KeyError, TypeError, ValueError) as error:
        raise NotProved("id_token") from error
    return found


def _doors(issuer: str) -> dict[str, str]:
    found = _asked("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != issuer:
        raise NotProved("issuer")
    try:
        doors = {name: str(found[name]) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    except KeyError as error:
        raise NotProved("discovery") from error
    if issuer.startswith("https://") and not all(door.startswith("https://") for door in doors.values()):
        raise NotProved("discovery")  # code and secret travel encrypted, and to no address inside
    return doors


def _asked(method: str, address: str, **more: Any) -> dict[str, Any]:
    try:
        answer = httpx.request(method, address, timeout=TIMEOUT, follow_redirects=False, **more)
        answer.raise_for_status()
        told = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise NotProved(address) from error
    if not isinstance(told, dict):
        raise NotProved(address)
    return told
