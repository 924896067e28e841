"""Customers as files name them: by whatever they are known by."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from django.db import connection

from prilavok.customers import rules
from prilavok.customers.queries.kinds import recent_kinds
from prilavok.customers.queries.people import heads_of, phone_region

INN, NUMBER = "inn", "id"  # named like kinds of identifiers, though they are none

_SQL = """
    WITH asked AS (SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]) AS t(told, kind, value)),
    held AS (
        SELECT a.*, i.profile_id FROM asked a
        JOIN customers_identifier i ON i.kind = a.kind AND i.value = a.value
        WHERE i.alone OR NOT EXISTS (
            SELECT FROM customers_identifier o WHERE o.kind = i.kind AND o.value = i.value AND o.alone
        )
        UNION ALL
        SELECT a.*, c.profile_id FROM asked a
        JOIN customers_contact c ON c.kind = a.kind AND c.value = a.value WHERE a.kind IN ('phone', 'email')
        UNION ALL
        SELECT a.*, p.id FROM asked a JOIN customers_company c ON c.inn = a.value AND c.inn <> ''
        JOIN customers_profile p ON p.person_id = c.person_id WHERE a.kind = 'inn'
        UNION ALL
        SELECT a.*, p.id FROM asked a
        JOIN customers_profile p ON p.public_id = CASE a.kind WHEN 'id' THEN a.value::uuid END
    )
    SELECT told, profile_id FROM held
    WHERE NOT EXISTS (
        SELECT FROM customers_quarantine q WHERE q.kind = held.kind AND q.value = held.value AND q.released_at IS NULL
    )
"""


def profiles_named(texts: Collection[str]) -> dict[str, list[int]]:
    """Whom each text may mean: one profile of every person that has it as a card, a key, a phone, an e-mail, an INN,
    the number of the customer here or any other identifier of its own. «kind:value» names the kind.

    Texts that nobody is known by are missing. What too many share tells nobody. What is merely claimed counts where
    nobody has proved it: names in files of history are for analysis.
    """
    asked = [(text, kind, value) for text in texts for kind, value in _meanings(text)]
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [list(column) for column in zip(*asked, strict=True)])
        held = cursor.fetchall()
    heads = heads_of({profile for _text, profile in held})
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for text, profile in sorted(held, key=lambda row: row[1]):
        found[text].setdefault(heads[profile], profile)
    return {text: list(whose.values()) for text, whose in found.items()}


def _meanings(text: str) -> list[tuple[str, str]]:
    """What a text may be: kinds with the value in the form of each."""
    named, colon, rest = text.partition(":")
    kinds = {kind.code: kind for kind in recent_kinds().values() if kind.active and not kind.channel_only}
    only = named.strip().lower() if colon and named.strip().lower() in {INN, NUMBER, *kinds} else ""
    value, found = rest if only else text, []
    for code, kind in kinds.items():
        if only not in ("", code):
            continue
        try:
            told = rules.normal_shape(kind.shape, value, kind.min_length, kind.max_length, phone_region())
        except rules.BadValue:
            continue
        found.append((code, told))
    if only in ("", INN) and rules.is_inn(value.strip(), len(value.strip())):
        found.append((INN, value.strip()))
    if only in ("", NUMBER) and (number := _uuid(value)):
        found.append((NUMBER, number))
    return found


def _uuid(text: str) -> str:
    try:
        return str(UUID(text.strip())) if len(text.strip()) == 36 else ""
    except ValueError:
        return ""
