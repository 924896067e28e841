"""The people that tests of this domain know."""

from prilavok.experiments.tests.people import buys, past, regulars  # noqa: F401
