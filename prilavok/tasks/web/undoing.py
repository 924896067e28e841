"""Taking back what was done from a page: an address in the toast, good while the session lasts."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from prilavok.kernel import clock
from prilavok.kernel.actors import Actor
from prilavok.kernel.web import Request, needs, own_address
from prilavok.tasks import actions
from prilavok.tasks.rules import Due

UNDO = "tasks.undo"  # what was there before, kept with the session and not in an address
UNDO_KEPT = 20


def remember(request: Request, what: str, before: list[Any]) -> str:
    """The address that takes a change back; `what` names the way, `before` is what stood there."""
    token = str(uuid4())
    kept = dict(list(request.session.get(UNDO, {}).items())[-UNDO_KEPT:])
    request.session[UNDO] = kept | {token: {"what": what, "before": before}}
    return reverse("tasks:undo", args=[token])


@require_POST
@needs("tasks.edit")
def undo(request: Request, token: UUID) -> HttpResponse:
    kept = request.session.get(UNDO, {}).pop(str(token), None)
    if kept is None:
        raise Http404
    request.session.modified = True
    _WAYS[kept["what"]](kept["before"], request.actor, clock.now())
    return back(request, reverse("tasks:list"))


def back(request: Request, otherwise: str) -> HttpResponse:
    """To where one came from."""
    asked = request.POST.get("next") or request.headers.get("Referer", "")
    return HttpResponseRedirect(own_address(request, asked, otherwise))


def _change(before: list[Any], by: Actor, at: datetime) -> None:
    for task, values in before:
        actions.change_task(task, values, by=by, at=at)


def _move(before: list[Any], by: Actor, at: datetime) -> None:
    due = {task: Due(datetime.fromisoformat(moment) if moment else None, day) for task, moment, day in before}
    actions.move(due, by=by, at=at)


def _assign(before: list[Any], by: Actor, at: datetime) -> None:
    actions.assign(dict(before), by=by, at=at)


def _reopen(before: list[Any], by: Actor, at: datetime) -> None:
    actions.reopen(before, by=by, at=at)


def _cancel(before: list[Any], by: Actor, at: datetime) -> None:
    actions.cancel(before, by=by, at=at)


_WAYS: dict[str, Callable[[list[Any], Actor, datetime], None]] = {
    "change": _change,
    "move": _move,
    "assign": _assign,
    "reopen": _reopen,
    "cancel": _cancel,
}
