"""What administration tells."""

from dataclasses import dataclass

from prilavok.kernel.event import Event


@dataclass(frozen=True, kw_only=True)
class EventReplayed(Event):
    """A parked event was tried again by hand."""

    parked_id: int
    consumer: str
    went_through: bool


@dataclass(frozen=True, kw_only=True)
class EventGivenUp(Event):
    """A parked event was given up by hand: the consumer will never see it."""

    parked_id: int
    consumer: str


@dataclass(frozen=True, kw_only=True)
class JobRetried(Event):
    """A failed job was put into the queue again by hand."""

    job_id: int


@dataclass(frozen=True, kw_only=True)
class SendingPaused(Event):
    """All sending was paused by hand."""


@dataclass(frozen=True, kw_only=True)
class SendingResumed(Event):
    """All sending was resumed by hand."""


@dataclass(frozen=True, kw_only=True)
class FactsRebuilt(Event):
    """The facts were made anew from the journal."""

    events: int


@dataclass(frozen=True, kw_only=True)
class FactsRepaired(Event):
    """Facts were compared with PostgreSQL, and what differed was loaded anew: how many days and tables of people, and
    how many of them are equal now.
    """

    differed: int
    mended: int
