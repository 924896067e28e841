"""An event read back equals the one that was recorded, whatever plain values it holds."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from prilavok.kernel.event import Event


@dataclass(frozen=True)
class Row:
    product_id: int
    paid: Decimal
    note: str | None


@dataclass(frozen=True, kw_only=True)
class BasketTold(Event):
    basket: UUID
    day: date
    at_till: datetime | None
    rows: tuple[Row, ...] = ()
    codes: tuple[str, ...] = ()


money = st.decimals(min_value=-(10**9), max_value=10**9, places=4)
rows = st.builds(Row, st.integers(0, 2**63 - 1), money, st.none() | st.text(max_size=20))


@given(
    st.builds(
        BasketTold,
        basket=st.uuids(),
        day=st.dates(),
        at_till=st.none() | st.datetimes(timezones=st.just(UTC)),
        rows=st.lists(rows, max_size=5).map(tuple),
        codes=st.lists(st.text(max_size=10), max_size=3).map(tuple),
        envelope=st.none(),
    )
)
def test_an_event_comes_back_as_it_went(event: BasketTold) -> None:
    assert BasketTold.from_body(event.body()) == event


def test_a_field_added_later_takes_its_default() -> None:
    old = {"basket": str(UUID(int=1)), "day": "2026-03-02", "at_till": None, "gone": 1}
    assert BasketTold.from_body(old).codes == ()
