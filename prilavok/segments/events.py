"""What segments tell: who entered and left, and that scores were reckoned."""

from dataclasses import dataclass
from datetime import date

from prilavok.kernel.event import Event


@dataclass(frozen=True, kw_only=True)
class SegmentSaved(Event):
    """A segment was made, or its conditions changed."""

    segment_id: int
    version: int


@dataclass(frozen=True, kw_only=True)
class SegmentArchived(Event):
    segment_id: int


@dataclass(frozen=True, kw_only=True)
class SegmentRestored(Event):
    segment_id: int


@dataclass(frozen=True, kw_only=True)
class SegmentDrawn(Event):
    """A new segment or version was filled for the first time: its people are not told one by one."""

    segment_id: int
    version: int
    entered: int
    left: int


@dataclass(frozen=True, kw_only=True)
class EnteredSegment(Event):
    """A customer came in after the segment had been drawn. `why`: event, time, list."""

    segment_id: int
    why: str


@dataclass(frozen=True, kw_only=True)
class LeftSegment(Event):
    segment_id: int
    why: str


@dataclass(frozen=True, kw_only=True)
class PeopleListed(Event):
    """These customers were put on a static segment or taken off it."""

    segment_id: int
    profile_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class RfmChanged(Event):
    """These customers have other scores than before; some of them, `moved`, stand in another group too.

    `came_from` and `into` are the groups' keys, one for each of `moved`; `day` is the company's. Whom a change of the
    scheme itself moved, and who was scored for the first time, are not among them.
    """

    profile_ids: tuple[int, ...]
    scheme_id: int = 0
    moved: tuple[int, ...] = ()
    came_from: tuple[str, ...] = ()
    into: tuple[str, ...] = ()
    day: date | None = None


@dataclass(frozen=True, kw_only=True)
class RfmSchemeSaved(Event):
    """A scheme of RFM was made, changed, put away, taken back or made the main one."""

    scheme_id: int
    archived: bool = False
    is_main: bool = False
