"""Doors that must be quick: read and written by pydantic's compiled core, and opened without the way through Django.

A door that is marked `quick` has two ways in. The long one is Django's and Ninja's, as at every other address. The
short one (`prilavok.config.doors`, of the till process) does only what an accepted request needs; whatever it does
not accept goes the long way from the start, which says what is wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import HttpResponse
from pydantic import BaseModel

from prilavok.kernel.actors import Actor


class Lean(BaseModel):
    """What comes in, or goes out, where every millisecond counts.

    Ninja's own `Schema` can read Django's objects besides; for that it looks at each object twice at every depth.
    """


def answer(told: Lean) -> HttpResponse:
    """The JSON of a schema that is checked already."""
    body = told.__pydantic_serializer__.to_json(told)
    return HttpResponse(body, content_type="application/json; charset=utf-8")


V = TypeVar("V", bound=Callable[..., HttpResponse])


@dataclass(frozen=True, slots=True)
class Asking:
    """What a quick door's view is told of the request besides its body."""

    actor: Actor


@dataclass(frozen=True, slots=True)
class Door:
    """An address that takes a POST; `writes`: its answer is kept under the request's key. `ahead` sends the questions
    that the view will ask first, before anything is known but body and actor."""

    view: Callable[..., HttpResponse]
    schema: type[Lean]
    writes: bool
    ahead: Callable[[Any, Actor], None] | None


_doors: dict[str, Door] = {}


def quick(
    path: str, schema: type[Lean], *, writes: bool = False, ahead: Callable[[Any, Actor], None] | None = None
) -> Callable[[V], V]:
    """Mark a view as a quick door. It takes a request, of which it uses the actor alone, and the body."""

    def mark(view: V) -> V:
        _doors[path] = Door(view, schema, writes, ahead)
        return view

    return mark


def door(path: str) -> Door | None:
    """The quick door at this address."""
    return _doors.get(path)
