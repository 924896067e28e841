"""Passkeys: what the browser is asked, and whether its answer is true (WebAuthn level 2, by the library fido2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
)

_UNTRUE = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
)  # what an answer of nonsense makes it raise


class Untrue(Exception):
    """The answer does not prove what it says."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that a device has made: its id, its public part (COSE), how often it was used as the device counts."""

    credential: bytes
    public_key: bytes
    used_times: int


def ask_for_new(employee: bytes, name: str, known: Sequence[bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the browser is asked to make a key, and what to remember until it answers."""
    user = PublicKeyCredentialUserEntity(id=employee, name=name, display_name=name)
    asked, state = _server().register_begin(user, [AttestedCredentialData(one) for one in known])
    return dict(asked), state


def new_key(state: Mapping[str, Any], answer: Mapping[str, Any]) -> NewKey:
    """The key that was made. Raises Untrue."""
    try:
        made = _server().register_complete(state, answer)
        assert made.credential_data is not None
        return NewKey(made.credential_data.credential_id, bytes(made.credential_data), made.counter)
    except (*_UNTRUE, AssertionError) as error:
        raise Untrue(str(error)) from error


def ask_for_known(known: Sequence[bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the browser is asked to prove that it has one of the keys, and what to remember until it answers."""
    asked, state = _server().authenticate_begin([AttestedCredentialData(one) for one in known])
    return dict(asked), state


def known_key(
    state: Mapping[str, Any], known: Sequence[bytes], answer: Mapping[str, Any]
) -> tuple[bytes, int]:
    """Which key proved itself, and how often it was used as the device counts. Raises Untrue."""
    try:
        credentials = [AttestedCredentialData(one) for one in known]
        proved = _server().authenticate_complete(state, credentials, answer)
        told = AuthenticationResponse.from_dict(answer)
        return proved.credential_id, told.response.authenticator_data.counter
    except _UNTRUE as error:
        raise Untrue(str(error)) from error


def _server() -> Fido2Server:
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    entity = PublicKeyCredentialRpEntity(id=host, name="Prilavok")
    return Fido2Server(entity, verify_origin=lambda origin: origin == settings.PUBLIC_URL)
