"""RFM: how a customer's place is reckoned, and how a scheme of places is laid out. Pure.

Recency is the day of the last purchase, frequency the number of sales receipts, money the revenue less returns, all
within the last `days` days and, if the scheme is of one brand, in that brand alone. Each axis has 3 to 6 bands, the
highest is best, and is split in one of two ways over those who bought in that time:

- by equal shares: 1 + ⌊bands × (how many bought less recently, less often, for less) ÷ (how many bought)⌋; but whoever
  has the best value of all, and not all have it, stands in the best band, however many they are;
- by the company's own limits: 1 + how many of the limits the value reaches. A limit of recency is «no more than so many
  days ago», of frequency «at least so many receipts», of money «at least so much».

Ties: equal values always share a score, in shares the one that the first of them would have. So the scores follow from
the receipts alone: the order of rows changes nothing, two runs over the same receipts agree, and no two customers with
equal values are told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

DAYS = 365
NEVER = "never"  # has not bought a thing yet
GONE = "gone"  # bought, but not within the scheme's days
ALONE = (GONE, NEVER)
BANDS = range(3, 7)
PERIOD = range(7, 3_651)
COLOURS = ("1", "2", "3", "4", "6", "good", "bad", "soft")

# The places of a scheme that nobody has changed: by recency (rows, 5 at the top) and frequency (columns, 1 to 5).
GRID = {
    5: ("new", "new", "potential", "loyal", "champions"),
    4: ("promising", "promising", "potential", "loyal", "champions"),
    3: ("sleepy", "attention", "attention", "loyal", "loyal"),
    2: ("hibernating", "hibernating", "risk", "risk", "precious"),
    1: ("lost", "lost", "hibernating", "risk", "precious"),
}
CELLS = (*dict.fromkeys(name for row in GRID.values() for name in row[::-1]), GONE, NEVER)
_COLOURS = {
    "champions": "good", "loyal": "3", "potential": "1", "new": "6", "promising": "6", "attention": "2", "sleepy": "2",
    "precious": "bad", "risk": "4", "hibernating": "soft", "lost": "soft", GONE: "soft", NEVER: "soft",
}  # fmt: skip
SILENT = ("attention", "sleepy", "risk", "precious", "hibernating")  # used to buy and have fallen silent


class Wrong(ValueError):
    """A scheme that cannot be: where (`field`) and what (`code`, with `params`), for whoever has the words."""

    def __init__(self, field: str, code: str, **params: Any) -> None:
        super().__init__(f"{field}: {code}")
        self.field, self.code, self.params = field, code, params


@dataclass(frozen=True)
class Axis:
    """How one of the three is split: into equal shares, or by limits, one fewer than there are bands."""

    bands: int = 5
    limits: tuple[Decimal, ...] = ()

    @property
    def by_shares(self) -> bool:
        return not self.limits


@dataclass(frozen=True)
class Group:
    """Places that go by one name. No name: the one that is built in, in the reader's language.

    silent: whoever stands there used to buy and has fallen silent; such are proposed to be written to.
    """

    key: str
    name: str = ""
    advice: str = ""
    colour: str = "soft"
    silent: bool = False


@dataclass(frozen=True)
class Layout:
    """All that a scheme says: the days it looks back, its axes, its groups and which place belongs to which."""

    days: int = DAYS
    r: Axis = Axis()
    f: Axis = Axis()
    m: Axis = Axis()
    groups: tuple[Group, ...] = tuple(Group(key, "", "", _COLOURS[key], key in SILENT) for key in CELLS)
    grid: tuple[tuple[str, ...], ...] = tuple(
        GRID[r] for r in sorted(GRID)
    )  # rows by recency from 1, columns by frequency

    def cell(self, r: int, f: int) -> str:
        """The key of the group that a place belongs to.

        >>> Layout().cell(5, 5), Layout().cell(1, 1), Layout().cell(2, 5)
        ('champions', 'lost', 'precious')
        """
        return self.grid[r - 1][f - 1]

    def places(self) -> list[tuple[int, int]]:
        """All places, the best first."""
        return [(r, f) for r in range(self.r.bands, 0, -1) for f in range(self.f.bands, 0, -1)]

    def group(self, key: str) -> Group:
        """The group of that key; one that is not there any more goes by its key."""
        return next((group for group in self.groups if group.key == key), Group(key))

    def as_json(self) -> dict[str, Any]:
        """What `layout` reads back."""
        told = asdict(self)
        for axis in "rfm":
            told[axis]["limits"] = [format(limit, "f") for limit in getattr(self, axis).limits]
        return told | {"grid": [list(row) for row in self.grid], "groups": [*told["groups"]]}


def laid_over(grid: Sequence[Sequence[str]], rows: int, columns: int) -> tuple[tuple[str, ...], ...]:
    """A map with other numbers of bands: every place takes the group of the place it lies over.

    >>> laid_over(Layout().grid, 3, 3)
    (('lost', 'hibernating', 'precious'), ('sleepy', 'attention', 'loyal'), ('new', 'potential', 'champions'))
    """
    kept = [grid[_over(r, rows, len(grid))] for r in range(rows)]
    return tuple(tuple(row[_over(f, columns, len(row))] for f in range(columns)) for row in kept)


def _over(at: int, of: int, places: int) -> int:
    return (2 * at * (places - 1) + of - 1) // (2 * (of - 1))


def layout(told: Mapping[str, Any]) -> Layout:
    """A scheme as somebody told it, checked. What is left out is as it is in a scheme nobody has changed. Raises Wrong.

    >>> layout({}) == Layout(), layout(Layout().as_json()) == Layout()
    (True, True)
    """
    default = Layout()
    axes = {name: _axis(name, told.get(name, {})) for name in "rfm"}
    usual = laid_over(default.grid, axes["r"].bands, axes["f"].bands)
    groups = _groups(told["groups"]) if "groups" in told else default.groups
    grid = tuple(tuple(str(key) for key in row) for row in told.get("grid", usual))
    found = Layout(_whole("days", told.get("days", DAYS), PERIOD), **axes, groups=groups, grid=grid)
    _fits(found)
    return found


def _axis(name: str, told: Mapping[str, Any]) -> Axis:
    bands = _whole(f"{name}_bands", told.get("bands", 5), BANDS)
    limits = tuple(_number(f"{name}_limits", one) for one in told.get("limits", ()))
    if not limits:
        return Axis(bands)
    if len(limits) != bands - 1:
        raise Wrong(f"{name}_limits", "limits_of_bands", wanted=bands - 1, given=len(limits))
    if list(limits) != sorted(set(limits)):
        raise Wrong(f"{name}_limits", "limits_rise")
    if name != "m" and any(limit < 0 or limit != limit.to_integral_value() for limit in limits):
        raise Wrong(f"{name}_limits", "limits_whole")
    return Axis(bands, limits)


def _whole(field: str, value: Any, among: range) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if number not in among:
        raise Wrong(field, "out_of_range", low=among.start, high=among.stop - 1)
    return number


def _number(field: str, value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise Wrong(field, "not_a_number", value=str(value)[:30]) from None
    if not number.is_finite() or abs(number) >= 10**12:
        raise Wrong(field, "not_a_number", value=str(value)[:30])
    return number


def _groups(told: Iterable[Mapping[str, Any]]) -> tuple[Group, ...]:
    found = [
        Group(
            str(one.get("key", ""))[:20],
            str(one.get("name", "")).strip()[:60],
            str(one.get("advice", "")).strip()[:200],
            str(one.get("colour", "soft")),
            bool(one.get("silent", False)),
        )
        for one in told
    ]
    keys = [group.key for group in found]
    for number, group in enumerate(found):
        if not group.key.replace("_", "").isalnum() or not group.key.isascii() or keys.count(group.key) > 1:
            raise Wrong(f"groups.{number}", "group_key", value=group.key)
        if not group.name and group.key not in CELLS:
            raise Wrong(f"groups.{number}", "group_name")
        if group.colour not in COLOURS:
            raise Wrong(f"groups.{number}", "group_colour", value=group.colour[:30])
    alone = [group for group in Layout().groups if group.key in ALONE and group.key not in keys]
    return (*found, *alone)


def _fits(one: Layout) -> None:
    if len(one.grid) != one.r.bands or any(len(row) != one.f.bands for row in one.grid):
        raise Wrong("grid", "grid_size", rows=one.r.bands, columns=one.f.bands)
    named = {group.key for group in one.groups} - set(ALONE)
    for row in one.grid:
        for key in row:
            if key not in named:
                raise Wrong("grid", "grid_group", value=key[:30])


def share(lower: int, equal: int, total: int, bands: int = 5) -> int:
    """The band of someone below whom so many of all stand, and beside whom so many with the same value, where the axis
    is split into equal shares.

    >>> [share(lower, 1, 10) for lower in (0, 1, 2, 5, 9)], [share(lower, 1, 10, 3) for lower in (0, 3, 4, 9)]
    ([1, 1, 2, 3, 5], [1, 1, 2, 3])
    >>> share(7, 3, 10), share(0, 10, 10)  # three of ten bought today; all bought as often
    (5, 1)
    """
    if lower and lower + equal == total:
        return bands
    return 1 + bands * lower // total


def reached(value: Decimal | int, limits: Sequence[Decimal]) -> int:
    """The band of a value where the axis is split by limits that it is good to reach.

    >>> [reached(n, (Decimal(2), Decimal(5))) for n in (1, 2, 4, 5)]
    [1, 2, 2, 3]
    """
    return 1 + sum(value >= limit for limit in limits)


def lately(days_ago: int, limits: Sequence[Decimal]) -> int:
    """The band of recency where it is split by limits: fewer days are better.

    >>> [lately(ago, (Decimal(30), Decimal(90))) for ago in (0, 30, 31, 91)]
    [3, 3, 2, 1]
    """
    return 1 + sum(days_ago <= limit for limit in limits)
