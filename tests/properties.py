"""How many cases a property gets that is tried on fewer, or on more, than others."""

from hypothesis import settings

USUAL = 100


def cases(usual: int) -> int:
    """So many in a usual run, and in a longer one (`make chaos`) as many times more as every other property gets.

    Asked while tests are collected: the run's own profile holds by then.
    """
    return max(usual, usual * settings().max_examples // USUAL)
