"""What is written into the company's own fields is checked here, whoever writes it."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from prilavok.customers import queries
from prilavok.customers.actions.problems import BadOwnValue
from prilavok.customers.models import OwnField
from prilavok.customers.queries.people import heads_of
from prilavok.customers.rules.own_fields import BadOwn, is_empty, read_own
from prilavok.kernel.actors import Actor

Known = dict[tuple[str, str], bool]
"""References that were looked up already: target and key to whether it is there."""


def checked_own(
    values: Mapping[str, Any], kind: str, by: Actor, known: Known | None = None
) -> dict[str, Any]:
    """Values as they are kept, of fields that `by` may change, for a `person` or a `company`. Raises BadOwnValue."""
    fields = {one.code: one for one in queries.recent_own_fields() if one.archived_at is None}
    kept = {}
    for code, value in values.items():
        field = fields.get(code)
        if field is None or not queries.may_change(field, by):
            raise BadOwnValue.of(code, code, "unknown")
        try:
            kept[code] = _read(field, value, kind, by, {} if known is None else known)
        except BadOwn as bad:
            raise BadOwnValue.of(code, field.name, bad.why, bad.told, field.live_options().values()) from bad
    return kept


def _read(field: OwnField, value: Any, kind: str, by: Actor, known: Known) -> Any:
    if not field.applies_to(kind):
        raise BadOwn("not_for_this")
    kept = read_own(queries.shape_of(field), value)
    if field.required and is_empty(kept):
        raise BadOwn("required")
    if field.kind == OwnField.Kind.REFERENCE and kept is not None:
        there = (field.target, kept)
        if there not in known:
            known[there] = kept in queries.referred(field.target, [kept], by)
        if not known[there]:
            raise BadOwn("not_a_reference", value=kept[:40])
    return kept


def others_have(code: str, whose: Mapping[int, Any]) -> dict[int, bool]:
    """Of a field that no two customers share: by the key of each asker whether another customer has the value.

    `whose` are values by profile; a key below nought is somebody who is not registered yet. Nobody else writes the
    field until the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('customers.own.' || %s))", [code])
    owners = _owners(code, list(whose.values()))
    heads = heads_of({one for found in owners.values() for one in found} | {key for key in whose if key > 0})
    return {
        key: any(heads[one] != heads.get(key) for one in owners.get(value, ()))
        for key, value in whose.items()
    }


def _owners(code: str, values: Collection[Any]) -> dict[Any, list[int]]:
    sql = (
        "SELECT p.own ->> %s, array_agg(p.id) FROM unnest(%s::jsonb[]) AS asked"
        " JOIN customers_profile p ON p.own @> asked GROUP BY 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [code, [Jsonb({code: value}) for value in set(values)]])
        return dict(cursor.fetchall())
