"""What conditions and reports may ask of segments' own reckoning: RFM scores and the names of their cells."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from prilavok.facts.schema import Column, Picker, StateTable, Trait
from prilavok.segments import names
from prilavok.segments.events import RfmChanged
from prilavok.segments.models import RfmScore


def _load(profile_ids: list[int]) -> Iterable[dict[str, Any]]:
    found = RfmScore.objects.filter(pk__in=profile_ids)
    return ({"profile_id": one.pk, "r": one.r, "f": one.f, "m": one.m, "cell": one.cell} for one in found)


RFM = StateTable(
    name="rfm",
    key="profile_id",
    columns=[
        Column("profile_id", "Int64"),
        Column("r", "UInt8"),
        Column("f", "UInt8"),
        Column("m", "UInt8"),
        Column("cell", "LowCardinality(String)"),
    ],
    on=[RfmChanged],
    load=_load,
    touched=lambda event: event.profile_ids,
)


def _names(values: Sequence[Any]) -> dict[Any, str]:
    return {value: str(names.CELLS[value]) for value in values if value in names.CELLS}


_RFM = _("RFM")

TRAITS = [
    Trait(
        key="rfm_cell",
        label=_("RFM group"),
        group=_RFM,
        kind="choice",
        table="rfm",
        sql="cell",
        picker=Picker(options=lambda by: list(names.CELLS.items()), names=_names),
        position=30,
    ),
    Trait(
        key="rfm_r", label=_("Recency, 1 to 5"), group=_RFM, kind="number", table="rfm", sql="r", position=31
    ),
    Trait(
        key="rfm_f",
        label=_("Frequency, 1 to 5"),
        group=_RFM,
        kind="number",
        table="rfm",
        sql="f",
        position=32,
    ),
    Trait(
        key="rfm_m", label=_("Money, 1 to 5"), group=_RFM, kind="number", table="rfm", sql="m", position=33
    ),
]
