"""What the company asks of those above."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from prilavok.kernel.actors import Actor
from prilavok.kernel.ports import Port


@dataclass(frozen=True)
class Whose:
    """A customer whose data was looked at, as the reader of the log may see them."""

    name: str
    url: str


whose: Port[Callable[[Collection[int], Actor], dict[int, Whose]]] = Port("company.whose")
find_whose: Port[Callable[[str, Actor], list[int]]] = Port("company.find_whose")
"""Profiles of the customers that a text may mean, all records of each."""
