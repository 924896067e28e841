"""Which value of a field is shown when several records are one person.

A merge never overwrites: the shown values are settled from what was told of the survivor alone and from the merges
in force, in the order in which they were made. Leave a merge out, settle again, and it is as if it had never been.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from prilavok.customers.rules.own_fields import is_empty

FIELDS = ("last_name", "first_name", "middle_name", "sex", "birth_date")
MODES = ("fill", "take", "keep", "longest", "latest")
"""How a field is settled between the survivor and the merged one: `fill` hears the merged one where the survivor's is
empty, `take` prefers the merged one's, `keep` never hears it, `longest` and `latest` as they say."""

Values = Mapping[str, Any]
BEGINNING = ""  # sorts before every moment


@dataclass(frozen=True, slots=True)
class Told:
    """Values by field (dates as text, own fields as they are kept), and when each was last corrected.

    Moments are ISO texts in UTC; one that is missing means never.
    """

    values: Values
    at: Mapping[str, str] = field(default_factory=dict)


Joined = tuple[Told, Mapping[str, str], datetime]
"""One merge in force: what the merged one shows, how each field is settled, and when it was made (UTC)."""


def settled(own: Told, merges: Sequence[Joined]) -> Told:
    """What is shown: the survivor's own values, then each merge in turn; what is corrected after a merge stands.

    >>> from datetime import UTC
    >>> monday, tuesday = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)
    >>> anna, anya = Told({"first_name": "Анна", "sex": ""}), Told({"first_name": "Аня", "sex": "f"})
    >>> settled(anna, [(anya, {}, monday)]).values
    {'first_name': 'Анна', 'sex': 'f'}
    >>> settled(anna, [(anya, {"first_name": "take"}, monday)]).values
    {'first_name': 'Аня', 'sex': 'f'}
    >>> corrected = Told(anna.values, {"first_name": tuesday.isoformat()})
    >>> settled(corrected, [(anya, {"first_name": "take"}, monday)]).values["first_name"]
    'Анна'
    """
    values, at = dict(own.values), dict(own.at)
    for other, modes, made in merges:
        for name in {**values, **other.values}:
            if own.at.get(name, BEGINNING) > made.isoformat():
                continue
            if _heard(modes.get(name, "fill"), name, Told(values, at), other):
                values[name] = other.values.get(name)
                at[name] = other.at.get(name, BEGINNING)
    return Told(values, {name: moment for name, moment in at.items() if moment})


def _heard(mode: str, name: str, ours: Told, theirs: Told) -> bool:
    """Whether the merged one's value of a field takes the place of the survivor's."""
    mine, other = ours.values.get(name), theirs.values.get(name)
    if is_empty(other) or mode == "keep":
        return False
    if is_empty(mine) or mode == "take":
        return True
    if mode == "longest":
        return len(str(other)) > len(str(mine))
    if mode == "latest":
        return theirs.at.get(name, BEGINNING) > ours.at.get(name, BEGINNING)
    return False
