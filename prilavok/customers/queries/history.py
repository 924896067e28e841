"""Where the values of a customer come from: what stood there before, who changed it and by which rule."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from prilavok.company import queries as company
from prilavok.customers import rules
from prilavok.customers.models import ContactKind, FieldChange, Profile, StatusChange
from prilavok.customers.queries.own_fields import may_see, recent_own_fields
from prilavok.customers.queries.postal import dates_noted
from prilavok.kernel import timeline
from prilavok.kernel.actors import Actor

CHANGES_SHOWN = 200  # changes of one customer


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one value, as `by` may see it: contacts are masked. Values are texts as they are kept;
    a personal date names its kind in the reader's language.
    """

    at: datetime
    field: str
    before: str
    after: str
    rule: str
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """How a customer came to be known: the source of every value that was not changed since."""

    at: datetime
    source: str
    by: str


def history(
    profile_ids: Collection[int], by: Actor, *, fields: Sequence[str] = (), item: int | None = None
) -> list[Change]:
    """The latest changes of the records of one person, newest first; of some fields, of one item, or of all."""
    by.must("customers.see")
    found = FieldChange.objects.filter(profile__in=profile_ids).order_by("-at", "-id")
    if fields:
        found = found.filter(field__in=fields)
    if item is not None:
        found = found.filter(item=item)
    if not by.may("customers.see_contacts"):
        found = found.exclude(field="postal_address")
    closed = [rules.OWN + one.code for one in recent_own_fields() if not may_see(one, by)]
    rows = list((found.exclude(field__in=closed) if closed else found)[:CHANGES_SHOWN])
    statuses = _statuses(profile_ids) if not fields or "status" in fields else []
    names = _names([*rows, *statuses])
    days = _days_noted(rows)
    told = [_told(row, names, days, by) for row in rows]
    told += [
        Change(one.at, "status", one.old, one.new, "", names.get(one.by_id or 0, ""), one.reason)
        for one in statuses
    ]
    return sorted(told, key=lambda one: one.at, reverse=True)[:CHANGES_SHOWN]


def _statuses(profile_ids: Collection[int]) -> list[StatusChange]:
    return list(StatusChange.objects.filter(profile__in=profile_ids).order_by("-at", "-id")[:CHANGES_SHOWN])


def _names(rows: Sequence[FieldChange | StatusChange]) -> dict[int, str]:
    people = {row.by_id for row in rows if row.by_kind == "employee" and row.by_id}
    return company.employee_names(people) if people else {}


def _days_noted(rows: Sequence[FieldChange]) -> dict[str, str]:
    noted = {text for row in rows if row.field == "personal_date" for text in (row.before, row.after)}
    return dates_noted(noted) if noted else {}


def _told(row: FieldChange, names: dict[int, str], days: dict[str, str], by: Actor) -> Change:
    hidden = row.field in _REACHED and not by.may("customers.see_contacts")
    before, after = (
        _masked(value) if hidden else days.get(value, value) for value in (row.before, row.after)
    )
    author = names.get(row.by_id or 0, "") if row.by_kind == "employee" else ""
    return Change(row.at, row.field, before, after, row.rule, author)


_REACHED = {*ContactKind.values, "preferred_contact"}


def _masked(values: str) -> str:
    masked = (rules.masked("email" if "@" in one else "phone", one) for one in values.split(", ") if one)
    return ", ".join(masked)


def origin(profile: Profile, by: Actor) -> Origin:
    """When, where and by whom the customer was registered."""
    by.must("customers.see")
    first = timeline.first_of_customer(profile.pk, "customers.CustomerRegistered")
    author = first.by_id if first and first.by_kind == "employee" else None
    return Origin(
        profile.registered_at,
        profile.source,
        company.employee_names([author]).get(author, "") if author else "",
    )
