"""Which year the demo shop lives: the data set's where it can be had, else a generated one."""

from datetime import datetime
from pathlib import Path

from demo import dataset, files, generated, people
from demo.files import Written
from demo.journey import Journey, weeks_until


class Unlike(Exception):
    """The data set is not the one whose figures this demo knows; `args[0]` lists the differences."""


def prepare(
    folder: Path, *, now: datetime, as_recorded: bool = False, only_generated: bool = False
) -> Written:
    """The demo's files in `folder`, written unless they are there. Raises Unlike."""
    written = Written.saved(folder)
    if written and written.real != only_generated:
        return written
    journey = read(only_generated=only_generated)
    if not as_recorded:
        journey = journey.moved(weeks_until(now, journey.last_moment()))
    return files.write(journey, people.invent(journey, files.cut_of(journey)), folder)


def read(*, only_generated: bool = False) -> Journey:
    """The year, not moved. Raises Unlike."""
    if only_generated:
        return generated.make()
    try:
        journey = dataset.read()
    except dataset.DataSetMissing:
        return generated.make()
    if differences := dataset.differences(journey):
        raise Unlike("; ".join(differences))
    return journey
