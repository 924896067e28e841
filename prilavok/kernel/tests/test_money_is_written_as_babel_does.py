"""Sums are written by a form that is found out once; it must be what Babel writes each time."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from prilavok.kernel import money

SUMS = st.decimals(min_value=-(10**14), max_value=10**14, places=4)
CURRENCIES = st.sampled_from(["RUB", "USD", "EUR", "CHF", "JPY", "KZT", "BHD", "XXX"])


@given(SUMS, CURRENCIES, st.sampled_from(["ru", "en", "es", "hi"]))
def test_any_sum_is_written_as_babel_writes_it(amount: Decimal, currency: str, language: str) -> None:
    assert money.show(amount, currency, language) == money._show(amount, currency, language)


def test_what_rounds_to_nothing_keeps_its_sign_as_babel_has_it() -> None:
    for amount in ("0", "-0", "-0.001", "0.005", "999.995"):
        assert money.show(Decimal(amount), "RUB") == money._show(Decimal(amount), "RUB", "ru"), amount
