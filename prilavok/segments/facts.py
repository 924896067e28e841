"""What conditions and reports may ask of segments' own reckoning: RFM scores and the names of their cells."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from prilavok.customers import queries as customers
from prilavok.customers.events import CustomersMerged, MergeUndone
from prilavok.facts.schema import Column, Picker, StateTable, Trait
from prilavok.segments import names
from prilavok.segments.events import PeopleListed, RfmChanged
from prilavok.segments.models import Kind, Membership, RfmScore


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


def _lists(profile_ids: list[int]) -> Iterable[dict[str, Any]]:
    """The static segments that a person is on, under the profile that stands for it."""
    heads = set(customers.heads_of(profile_ids).values())
    kin = {one: head for head, family in customers.families(heads).items() for one in family}
    stays = Membership.objects.filter(profile__in=list(kin), segment__kind=Kind.STATIC).open()
    on: dict[int, set[int]] = defaultdict(set)
    for profile, segment in stays.values_list("profile_id", "segment_id"):
        on[kin[profile]].add(segment)
    return ({"profile_id": head, "segments": sorted(found)} for head, found in on.items())


def _listed(event: Any) -> Iterable[int]:
    if isinstance(event, CustomersMerged | MergeUndone):
        return [event.profile_id, *event.moved]
    return event.profile_ids  # type: ignore[no-any-return]


LISTED = StateTable(
    name="listed",
    key="profile_id",
    columns=[Column("profile_id", "Int64"), Column("segments", "Array(Int64)")],
    on=[PeopleListed, CustomersMerged, MergeUndone],
    load=_lists,
    touched=_listed,
)
ON_A_LIST = Trait(  # asked by way of "in segment" only
    key="listed",
    label=_("Static segment"),
    group=_("Groups"),
    kind="many",
    table="listed",
    sql="segments",
    offered=False,
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
