"""Secrets as they may lie in a database: sealed by the installation's own key, which stands outside of it."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unopened(Exception):
    """The seal is not of this installation's key: the secret must be given anew."""


def seal(secret: str) -> str:
    """The secret as text that only this installation can open."""
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """What was sealed. Raises Unopened."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unopened from error


def _box() -> MultiFernet:
    """The key of today seals; those of before (SECRET_KEY_FALLBACKS) still open."""
    return MultiFernet([_fernet(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


@lru_cache(maxsize=8)
def _fernet(key: str) -> Fernet:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"prilavok.vault").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(made))
