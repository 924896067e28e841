"""Looks at personal data; saved views; one's own settings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from prilavok.company.actions.places import check_zone
from prilavok.company.actions.problems import EmployeesOnly
from prilavok.company.models import DefaultView, Employee, Look, Role, SavedView
from prilavok.company.queries import saved_views
from prilavok.kernel import prepared
from prilavok.kernel.actors import Actor
from prilavok.ui.ports import Appearance

SHARE = "company.share_views"


# What leaves with somebody is on disk before they have it. Whoever merely looks need not wait for the disk: a power cut
# may lose the looks of the last half second. So only where the look is a transaction by itself: what else a transaction
# writes must wait.
_TAKEN = {Look.What.EXPORT, Look.What.ARCHIVE, Look.What.PROOF}
_NOTE = """
    WITH quick AS (
        SELECT set_config('synchronous_commit',
                          CASE WHEN %s::bool THEN 'off' ELSE current_setting('synchronous_commit') END, true)
    )
    INSERT INTO company_look (actor_kind, actor_id, profile_id, what, rows, at)
    SELECT %s::text, %s::bigint, %s::bigint, %s::text, %s::int, %s::timestamptz FROM quick"""


def note_look(*, profile_id: int | None, what: str, by: Actor, at: datetime, rows: int = 1) -> None:
    """Keep that somebody saw or took personal data: of one profile, or of so many rows (of none: nothing)."""
    if rows:
        need_not_wait = what not in _TAKEN and not transaction.get_connection().in_atomic_block
        prepared.write(_NOTE, [need_not_wait, by.kind, by.id, profile_id, what, rows, at])


@transaction.atomic
def save_view(*, page: str, name: str, query: dict[str, Any], shared: bool, by: Actor) -> SavedView:
    """Keep a list's filters, order and columns under a name; one's own view of this name is replaced.

    Raises Refused: showing a view to colleagues is a right of its own; EmployeesOnly.
    """
    if by.kind != "employee":
        raise EmployeesOnly
    if shared:
        by.must(SHARE)
    view, _made = SavedView.objects.update_or_create(
        owner_id=by.id, page=page, name=name.strip()[:100], defaults={"query": query, "shared": shared}
    )
    return view


@transaction.atomic
def share_view(*, view_id: int, shared: bool, roles: Sequence[str], by: Actor) -> SavedView:
    """Show one's own view to everybody, or to whoever holds one of these roles. Raises SavedView.DoesNotExist."""
    by.must(SHARE)
    view = _own(by).select_for_update().get(pk=view_id)
    view.shared = shared
    view.roles = sorted(Role.objects.filter(code__in=roles).values_list("code", flat=True))
    view.save(update_fields=["shared", "roles"])
    return view


@transaction.atomic
def open_with(*, page: str, view_id: int | None, by: Actor) -> None:
    """Open a list with this view, one's own or shown by a colleague; None: as it is. Raises SavedView.DoesNotExist."""
    if view_id is None:
        DefaultView.objects.filter(employee=by.id if by.kind == "employee" else None, page=page).delete()
        return
    view = saved_views(page, by=by).get(pk=view_id)
    DefaultView.objects.update_or_create(employee_id=by.id or 0, page=page, defaults={"view_id": view.pk})


def forget_view(*, view_id: int, by: Actor) -> None:
    """Forget one's own view; a colleague's stays."""
    _own(by).filter(pk=view_id).delete()


def _own(by: Actor) -> QuerySet[SavedView]:
    """Whose number is not an employee's has none."""
    return SavedView.objects.filter(owner=by.id if by.kind == "employee" else None)


def remember_appearance(employee_id: int, chosen: Appearance) -> None:
    """Keep the language and theme that an employee chose in the page's frame; "" leaves one as it was."""
    fresh = {name: value for name, value in (("language", chosen.language), ("theme", chosen.theme)) if value}
    Employee.objects.filter(pk=employee_id).update(**fresh)


@transaction.atomic
def choose_settings(*, employee_id: int, language: str, theme: str, timezone: str) -> Employee:
    """One's own language, theme and zone (empty: the company's)."""
    if timezone:
        check_zone(timezone)
    employee = Employee.objects.select_for_update().get(pk=employee_id)
    employee.language, employee.theme, employee.timezone = language, theme, timezone
    employee.save(update_fields=["language", "theme", "timezone"])
    return employee
