"""Files of imports go after a time; what was loaded, the figures and the reasons stay."""

import shutil
from datetime import timedelta
from pathlib import Path

from prilavok.exchange import queries
from prilavok.exchange.models import Import
from prilavok.kernel import clock


def count(age: timedelta) -> int:
    return len(_old(age))


def forget(age: timedelta) -> int:
    """All of them: files are few."""
    old = _old(age)
    for place in old:
        shutil.rmtree(place, ignore_errors=True)
    return len(old)


def _old(age: timedelta) -> list[Path]:
    """Folders of imports that were closed so long ago; what a command read elsewhere is not ours to take."""
    closed = Import.objects.filter(
        finished_at__lt=clock.now() - age, state__in=["finished", "failed", "undone"]
    )
    places = [queries.folder() / str(one) for one in closed.values_list("public_id", flat=True)]
    return [place for place in places if place.is_dir()]
