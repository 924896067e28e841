"""Rows that name companies: which of them cannot be taken, and why."""

from collections.abc import Sequence

from django.db import connection

from prilavok.customers.actions.legal import Key, known_details, owners_of
from prilavok.customers.actions.rows import Row
from prilavok.customers.queries import heads_of
from prilavok.kernel.errors import Problem

Blame = tuple[str, str]
"""The field and the code of what is wrong with it."""


def unfit(fresh: Sequence[Row], met: Sequence[Row]) -> dict[int, Blame]:
    """By their places the rows that cannot be taken: a company without a name, one that would become another's twin,
    a person's row that names a company or the other way round. The details of all others are settled."""
    found = {row.index: ("name", "name_missing") for row in fresh if row.details and not row.new.last_name}
    found |= _of_another_kind(met)
    companies = [row for row in met if row.details and row.index not in found]
    known = known_details([row.profile_id for row in companies])
    for row in companies:
        assert row.details
        try:
            row.details.settle(known[row.profile_id])
        except Problem as problem:
            found[row.index] = (problem.field or "", problem.code)
    return found | _twins([row for row in companies if row.index not in found])


def _of_another_kind(rows: Sequence[Row]) -> dict[int, Blame]:
    sql = (
        "SELECT p.id, r.kind FROM customers_profile p JOIN customers_person r ON r.id = p.person_id"
        " WHERE p.id = ANY(%s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [[row.profile_id for row in rows]])
        kinds = dict(cursor.fetchall())
    return {row.index: ("external_id", "other_kind") for row in rows if kinds[row.profile_id] != row.new.kind}


def _twins(rows: Sequence[Row]) -> dict[int, Blame]:
    """Companies whose INN and KPP would become those of another one."""
    moved = [
        (row, (row.details.after["inn"], row.details.after["kpp"]))
        for row in rows
        if row.details and {"inn", "kpp"} & row.details.changed.keys()
    ]
    owners, _several = owners_of({key for _row, key in moved}, loosely=False)
    heads = heads_of([*owners.values(), *(row.profile_id for row, _key in moved)])
    taken: set[Key] = set()
    found: dict[int, Blame] = {}
    for row, key in moved:
        if key in taken or (key in owners and heads[owners[key]] != heads[row.profile_id]):
            found[row.index] = ("inn", "company_known")
        taken.add(key)
    return found
