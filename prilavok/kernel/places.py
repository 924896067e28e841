"""Points of the globe as people copy them from a map: latitude, then longitude, in degrees."""

import re
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.errors import Problem

_DEGREES = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{1,20})?$", re.A)
_BETWEEN = re.compile(r"[;,\s]+")
_BETWEEN_COMMAS = re.compile(r"\s*;\s*|,?\s+")  # «55,7558 37,6177»: a comma inside a number parts decimals
PLACE = Decimal("0.000001")  # a tenth of a metre


class Point(NamedTuple):
    """Degrees north (below nought: south) and degrees east (below nought: west)."""

    latitude: Decimal
    longitude: Decimal

    def __str__(self) -> str:
        return f"{self.latitude:f}, {self.longitude:f}"


def read_point(text: str) -> Point | None:
    """The point that a text means; None for an empty one. Raises ValueError for what is no point.

    >>> str(read_point("55.755864, 37.617698")), str(read_point("55,7558 37,6177")), str(read_point("-33.9;18.4"))
    ('55.755864, 37.617698', '55.755800, 37.617700', '-33.900000, 18.400000')
    >>> read_point(" ")
    """
    if not text.strip():
        return None
    clean = text.strip().replace("−", "-")
    parts = (_BETWEEN if "." in clean else _BETWEEN_COMMAS).split(clean)
    if len(parts) != 2 or not all(map(_DEGREES.match, parts)):
        raise ValueError(text[:40])
    latitude, longitude = (Decimal(part.replace(",", ".")) for part in parts)
    return point(latitude, longitude)


def point(latitude: Decimal, longitude: Decimal) -> Point:
    """The point of these degrees. Raises ValueError beyond the globe."""
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise ValueError(f"{latitude}, {longitude}"[:40])
    return Point(latitude.quantize(PLACE), longitude.quantize(PLACE))


def read_place(latitude: Decimal | None, longitude: Decimal | None) -> Point | None:
    """The point of two columns; None where nobody has said."""
    return None if latitude is None or longitude is None else point(latitude, longitude)


class PointField(forms.CharField):
    """Coordinates in one field, as they are copied from a map; the cleaned value is a Point or None."""

    def __init__(self, **more: Any) -> None:
        more = {"label": _("Coordinates"), "required": False, "max_length": 60, **more}
        super().__init__(**more)

    def clean(self, value: Any) -> Any:
        try:
            return read_point(super().clean(value))
        except ValueError:
            raise ValidationError(str(NoPoint()), code="point") from None


class NoPoint(Problem):
    """What was sent are no coordinates."""

    code = "no_point"
    message = _("Write latitude and longitude in degrees, such as 55.755864, 37.617698.")


def degrees(most: int) -> "models.DecimalField[Decimal | None, Decimal | None]":
    """A column of degrees up to so many to either side; empty where nobody has said."""
    return models.DecimalField(
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-most), MaxValueValidator(most)],
    )


WHOLE = Q(latitude=None, longitude=None) | Q(latitude__range=(-90, 90), longitude__range=(-180, 180))
"""Both columns or neither."""
