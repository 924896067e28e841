"""What people bought, out of facts, as arrays in the order of the people. Days are the shops' own days."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

import numpy as np

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.experiments.rules.cells import Floats, Ints
from prilavok.experiments.rules.past import Window
from prilavok.facts import client

CHUNK = 20_000  # profiles per question: the list of ids is part of it
UNITS = 10_000


@dataclass(frozen=True)
class Bought:
    """Per person: money (returns taken off) and sale receipts of one window."""

    revenue: Floats
    receipts: Ints


@dataclass(frozen=True)
class Habits:
    """Per person on a day: days since the last purchase (-1: never), receipts, revenue, last shop (0: none)."""

    recency: Ints
    receipts: Ints
    revenue: Floats
    shop: Ints


def places(profile_ids: Sequence[int]) -> dict[int, int]:
    """Profiles to the place of their person in the list; profiles of merged people stand with them.

    The profiles must belong to different people.
    """
    persons = customers.persons_of(profile_ids)
    place_of = {persons[profile]: place for place, profile in enumerate(profile_ids) if profile in persons}
    return {profile: place_of[person] for profile, person in customers.kin_of(profile_ids).items()}


def bought(place_of: Mapping[int, int], people: int, windows: Sequence[Window]) -> list[Bought]:
    """What `people` bought in each window; at least one window."""
    revenue = np.zeros((len(windows), people))
    receipts = np.zeros((len(windows), people), dtype=np.int64)
    columns = ", ".join(
        f"sumIf(revenue_units, {inside}), countIf({inside} AND kind = 'sale')"
        for inside in map(_inside, windows)
    )
    span = Window(min(w.first for w in windows), max(w.last for w in windows))
    for ids in _chunks(list(place_of)):
        found = client.rows(
            f"SELECT profile_id, {columns} FROM receipts "
            f"WHERE profile_id IN ({client.ids(ids)}) AND {_inside(span)} GROUP BY profile_id"
        )
        if not found:
            continue
        table = np.array(found, dtype=np.int64)
        at = np.array([place_of[profile] for profile in table[:, 0].tolist()])
        for number in range(len(windows)):
            np.add.at(revenue[number], at, table[:, 1 + 2 * number] / UNITS)
            np.add.at(receipts[number], at, table[:, 2 + 2 * number])
    return [Bought(revenue[number], receipts[number]) for number in range(len(windows))]


def habits(place_of: Mapping[int, int], people: int, on: date) -> Habits:
    """What was known of the same people on the eve of `on`."""
    last = np.full(people, np.datetime64("1970-01-01"), dtype="datetime64[D]")
    receipts, shop = np.zeros(people, dtype=np.int64), np.zeros(people, dtype=np.int64)
    revenue = np.zeros(people)
    for ids in _chunks(list(place_of)):
        for profile, count, units, day, where in client.rows(
            "SELECT profile_id, countIf(kind = 'sale'), sum(revenue_units), maxIf(local_date, kind = 'sale'), "
            f"argMaxIf(shop_id, happened_at, kind = 'sale') FROM receipts WHERE profile_id IN ({client.ids(ids)}) "
            "AND local_date < {on:Date} GROUP BY profile_id",
            {"on": on},
        ):
            place = place_of[profile]
            receipts[place] += count
            revenue[place] += units / UNITS
            if np.datetime64(day) >= last[place]:
                last[place], shop[place] = np.datetime64(day), where
    days = (np.datetime64(on) - last).astype(np.int64)
    return Habits(np.where(receipts > 0, days, -1), receipts, revenue, shop)


def apart(window: Window, since: date, drawn: Collection[int]) -> tuple[float, float]:
    """Revenue in the window of customers registered from `since` on, and of receipts without a customer.

    `drawn`: all profiles of the experiment's people. What these bought is told by arms: whoever registered on the
    first morning, or came to a promotion's till later, is no third group.
    """
    registered = datetime.combine(since, time(), tzinfo=company.zone())
    new, receipts = _of_new(_inside(window), registered)
    for ids in _chunks(list(drawn)) if receipts else ():
        new -= _of_new(f"{_inside(window)} AND profile_id IN ({client.ids(ids)})", registered)[0]
    nobody = client.value(
        f"SELECT sum(revenue_units) FROM receipts WHERE {_inside(window)} AND profile_id = 0"
    )
    return new / UNITS, (nobody or 0) / UNITS


def _of_new(which: str, since: datetime) -> tuple[int, int]:
    """What customers registered since bought on such receipts, and how many these are."""
    [(units, receipts)] = client.rows(
        f"SELECT sum(revenue_units), count() FROM receipts WHERE {which} AND {customers.whose_sql()} IN "
        "(SELECT profile_id FROM profiles FINAL WHERE registered_at >= {since:DateTime64(3)})",
        {"since": since},
    )
    return int(units or 0), int(receipts)


def mailed_between(subject: str) -> tuple[date, date] | None:
    """First and last day on which messages of this subject were delivered: the period of the mailing."""
    if not subject:
        return None
    first, last, count = client.rows(
        "SELECT min(local_date), max(local_date), count() FROM messages "
        "WHERE owner = {owner:String} AND event = 'delivered'",
        {"owner": subject},
    )[0]
    return (first, last) if count else None


def _inside(window: Window) -> str:
    """Dates are ours, never a user's text: they may stand in the question."""
    return (
        f"(local_date BETWEEN toDate('{window.first.isoformat()}') AND toDate('{window.last.isoformat()}'))"
    )


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
