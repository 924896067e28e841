"""Whose values of a list are, whatever each is: a card, an e-mail, a phone, an outside or our own id."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

from prilavok.customers.models import ContactKind
from prilavok.customers.queries.people import heads_of, phone_region
from prilavok.customers.rules.normal import BadValue, normal_card, normal_email, normal_id, normal_phone

MALFORMED, NOBODY, SEVERAL = "malformed", "nobody", "several"
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Recognised:
    """The profile that stands for the value's owner, or why there is none: malformed, nobody's, several people's."""

    profile_id: int | None
    reason: str = ""


def recognised(values: Sequence[str]) -> dict[str, Recognised]:
    """Every value as written with whose it is; one look-up per kind, so give some thousands at once."""
    region = phone_region()
    keys = {value: _keys(value, region) for value in values}
    owners = _owners({key for own in keys.values() for key in own})
    return {value: _verdict(own, owners) for value, own in keys.items()}


def _keys(value: str, region: str) -> list[Key]:
    """What the value may be, the likeliest first."""
    if "@" in value:
        return _tried([("email", normal_email)], value)
    kinds: list[tuple[str, Callable[[str], str]]] = [
        ("card", normal_card),
        ("external", normal_id),
        ("phone", lambda text: normal_phone(text, region)),
        ("public", lambda text: str(UUID(text))),
    ]
    return _tried(kinds, value)


def _tried(kinds: Sequence[tuple[str, Callable[[str], str]]], value: str) -> list[Key]:
    found = []
    for kind, normal in kinds:
        try:
            found.append((kind, normal(value)))
        except (BadValue, ValueError):
            continue
    return found


def _owners(keys: set[Key]) -> dict[Key, set[int]]:
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, value in sorted(keys):
        by_kind[kind].append(value)
    with connection.cursor() as cursor:
        held = [row for kind, values in by_kind.items() for row in _held(cursor, kind, values)]
    heads = heads_of({profile for _kind, _value, profile in held})
    owners: dict[Key, set[int]] = defaultdict(set)
    for kind, value, profile in held:
        owners[kind, value].add(heads[profile])
    return owners


def _held(cursor: CursorWrapper, kind: str, values: list[str]) -> list[tuple[str, str, int]]:
    """Kind, value and profile: one array, not thousands of parameters."""
    if kind == "public":
        cursor.execute(
            "SELECT public_id::text, id FROM customers_profile WHERE public_id = ANY(%s::uuid[])", [values]
        )
    elif kind in ContactKind.values:
        cursor.execute(
            "SELECT value, profile_id FROM customers_contact WHERE kind = %s AND value = ANY(%s)",
            [kind, values],
        )
    else:
        cursor.execute(
            "SELECT value, profile_id FROM customers_identifier WHERE kind = %s AND value = ANY(%s) AND alone",
            [kind, values],
        )
    return [(kind, *row) for row in cursor.fetchall()]


def _verdict(own: list[Key], owners: dict[Key, set[int]]) -> Recognised:
    if not own:
        return Recognised(None, MALFORMED)
    found = next((owners[key] for key in own if key in owners), set())
    if len(found) == 1:
        return Recognised(next(iter(found)))
    return Recognised(None, SEVERAL if found else NOBODY)
