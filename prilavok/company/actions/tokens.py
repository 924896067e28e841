"""Keys of programs: what a till, a site or 1C shows to the API."""

import secrets
from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from prilavok.company import queries
from prilavok.company.actions.problems import AlreadyOver, OutsideScope, UnknownRight
from prilavok.company.events import TokenMade, TokenRevoked
from prilavok.company.models import ApiToken
from prilavok.kernel import journal, permissions
from prilavok.kernel.actors import Actor


@transaction.atomic
def make_token(
    *,
    name: str,
    permissions_wanted: Collection[str],
    by: Actor,
    at: datetime,
    shops: Collection[int] = (),
    expires_at: datetime | None = None,
) -> str:
    """Make an access token for these shops (none: all); the text itself, shown this once.

    Nobody gives away a right or a shop that they lack, and a token made by a token ends no later than it.
    Raises UnknownRight, OutsideScope, AlreadyOver.
    """
    by.must("company.manage_tokens")
    known = {permission.key for permission in permissions.declared()}
    for permission in permissions_wanted:
        if permission not in known:
            raise UnknownRight(field="rights", right=permission)
        by.must(permission)
    if not queries.covers(by, shops=shops):
        raise OutsideScope(field="shops")
    if expires_at and expires_at <= at:
        raise AlreadyOver(field="expires_at")
    text = "plk_" + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        name=name,
        hash=queries.hash_of(text),
        prefix=text[:12],
        permissions=sorted(permissions_wanted),
        made_by_id=by.id if by.kind == "employee" else None,
        made_at=at,
        expires_at=min(filter(None, (expires_at, _own_end(by))), default=None),
    )
    token.shops.set(shops)
    journal.record(TokenMade(token_id=token.pk), by=by, at=at)
    return text


def _own_end(by: Actor) -> datetime | None:
    """When the token that makes another one ends; None for an employee, or where it doesn't."""
    if by.kind != "token" or by.id is None:
        return None
    return ApiToken.objects.get(pk=by.id).expires_at


@transaction.atomic
def revoke_token(*, token_id: int, by: Actor, at: datetime) -> None:
    """Close a token at once; a second time changes nothing."""
    by.must("company.manage_tokens")
    if ApiToken.objects.filter(pk=token_id, revoked_at=None).update(revoked_at=at):
        journal.record(TokenRevoked(token_id=token_id), by=by, at=at)
