"""The people that tests of this domain know, and a later day."""

from datetime import timedelta

import pytest

from prilavok.experiments.tests.people import (  # noqa: F401
    buys,
    past,
    regulars,
    standing_past,
    standing_shop,
)
from prilavok.kernel import clock
from tests.cast import NOON

LATER = NOON + timedelta(days=35)


@pytest.fixture
def at_later(monkeypatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)
