"""Places that a lower domain leaves open and higher ones fill: menu, card panels, timeline lines, macros.

The owner keeps its Slot objects in its `ports.py`; others fill them in AppConfig.ready().
"""

from typing import Generic, TypeVar

T = TypeVar("T")


class Slot(Generic[T]):
    """An ordered collection that others add to at start.

    >>> slot: Slot[str] = Slot("menu")
    >>> slot.fill("orders", position=20); slot.fill("customers", position=10)
    >>> slot.items()
    ['customers', 'orders']
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._items: list[tuple[int, int, T]] = []

    def fill(self, item: T, *, position: int = 50) -> None:
        if not any(item == there for _, _, there in self._items):
            self._items.append((position, len(self._items), item))
            self._items.sort(key=lambda entry: entry[:2])

    def items(self) -> list[T]:
        return [item for _, _, item in self._items]
