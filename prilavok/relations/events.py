"""What relations tell: ids and values, never names."""

from dataclasses import dataclass

from prilavok.kernel.event import Event


@dataclass(frozen=True, kw_only=True)
class _RelationEvent(Event):
    """Told to both sides. `side` is the one on whose timeline it stands: first or second."""

    relation_id: int
    kind: str
    first_id: int
    second_id: int
    side: str


@dataclass(frozen=True, kw_only=True)
class RelationAdded(_RelationEvent):
    """One customer is something to another from now on."""


@dataclass(frozen=True, kw_only=True)
class RelationChanged(_RelationEvent):
    """Position, role or days were corrected."""


@dataclass(frozen=True, kw_only=True)
class RelationEnded(_RelationEvent):
    """It was true, and is not any more."""


@dataclass(frozen=True, kw_only=True)
class RelationRemoved(_RelationEvent):
    """It was written down by mistake."""


@dataclass(frozen=True, kw_only=True)
class HouseholdMade(Event):
    household_id: int
    head_id: int


@dataclass(frozen=True, kw_only=True)
class HouseholdJoined(Event):
    household_id: int
    profile_id: int
    part: str


@dataclass(frozen=True, kw_only=True)
class HouseholdLeft(Event):
    household_id: int
    profile_id: int


@dataclass(frozen=True, kw_only=True)
class HouseholdHeaded(Event):
    """The household has another head."""

    household_id: int
    profile_id: int
