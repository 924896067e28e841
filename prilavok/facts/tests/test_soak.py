"""A minute of what `make soak` does for an hour."""

from pathlib import Path

import pytest

from benchmarks.soak import Soak, picture, told

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]


def test_a_minute_of_kills_and_callers_that_hang_up_leaves_the_books_exact(tmp_path: Path) -> None:
    outcome = Soak(tmp_path / "facts", 60).run()
    picture(outcome, tmp_path / "soak.svg")

    assert outcome.holds(), told(outcome)
    assert len(outcome.kills) >= 3 and outcome.resent and outcome.hung_up and len(outcome.batches) > 50
    assert max(outcome.returns) < 15
    assert "<polyline" in (tmp_path / "soak.svg").read_text()
