"""What conditions and reports may ask of segments' own reckoning: RFM scores, their groups by every scheme, moves."""

import functools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prilavok.customers import queries as customers
from prilavok.customers.events import CustomerErased, CustomersMerged, MergeUndone
from prilavok.facts.schema import (
    Added,
    Additions,
    Column,
    Fact,
    FactTable,
    Filter,
    Measure,
    Picker,
    StateTable,
    Trait,
    Words,
    declared,
)
from prilavok.kernel import clock
from prilavok.kernel.actors import Actor
from prilavok.kernel.event import Event
from prilavok.segments import names
from prilavok.segments.events import PeopleListed, RfmChanged
from prilavok.segments.formulas import known, reckoning
from prilavok.segments.models import Kind, Membership, OwnIndicator, RfmScheme, RfmScore
from prilavok.segments.rfm import asking, schemes


def _load(profile_ids: list[int]) -> Iterable[dict[str, Any]]:
    """The scores by the main scheme, and by every scheme in work the group and the bands as `asked` writes them."""
    main = schemes.main()
    found: dict[int, dict[str, Any]] = {}
    for one in RfmScore.objects.filter(profile__in=profile_ids, scheme__archived_at=None).order_by(
        "scheme_id"
    ):
        row = found.setdefault(one.profile_id, {"profile_id": one.profile_id, "places": []})
        row["places"] += places_asked(one.scheme_id, one)
        if one.scheme_id == main.pk:
            row.update(r=one.r, f=one.f, m=one.m, cell=one.cell)
    return found.values()


def asked(scheme_id: int, what: str) -> str:
    """How conditions name a group of a scheme, or a band of it: the scheme's number, a point and the key.

    >>> asked(7, "champions"), asked(7, "r5")
    ('7.champions', '7.r5')
    """
    return f"{scheme_id}.{what}"


def places_asked(scheme_id: int, one: RfmScore) -> list[str]:
    """All that conditions may ask of one score."""
    bands = (f"{axis}{getattr(one, axis)}" for axis in "rfm" if one.r)
    return [asked(scheme_id, what) for what in (one.cell, *bands)]


RFM = StateTable(
    name="rfm",
    key="profile_id",
    columns=[
        Column("profile_id", "Int64"),
        Column("r", "UInt8"),
        Column("f", "UInt8"),
        Column("m", "UInt8"),
        Column("cell", "LowCardinality(String)"),
        Column("places", "Array(LowCardinality(String))"),
    ],
    on=[RfmChanged],
    load=_load,
    touched=lambda event: event.profile_ids,
)


def _moved(event: RfmChanged) -> Iterable[dict[str, Any]]:
    return (
        {
            "profile_id": one,
            "scheme_id": event.scheme_id,
            "local_date": event.day,
            "came_from": asked(event.scheme_id, came_from),
            "into": asked(event.scheme_id, into),
        }
        for one, came_from, into in zip(event.moved, event.came_from, event.into, strict=True)
    )


MOVES = FactTable(
    name="rfm_moves",
    columns=[
        Column("profile_id", "Int64"),
        Column("scheme_id", "Int64"),
        Column("local_date", "Date"),
        Column("came_from", "LowCardinality(String)"),
        Column("into", "LowCardinality(String)"),
    ],
    order_by=("profile_id", "local_date"),
    filled_by={RfmChanged: _moved},
)


def _groups(_by: Actor) -> list[tuple[int | str, Words]]:
    layout = asking.layout_of(schemes.main())
    return [(group.key, names.of(layout, group.key)) for group in layout.groups]


def _group_names(values: Sequence[Any]) -> dict[Any, str]:
    layout = asking.layout_of(schemes.main())
    known = {group.key for group in layout.groups}
    return {value: names.of(layout, value) for value in values if value in known}


def _groups_of_all(_by: Actor) -> list[tuple[int | str, Words]]:
    return [*_of_all(bands=False).items()]


def _places_of_all(_by: Actor) -> list[tuple[int | str, Words]]:
    return [*_of_all(bands=True).items()]


def _names_of_all(values: Sequence[Any]) -> dict[Any, str]:
    known = _of_all(bands=True)
    return {value: known[value] for value in values if value in known}


def _of_all(*, bands: bool) -> dict[Any, Any]:
    """The groups, and the bands if they are asked for, of every scheme in work."""
    schemes.main()
    found: dict[Any, Any] = {}
    for scheme in RfmScheme.objects.live():
        layout = asking.layout_of(scheme)
        told = {group.key: names.of(layout, group.key) for group in layout.groups}
        if bands:
            for axis, words in (
                ("r", _("recency %(n)d")),
                ("f", _("frequency %(n)d")),
                ("m", _("money %(n)d")),
            ):
                count = getattr(layout, axis).bands
                told |= {f"{axis}{n}": str(words) % {"n": n} for n in range(count, 0, -1)}
        found |= {asked(scheme.pk, key): f"{scheme.title}: {name}" for key, name in told.items()}
    return found


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


_RFM = _("RFM")

