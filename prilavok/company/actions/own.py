"""Looks at personal data; saved views; one's own settings."""

from datetime import datetime
from typing import Any

from django.db import transaction

from prilavok.company.actions.places import check_zone
from prilavok.company.models import Employee, Look, SavedView
from prilavok.kernel.actors import Actor
from prilavok.ui.ports import Appearance


def note_look(*, profile_id: int | None, what: str, by: Actor, at: datetime, rows: int = 1) -> None:
    """Keep that somebody saw or took personal data: of one profile, or of so many rows (of none: nothing)."""
    if rows:
        Look.objects.create(
            actor_kind=by.kind, actor_id=by.id, profile_id=profile_id, what=what, rows=rows, at=at
        )


@transaction.atomic
def save_view(*, page: str, name: str, query: dict[str, Any], shared: bool, by: Actor) -> SavedView:
    """Keep a list's filters, order and columns under a name; one's own view of this name is replaced."""
    view, _made = SavedView.objects.update_or_create(
        owner_id=by.id, page=page, name=name.strip()[:100], defaults={"query": query, "shared": shared}
    )
    return view


def forget_view(*, view_id: int, by: Actor) -> None:
    """Forget one's own view; a colleague's stays."""
    SavedView.objects.filter(pk=view_id, owner=by.id).delete()


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
