"""Which year the demo shop lives: the data set's where it can be had, else a generated one."""

from datetime import datetime, timedelta
from pathlib import Path

from demo import dataset, files, generated, people
from demo.files import Written
from demo.journey import Journey, weeks_until


class Unlike(Exception):
    """The data set is not the one whose figures this demo knows; `args[0]` lists the differences."""


def prepare(
    folder: Path,
    *,
    now: datetime,
    as_recorded: bool = False,
    only_generated: bool = False,
    loaded: bool = False,
) -> Written:
    """The demo's files in `folder`, written unless they are there and still end now. Raises Unlike.

    `loaded`: the base holds them already, so they stay as they are.
    """
    written = Written.saved(folder)
    if written and (loaded or _is_wanted(written, now, as_recorded, only_generated)):
        return written
    journey = read(only_generated=only_generated)
    if not as_recorded:
        journey = journey.moved(weeks_until(now, journey.last_moment()))
    return files.write(journey, people.invent(journey, files.cut_of(journey)), folder)


def _is_wanted(written: Written, now: datetime, as_recorded: bool, only_generated: bool) -> bool:
    """Whether the files are of this year's source and of this week's move."""
    if only_generated and written.real:
        return False
    recorded_end = datetime.fromisoformat(written.ends) - timedelta(weeks=written.moved_weeks)
    return written.moved_weeks == (0 if as_recorded else weeks_until(now, recorded_end))


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