TRAITS = [
    Trait(
        key="rfm_cell",
        label=_("RFM group"),
        group=_RFM,
        kind="choice",
        table="rfm",
        sql="cell",
        picker=Picker(options=_groups, names=_group_names),
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
    Trait(
        key="rfm_place",
        label=_("RFM place by any scheme"),
        group=_RFM,
        kind="many",
        table="rfm",
        sql="places",
        picker=Picker(options=_places_of_all, names=_names_of_all),
        position=34,
    ),
]

RFM_MOVES = Fact(
    key="rfm_moves",
    label=_("Moves between RFM groups"),
    group=_RFM,
    table="rfm_moves",
    measures=[
        Measure(key="times", label=_("moves"), kind="number", sql="count()", times=True),
        Measure(key="last", label=_("last move"), kind="date", sql="max(local_date)"),
    ],
    filters=[
        Filter(
            key="rfm_from",
            label=_("from the RFM group"),
            sql="came_from",
            type="text",
            picker=Picker(options=_groups_of_all, names=_names_of_all),
        ),
        Filter(
            key="rfm_to",
            label=_("to the RFM group"),
            sql="into",
            type="text",
            picker=Picker(options=_groups_of_all, names=_names_of_all),
        ),
    ],
    on=[RfmChanged],
    verb=_("moved between RFM groups"),
    verb_not=_("did not move between RFM groups"),
    position=60,
)

# ── Indicators that the company made itself ──────────────────────────────────────────────────────────────


class _EverythingTold(Sequence[type[Event]]):
    """Every type of event that facts and traits are made of: an indicator may be made of any of them.

    Asked when all domains have declared theirs.
    """

    @functools.cached_property
    def _kinds(self) -> list[type[Event]]:
        known = declared()
        kinds = {kind for fact in known.facts.values() for kind in fact.on}
        kinds |= {kind for state in known.states.values() if state is not INDICATORS for kind in state.on}
        return sorted(kinds, key=lambda kind: kind.type_name())

    def __getitem__(self, place: Any) -> Any:
        return self._kinds[place]

    def __len__(self) -> int:
        return len(self._kinds)


def _indicators_of(profile_ids: list[int]) -> Iterable[dict[str, Any]]:
    made = [one for one in known.recent() if one.archived_at is None]
    if not made:
        return  # nobody's are kept
    formulas = known.formulas(one.code for one in made)
    kinds = {one.code: one.kind for one in formulas}
    found = reckoning.figures(formulas, reckoning.everybody(profile_ids), at=clock.now())
    for who, told in found.items():
        yield {"profile_id": who} | {
            f"i_{code}": reckoning.kept(figure.value, kinds[code]) for code, figure in told.items()
        }


def _reckoned_anew(event: Any) -> Iterable[int]:
    """Whose indicators an event can change."""
    if isinstance(event, CustomersMerged | MergeUndone):
        people = [event.profile_id, *event.moved]
    elif isinstance(event, CustomerErased):
        people = list(event.profiles)
    else:
        people = [event.customer] if event.customer and event.type_name() in known.telling() else []
    return people if any(one.archived_at is None for one in known.recent()) else []


INDICATORS = StateTable(
    name="own_indicators",
    key="profile_id",
    columns=[Column("profile_id", "Int64")],
    on=_EverythingTold(),
    load=_indicators_of,
    touched=_reckoned_anew,
)

_TYPES = {
    "number": "Nullable(Decimal(18, 4))",
    "money": "Nullable(Int64)",
    "percent": "Nullable(Decimal(18, 6))",
    "days": "Nullable(Decimal(18, 4))",
    "date": "Nullable(Date32)",
}
_UNITS: dict[str, Words] = {"percent": "%", "days": _("days")}
_GROUP = pgettext_lazy("group of conditions", "Indicators")
_remembered: list[tuple[list[OwnIndicator], tuple[Added, ...]]] = []


def _added() -> tuple[Added, ...]:
    """A column and a trait of each indicator; the archived keep theirs, for the conditions that ask them."""
    now = known.recent()
    if not _remembered or _remembered[0][0] is not now:
        made = tuple(_column_and_trait(one) for one in now)
        told = [(one.code, one.name, one.kind, one.archived_at) for one in now]
        same = _remembered and told == [
            (one.code, one.name, one.kind, one.archived_at) for one in _remembered[0][0]
        ]
        _remembered[:] = [(now, _remembered[0][1] if same else made)]
    return _remembered[0][1]


def _column_and_trait(one: OwnIndicator) -> Added:
    column = f"i_{one.code}"
    kind: Any = one.kind if one.kind in ("money", "date") else "number"
    trait = Trait(
        key=f"indicator.{one.code}",
        label=one.name,
        group=_GROUP,
        kind=kind,
        table=INDICATORS.name,
        sql=f"{column} * 100" if one.kind == "percent" else column,
        unit=_UNITS.get(one.kind, ""),
        position=40 + one.position,
        offered=one.archived_at is None,
    )
    return Added(INDICATORS.name, Column(column, _TYPES[one.kind]), trait)


OWN_INDICATORS = Additions(_added)
