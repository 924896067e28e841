"""RFM: how a customer's place is reckoned, and what the places are called. Pure.

Recency is the day of the last purchase, frequency the number of receipts, money the revenue, all within the last
`DAYS` days. Each is split into fifths over those who bought in that time; 5 is best.

Ties: equal values always share a score, the one that the first of them would have. A customer's score is
1 + ⌊5 × (how many bought less recently, less often, for less) ÷ (how many bought)⌋. So two runs over the same
receipts agree, whatever the order of rows, and no two customers with equal values are told apart.
"""

DAYS = 365
NEVER = "never"  # has not bought a thing yet
GONE = "gone"  # bought, but not in the last DAYS days

# By recency (rows, 5 at the top) and frequency (columns, 1 to 5).
GRID = {
    5: ("new", "new", "potential", "loyal", "champions"),
    4: ("promising", "promising", "potential", "loyal", "champions"),
    3: ("sleepy", "attention", "attention", "loyal", "loyal"),
    2: ("hibernating", "hibernating", "risk", "risk", "precious"),
    1: ("lost", "lost", "hibernating", "risk", "precious"),
}
CELLS = (*dict.fromkeys(name for row in GRID.values() for name in row[::-1]), GONE, NEVER)


def score(lower: int, total: int) -> int:
    """The fifth of someone below whom so many of all stand.

    >>> [score(lower, 10) for lower in (0, 1, 2, 5, 9)]
    [1, 1, 2, 3, 5]
    """
    return 1 + 5 * lower // total


def cell(r: int, f: int) -> str:
    """The name's key of a place.

    >>> cell(5, 5), cell(1, 1), cell(2, 5)
    ('champions', 'lost', 'precious')
    """
    return GRID[r][f - 1]
