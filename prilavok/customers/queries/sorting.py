"""Own fields in the search and in the order of lists: what is compared, and the indexes that make it quick."""

import re
from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Collate, Lower, Replace

from prilavok.customers.models import OwnField, Profile, ProfileQuerySet
from prilavok.customers.queries.own_fields import seen_own_fields
from prilavok.customers.rules import OWN, name_key
from prilavok.kernel import paging
from prilavok.kernel.actors import Actor
from prilavok.kernel.words import having, listed, question

SEARCHED = ("text", "number")
SORTED = ("text", "number", "money", "date", "choice", "flag")
SHORTEST = 3  # letters: the index knows nothing shorter


class AsNumber(Func):
    template = "(%(expressions)s)::numeric"
    output_field = TextField()  # compared with what is cast the same way


def own_indexes(field: OwnField) -> dict[str, str]:
    """The indexes of a field by name; nothing for those that it should not have. Of days the text sorts as days do."""
    told, there = f"(own ->> '{field.code}')", f"WHERE own ? '{field.code}'"
    key = {
        "number": f"({told}::numeric)",
        "money": f"({told}::numeric)",
        "date": f'({told} COLLATE "C")',
        "text": f"(replace(lower({told}), 'ё', 'е'))",
    }.get(field.kind, f"({told})")
    by_order = field.filtered and field.kind in SORTED
    words = f"USING gin (({_words_sql(field.code)})) {there}"
    return {
        f"customers_own_{field.code}": "",  # of earlier versions
        f"customers_own_{field.code}_text": "",
        f"customers_own_{field.code}_by": f"({key}, id) {there}" if by_order else "",
        f"customers_own_{field.code}_words": words if field.searched else "",
    }


def own_key(field: OwnField) -> Any:
    """What customers are compared by: the expression of the index."""
    text: Any = KeyTextTransform(field.code, F("own"))
    if field.kind in ("number", "money"):
        return AsNumber(text)
    if field.kind == "date":
        return Collate(text, "C")
    return _plain(text) if field.kind == "text" else text


def _plain(text: Any) -> Replace:
    return Replace(Lower(text), Value("ё"), Value("е"), output_field=TextField())


# ── Search ───────────────────────────────────────────────────────────────────────────────────────────────


def by_own(text: str, by: Actor) -> list[ProfileQuerySet]:
    """Profiles that have the text in a field that is searched and that `by` sees, field by field."""
    asked = name_key(text)
    if len(asked) < SHORTEST or not question(asked):
        return []
    return [
        Profile.objects.filter(having(_words(one.code), asked), own__has_key=one.code)
        for one in seen_own_fields(by)
        if one.searched
    ]


def holding(profiles: ProfileQuerySet, field: OwnField, text: str) -> ProfileQuerySet:
    """Those who have this text anywhere in the field; where the field is searched, its index narrows them first.

    The index knows no shorter parts of words than it keeps: a text with one is looked for in all.
    """
    found = profiles.filter(**{f"own__{field.code}__icontains": text})
    asked = name_key(text)
    if field.searched and asked and all(len(part) >= SHORTEST for part in re.findall(r"[^\W_]+", asked)):
        found = found.filter(having(_words(field.code), asked), own__has_key=field.code)
    return found


def _words(code: str) -> Func:
    """The ends of a field's words, from every letter on but the last two: any part of a word begins one of them."""
    words = listed(_plain(KeyTextTransform(code, F("own"))))
    return Func(words, function="customers_word_ends", output_field=SearchVectorField())


def _words_sql(code: str) -> str:
    """The words of a field as they stand in its index."""
    query = Profile.objects.order_by().values_list(_words(code)).query
    sql, values = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
    with connection.cursor() as cursor:
        told = str(cursor.mogrify(sql, values))
    return told.removeprefix("SELECT ").rpartition(" AS ")[0]


# ── Order ────────────────────────────────────────────────────────────────────────────────────────────────


def sorted_fields(by: Actor) -> list[OwnField]:
    """Fields that `by` may sort lists by: those that have an index for it."""
    return [one for one in seen_own_fields(by) if one.filtered and one.kind in SORTED]


def sorted_field(sort: str, by: Actor) -> OwnField | None:
    """The field that a sort such as `-own.size` names, if `by` may sort by it."""
    name = sort.removeprefix("-")
    return next((one for one in sorted_fields(by) if name == f"{OWN}{one.code}"), None)


def page_by_own(
    profiles: ProfileQuerySet, field: OwnField, *, backwards: bool, after: str | None, size: int
) -> paging.Page[Profile]:
    """One page by the field's value; those who have none come last, the newest first. Raises BadCursor."""
    sign, empty = "-" if backwards else "", None
    if after is not None and _is_of_empty(after):
        empty = after
    having = profiles.filter(own__has_key=field.code).annotate(own_key=own_key(field))
    lacking = profiles.filter(~Q(own__has_key=field.code))
    if empty is not None:
        return paging.keyset(lacking, order=("-id",), after=empty, size=size)
    page = paging.keyset(having, order=(f"{sign}own_key", f"{sign}id"), after=after, size=size)
    if page.next is not None:
        return page
    left = size - len(page.items)
    if left == 0:
        return paging.Page(page.items, paging.encode([_ABOVE]) if lacking.exists() else None)
    rest = paging.keyset(lacking, order=("-id",), size=left)
    return paging.Page(page.items + rest.items, rest.next)


_ABOVE = 2**62  # above every id


def _is_of_empty(token: str) -> bool:
    try:
        paging.decode(token, 1)
    except paging.BadCursor:
        return False
    return True
