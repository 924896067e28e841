"""What is planted is known to the cent, and says of itself that it is simulated."""

from datetime import date
from decimal import Decimal
from random import Random
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from demo import planting
from demo.live import SIMULATED, Payload, revenue_of

MODEL: Payload = {"shop": "367", "lines": [{"product": str(number)} for number in range(3)]}
EXPERIMENT: Any = SimpleNamespace(pk=7, first_day=date(2026, 10, 19), last_day=date(2026, 11, 15))


@given(st.decimals(Decimal("0.01"), Decimal(100_000), places=2), st.integers(1, 999))
def test_shares_add_up_to_the_cent(total: Decimal, number: int) -> None:
    shares = planting._shares(total, number)

    assert sum(shares) == total
    assert max(shares) - min(shares) <= Decimal("0.01")


def test_extra_visits_are_worth_what_was_planned_and_lie_inside_the_period() -> None:
    receipts = planting._receipts(Random(1), EXPERIMENT, 12, "2900000000018", Decimal("61.77"), [MODEL])

    assert sum(map(revenue_of, receipts)) == Decimal("61.77")
    assert len({receipt["number"] for receipt in receipts}) == len(receipts) == 2
    for receipt in receipts:
        assert receipt["number"].startswith(SIMULATED)
        assert receipt["till"] == "simulated"
        assert "2026-10-19" < receipt["paid_at"] < "2026-11-16"
