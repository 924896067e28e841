"""Schemas of doors that must be quick: read and written by pydantic's compiled core and nothing else."""

from django.http import HttpResponse
from pydantic import BaseModel


class Lean(BaseModel):
    """What comes in, or goes out, where every millisecond counts.

    Ninja's own `Schema` can read Django's objects besides; for that it looks at each object twice at every depth.
    """


def answer(told: Lean) -> HttpResponse:
    """The JSON of a schema that is checked already."""
    body = told.__pydantic_serializer__.to_json(told)
    return HttpResponse(body, content_type="application/json; charset=utf-8")
