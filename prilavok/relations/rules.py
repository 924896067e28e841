"""The shape of a holding. Pure: no database, no clock, no Django."""

from collections.abc import Callable, Iterable, Mapping

DEEPEST = 12  # levels of a holding


def levels(
    root: int, below: Callable[[list[int]], Mapping[int, list[int]]]
) -> dict[int, tuple[int, list[int]]]:
    """The tree under `root`, level by level: each member once, with its level and those right under it.

    Whatever leads back to a member that was met already is left out, so that a circle ends.

    >>> tree = {1: [2, 3], 2: [4], 4: [1]}
    >>> levels(1, lambda asked: {one: tree.get(one, []) for one in asked})
    {1: (0, [2, 3]), 2: (1, [4]), 3: (1, []), 4: (2, [])}
    """
    met = {root}
    found: dict[int, tuple[int, list[int]]] = {}
    level, here = 0, [root]
    while here and level <= DEEPEST:
        under, following = below(here), []
        for one in here:
            fresh = [child for child in dict.fromkeys(under.get(one, ())) if child not in met]
            met.update(fresh)
            found[one] = (level, fresh)
            following += fresh
        level, here = level + 1, following
    return found


def upwards(start: int, above: Callable[[int], int | None]) -> list[int]:
    """Those above, the nearest first; a circle ends where it began.

    >>> upwards(4, {4: 2, 2: 1}.get), upwards(1, {1: 2, 2: 1}.get)
    ([2, 1], [2])
    """
    path: list[int] = []
    one = above(start)
    while one is not None and one != start and one not in path:
        path.append(one)
        one = above(one)
    return path


def height(tree: Iterable[tuple[int, list[int]]]) -> int:
    """How many levels there are.

    >>> height([(0, [2]), (1, [])])
    2
    """
    return 1 + max(level for level, _below in tree)
