"""Everybody stands in exactly one band of every cut."""

from datetime import date

import numpy as np
import pytest

from prilavok.experiments.queries.cutting import rfm_bands
from prilavok.experiments.queries.outcomes import Habits
from prilavok.experiments.rules import bands

AGES = {
    "21-": range(0, 21),
    "21-25": range(21, 26),
    "26-30": range(26, 31),
    "31-35": range(31, 36),
    "36-40": range(36, 41),
    "41-45": range(41, 46),
    "46-50": range(46, 51),
    "51-55": range(51, 56),
    "56-60": range(56, 61),
    "61-65": range(61, 66),
    "66-70": range(66, 71),
    "71-75": range(71, 76),
    "76+": range(76, 121),
}


def test_every_age_has_its_band() -> None:
    assert bands.age_bands() == tuple(AGES)
    for band, years in AGES.items():
        assert {bands.age_band(one) for one in years} == {band}


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(1954, 11, 23), "71-75"),  # 72 today
        (date(1955, 11, 23), "71-75"),  # 71 today
        (date(1955, 11, 24), "66-70"),  # 71 tomorrow
        (date(1950, 11, 24), "71-75"),  # 76 tomorrow
        (date(1950, 11, 23), "76+"),  # 76 today
    ],
)
def test_a_birthday_opens_the_next_band(born: date, band: str) -> None:
    assert bands.age_band(bands.age(born, date(2026, 11, 23))) == band


def test_every_number_of_days_has_its_band() -> None:
    edges = {"0-7": (0, 7), "8-14": (8, 14), "15-30": (15, 30), "31-60": (31, 60), "61-90": (61, 90)}
    edges |= {"91-180": (91, 180), "181+": (181, 4000)}

    assert bands.recency_bands() == tuple(edges)
    for band, (first, last) in edges.items():
        assert {bands.recency_band(days) for days in range(first, last + 1)} == {band}


def test_those_who_never_bought_change_nobodys_rfm() -> None:
    def known(never: int) -> Habits:
        buyers = np.arange(1, 6)
        nobody = np.zeros(never, dtype=np.int64)
        return Habits(
            recency=np.concatenate([buyers, nobody - 1]),
            receipts=np.concatenate([6 - buyers, nobody]),
            revenue=np.concatenate([600.0 - 100 * buyers, nobody]),
            shop=np.ones(5 + never, dtype=np.int64),
        )

    assert rfm_bands(known(0)) == ["13-15", "10-12", "7-9", "3-6", "3-6"]
    assert rfm_bands(known(20)) == ["13-15"] * 5 + [""] * 20
