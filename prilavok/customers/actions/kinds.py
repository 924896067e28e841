"""Changing the kinds of identifiers: the company's own, and what it changed of those that Prilavok brings."""

import re
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from prilavok.customers.actions.problems import BadKind, UnknownKind
from prilavok.customers.models import IdentifierKind
from prilavok.customers.queries import brought_words, forget_kinds, identifier_kinds
from prilavok.kernel.actors import Actor

_CODE = re.compile(r"[a-z0-9_]{2,20}")


@transaction.atomic
def change_kind(*, code: str, by: Actor, **values: Any) -> IdentifierKind:
    """Change a kind, or make one. Values that exist keep the form that they were written in. Raises BadKind."""
    by.must("customers.kinds")
    if not _CODE.fullmatch(code):
        raise BadKind(field="code")
    kind = copy(identifier_kinds().get(code)) or IdentifierKind(code=code)
    for name, value in values.items():
        setattr(kind, name, value)
    for name, words in zip(("name", "limits"), brought_words(code), strict=True):
        if getattr(kind, name) == words:  # left as it was shown: it stays translated
            setattr(kind, name, "")
    try:
        kind.clean_fields()
    except ValidationError as error:
        field = next(iter(error.message_dict))
        raise BadKind(error.message_dict[field][0], field=field) from error
    if not 1 <= kind.min_length <= kind.max_length <= 200:
        raise BadKind(field="max_length")
    kind.save(force_insert=not IdentifierKind.objects.filter(pk=code).exists())
    forget_kinds()
    return kind


@transaction.atomic
def restore_kind(*, code: str, by: Actor) -> None:
    """Take back what was changed of a kind that Prilavok brings. Raises UnknownKind."""
    by.must("customers.kinds")
    changed = IdentifierKind.objects.filter(pk=code)
    if not changed.delete()[0]:
        raise UnknownKind(field="code")
    forget_kinds()
