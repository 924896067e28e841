"""Many at once, as tills are: each keeps its connection from one turn to the next, for opening one costs more than most
turns.
"""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

Turn = TypeVar("Turn")
Done = TypeVar("Done")


def side_by_side(hands: int, act: Callable[[Turn], Done], turns: Iterable[Turn]) -> list[Done]:
    """What `act` returns for each turn, in their order. Each of the hands takes the next turn as soon as it is free."""
    waiting = deque(enumerate(turns))

    def work(_hand: int) -> list[tuple[int, Done]]:
        done = []
        try:
            while waiting:
                try:
                    place, turn = waiting.popleft()
                except IndexError:  # another hand was quicker
                    break
                done.append((place, act(turn)))
        finally:
            connections.close_all()
        return done

    with ThreadPoolExecutor(hands) as pool:
        done = [one for own in pool.map(work, range(hands)) for one in own]
    return [result for _place, result in sorted(done, key=lambda one: one[0])]
