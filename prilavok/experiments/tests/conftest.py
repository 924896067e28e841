"""The people that tests of this domain know."""

from prilavok.experiments.tests.people import (  # noqa: F401
    buys,
    past,
    regulars,
    standing_past,
    standing_shop,
)
