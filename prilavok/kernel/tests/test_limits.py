"""What is limited is limited for all processes together: a till that is served by several guesses no more often."""

import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from prilavok.kernel import limits
from prilavok.kernel.limits import Buckets

HOUR: dict[str, Any] = {"seconds": 3600, "moment": 1000.0}


def _guess(file: Path, tries: int) -> int:
    buckets = Buckets(file)
    return sum(buckets.take("codes till 7", times=40, **HOUR) for _ in range(tries))


def test_processes_share_what_is_left(tmp_path: Path) -> None:
    file = tmp_path / "limits"
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        passed = pool.starmap(_guess, [(file, 30)] * 3)
    assert sum(passed) == 40
    assert not Buckets(file).take("codes till 7", times=40, **HOUR)  # a process that is started anew
    assert Buckets(file).take("codes till 8", times=40, **HOUR)


def test_after_a_reboot_the_clock_begins_anew_and_so_does_the_count(tmp_path: Path) -> None:
    file = tmp_path / "limits"
    _guess(file, 40)
    assert Buckets(file).take("codes till 7", times=40, seconds=3600, moment=5.0)


def test_of_many_keys_those_asked_for_longest_ago_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SLOTS", limits.NEAR)
    buckets = Buckets()
    for second in range(limits.NEAR + 1):
        assert buckets.take(f"key {second}", times=1, seconds=3600, moment=100.0 + second)
    assert not buckets.take(f"key {limits.NEAR}", times=1, seconds=3600, moment=200.0)
    assert buckets.take("key 0", times=1, seconds=3600, moment=200.0)


def test_where_the_file_cannot_be_opened_the_process_counts_alone(tmp_path: Path) -> None:
    buckets = Buckets(tmp_path)  # a folder
    assert [buckets.take("a door", times=1, **HOUR) for _ in range(2)] == [True, False]


def test_what_is_tried_once_more_in_another_way_counts_once() -> None:
    with pytest.raises(ValueError), limits.tried_first():
        limits.take("a door", times=1, seconds=3600)
        raise ValueError
    limits.take("a door", times=1, seconds=3600)
    with pytest.raises(limits.TooOften), limits.tried_first():
        limits.take("a door", times=1, seconds=3600)
    with pytest.raises(limits.TooOften):
        limits.take("a door", times=1, seconds=3600)
