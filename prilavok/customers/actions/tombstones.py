"""What is left of a value that was erased: enough to know it again, too little to read it."""

import hmac
from collections.abc import Iterable
from hashlib import sha256

from django.conf import settings

from prilavok.customers.models import Suppression, Tombstone


def digest(kind: str, value: str) -> str:
    """A value that only this installation can recognise: HMAC-SHA-256 (RFC 2104) by the installation's own key."""
    return hmac.new(settings.SECRET_KEY.encode(), f"{kind}:{value}".encode(), sha256).hexdigest()


def buried(values: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these (kind, value) are of somebody who was erased."""
    if not Tombstone.objects.exists():
        return set()
    by_digest = {digest(kind, value): (kind, value) for kind, value in values}
    found = Tombstone.objects.filter(digest__in=list(by_digest)).values_list("digest", flat=True)
    return {by_digest[one] for one in found}


def unbury(values: Iterable[tuple[str, str]]) -> None:
    """They came back by their own will: their values may be written down again, on the stop list too."""
    if not Tombstone.objects.exists():
        return
    by_digest = {digest(kind, value): value for kind, value in values}
    Tombstone.objects.filter(digest__in=list(by_digest)).delete()
    for one in Suppression.objects.filter(digest__in=list(by_digest), value=""):
        Suppression.objects.filter(pk=one.pk).update(value=by_digest[one.digest])
