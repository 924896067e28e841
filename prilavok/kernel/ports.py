"""Questions that a lower domain asks and a higher one, or a vendor, answers."""

from typing import Generic, TypeVar

T = TypeVar("T")


class Unanswered(LookupError):
    """Nobody has been wired to answer this port."""


class Port(Generic[T]):
    """A place for one answer, wired at start.

    >>> port: Port[str] = Port("greeting")
    >>> port.answer("hello")
    >>> port()
    'hello'
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._answer: T | None = None

    def answer(self, implementation: T) -> None:
        self._answer = implementation

    def __call__(self) -> T:
        if self._answer is None:
            raise Unanswered(self.name)
        return self._answer
