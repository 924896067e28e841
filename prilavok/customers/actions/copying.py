"""New customers as rows: everything of many of them by COPY, a statement per table."""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice

from django.db import connection

from prilavok.company import queries as company
from prilavok.customers import rules
from prilavok.customers.actions.correcting import shared_by_several
from prilavok.customers.actions.rows import Row
from prilavok.customers.events import CustomerRegistered
from prilavok.customers.models import MARKETING
from prilavok.customers.ports import REGISTERED, Evidence, NewConsent
from prilavok.customers.rules.own_fields import is_empty
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.kernel.ids import uuid7_text

BLOCK = 500  # lines sent at once: the server writes some while we make the next


def write(rows: Sequence[Row], by: Actor, at: datetime, evidence: Evidence) -> None:
    """All rows into their tables; gives them their ids. Lines are written as text: several times quicker than value by
    value."""
    _give_ids(rows)
    author = f"{by.kind}\t{_text(by.id)}"
    told = r"\N" + "\t\t\t" + r"\N"
    proof = f"{at}\t{evidence.rule}\t{author}"
    unproved = shared_by_several(rows) if evidence.declares else set()
    sure = f"verified\t{evidence.rule}"
    said = sure if evidence.proved else f"claimed\t{evidence.rule}"
    when = "" if evidence is REGISTERED else str(at)
    names = _Names()
    _copy_into(
        "customers_person (id, public_id, kind, last_name, first_name, middle_name, sex, birth_date, invented)",
        (
            f"{row.person_id}\t{uuid7_text()}\t{new.kind}\t{names[new.last_name]}\t{names[new.first_name]}"
            f"\t{names[new.middle_name]}\t{new.sex}\t{_text(new.birth_date)}\t{_flag(new.invented)}\n"
            for row in rows
            if (new := row.new)
        ),
    )
    _copy_into(
        "customers_profile (id, public_id, person_id, registered_at, registered_shop_id, status, source, own)",
        map(_profile, rows),
    )
    _copy_into(
        "customers_contact (profile_id, kind, value, preferred, fail_reason,"
        " verified_at, verified_rule, verified_by_kind, verified_by_id)",
        (
            f"{row.profile_id}\t{kind}\t{_safe(value)}\tf\t\t"
            f"{proof if evidence.declares and (kind, value) not in unproved else told}\n"
            for row in rows
            for kind, value in row.contacts
        ),
    )
    _copy_into(
        "customers_identifier (profile_id, kind, value, proof, rule, at, by_kind, by_id, alone)",
        (
            f"{row.profile_id}\t{kind}\t{_safe(value)}\t{said if kind == 'card' else sure}\t{when or row.since}"
            f"\t{author}\t{_flag(evidence.proved or kind != 'card')}\n"
            for row in rows
            for kind, value in row.identifiers
        ),
    )
    _copy_into(
        "customers_consent (profile_id, purpose, channel, given, at, source, text_version, document_id, ip,"
        " proof, by_kind, by_id)",
        (_consent(row, consent, author) for row in rows for consent in row.new.consents),
    )


def tell(rows: Sequence[Row], by: Actor, live: bool) -> None:
    """The journal of their registration."""
    journal.record_many(map(_entry, rows), by=by, live=live)


def _give_ids(rows: Sequence[Row]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array(SELECT nextval('customers_person_id_seq') FROM generate_series(1, %s)),"
            " array(SELECT nextval('customers_profile_id_seq') FROM generate_series(1, %s))",
            [len(rows), len(rows)],
        )
        people, profiles = cursor.fetchone()
    for row, person_id, profile_id in zip(rows, people, profiles, strict=True):
        row.person_id, row.profile_id = person_id, profile_id


def _copy_into(table_and_columns: str, lines: Iterable[str]) -> None:
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table_and_columns} FROM STDIN") as copy,
    ):
        waiting = iter(lines)
        while block := "".join(islice(waiting, BLOCK)):
            copy.write(block)


_SPECIAL = re.compile(r"[\\\t\n\r\0]")
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": ""})


def _safe(text: str) -> str:
    """A text as a cell of COPY.

    >>> _safe("a\\tb")
    'a\\\\tb'
    """
    return text.translate(_ESCAPES) if _SPECIAL.search(text) else text


class _Names(dict[str, str]):
    """Names as cells: the same ones come again and again."""

    def __missing__(self, name: str) -> str:
        cell = self[name] = _safe(rules.cleaned(name)[:100])
        return cell


def _text(value: object) -> str:
    return r"\N" if value is None else str(value)


def _flag(value: bool) -> str:
    return "t" if value else "f"


def _profile(row: Row) -> str:
    new = row.new
    told = {code: value for code, value in row.own.items() if not is_empty(value)} if row.own else None
    own = _safe(json.dumps(told, ensure_ascii=False)) if told else "{}"
    return (
        f"{row.profile_id}\t{uuid7_text()}\t{row.person_id}\t{row.since}\t{_text(new.shop_id)}"
        f"\t{new.status}\t{_safe(new.source[:50])}\t{own}\n"
    )


def _consent(row: Row, consent: NewConsent, author: str) -> str:
    return (
        f"{row.profile_id}\t{consent.purpose}\t{consent.channel}\t{_flag(consent.given)}"
        f"\t{consent.at or row.since}\t{_safe((consent.source or row.new.source)[:50])}"
        f"\t{_safe(consent.text_version[:50])}\t{_text(consent.document_id)}\t{_text(consent.ip)}\t{_safe(consent.proof[:200])}\t{author}\n"
    )


def _entry(row: Row) -> journal.Entry:
    new, shop = row.new, row.new.shop_id
    agreed = tuple([one.channel for one in new.consents if one.given and one.purpose == MARKETING])
    return journal.Entry(
        CustomerRegistered,
        at=row.registered_at,
        customer=row.profile_id,
        shop=shop,
        brand=None if shop is None else company.brand_of(shop),
        id=uuid7_text(),
        body=f'{{"profile_id":{row.profile_id},"person_id":{row.person_id}{_rest(new.source[:50], agreed)}',
    )


@lru_cache(maxsize=1_000)
def _rest(source: str, consents: tuple[str, ...]) -> str:
    """The body of the event behind the ids, as JSON: most customers of a file have the same."""
    body = CustomerRegistered(profile_id=0, person_id=0, source=source, consents=consents).body()
    ids = {name: body.pop(name) for name in ("profile_id", "person_id")}
    assert not any(ids.values())
    return "," + json.dumps(body, ensure_ascii=False, separators=(",", ":"))[1:]
