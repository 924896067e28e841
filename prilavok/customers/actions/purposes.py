"""Changing what customers may agree to: the company's own purposes, and those that Prilavok brings."""

import re
from copy import copy
from datetime import datetime
from typing import Any

from django.db import transaction

from prilavok.customers import rules
from prilavok.customers.actions.problems import BadPurpose, PurposeStays, UnknownPurpose
from prilavok.customers.models import MARKETING, ConsentPurpose
from prilavok.customers.queries import forget_purposes, is_brought, purposes
from prilavok.kernel.actors import Actor

_CODE = re.compile(r"[a-z][a-z0-9_]{1,19}")
_WORDS = {"name_ru": 100, "name_en": 100, "note_ru": 300, "note_en": 300}
MOST = 50


@transaction.atomic
def make_purpose(*, code: str, by: Actor, by_channel: bool = False, **values: Any) -> ConsentPurpose:
    """A purpose of the company's own. Raises BadPurpose: no code, no name, a code that is taken, too many of them."""
    by.must("customers.documents")
    known = purposes(archived=True)
    if not _CODE.fullmatch(code) or code in known or len(known) >= MOST:
        raise BadPurpose(field="code")
    return _written(ConsentPurpose(code=code, by_channel=by_channel), values, new=True)


@transaction.atomic
def change_purpose(*, code: str, by: Actor, **values: Any) -> ConsentPurpose:
    """Call a purpose anew, put it on the customer's own page or take it off. Raises BadPurpose, UnknownPurpose."""
    by.must("customers.documents")
    return _written(_of(code), values)


@transaction.atomic
def archive_purpose(*, code: str, by: Actor, at: datetime) -> ConsentPurpose:
    """Ask for it no more; what was given holds and may be withdrawn. Raises UnknownPurpose, PurposeStays."""
    by.must("customers.documents")
    if code == MARKETING:
        raise PurposeStays
    found = _of(code)
    found.archived_at = found.archived_at or at
    return _written(found, {})


@transaction.atomic
def restore_purpose(*, code: str, by: Actor) -> ConsentPurpose:
    """Ask for an archived purpose again. Raises UnknownPurpose."""
    by.must("customers.documents")
    found = _of(code)
    found.archived_at = None
    return _written(found, {})


def _of(code: str) -> ConsentPurpose:
    found = purposes(archived=True).get(code)
    if found is None:
        raise UnknownPurpose(field="purpose")
    return copy(found)


def _written(purpose: ConsentPurpose, values: dict[str, Any], *, new: bool = False) -> ConsentPurpose:
    for name, longest in _WORDS.items():
        words = rules.cleaned(values.get(name, getattr(purpose, name)) or "")
        if len(words) > longest:
            raise BadPurpose(field=name)
        setattr(purpose, name, words)
    if not (purpose.name_ru or purpose.name_en or is_brought(purpose.code)):
        raise BadPurpose(field="name_ru")
    purpose.offered = purpose.code == MARKETING or bool(values.get("offered", purpose.offered))
    purpose.save(force_insert=new)
    forget_purposes()
    return purpose
