"""What experiments tell."""

from dataclasses import dataclass

from prilavok.kernel.event import Event


@dataclass(frozen=True, kw_only=True)
class ExperimentDrawn(Event):
    """People were cut into arms; `subject` is whose experiment it is, such as `campaign:12`."""

    experiment_id: int
    subject: str
    people: int
    control: int


@dataclass(frozen=True, kw_only=True)
class CustomerEntered(Event):
    """The thing tested fitted this customer for the first time: their arm stands from now on."""

    experiment_id: int
    arm_id: int


@dataclass(frozen=True, kw_only=True)
class ExperimentLoaded(Event):
    """A finished experiment came from a file."""

    experiment_id: int
    rows: int


@dataclass(frozen=True, kw_only=True)
class ExperimentCancelled(Event):
    """Nothing was done to anybody: the draw counts no more."""

    experiment_id: int
