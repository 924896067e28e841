"""Prilavok: an open platform in which a shop keeps its customers."""

__version__ = "0.1.0"
