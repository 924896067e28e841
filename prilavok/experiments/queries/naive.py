"""Campaigns that had no control group: what a naive report claims beside what is left of it."""

from collections.abc import Collection
from datetime import date, datetime

import numpy as np

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.experiments.queries import outcomes
from prilavok.experiments.rules import past, unassigned
from prilavok.experiments.rules.past import Window
from prilavok.experiments.rules.unassigned import Unassigned
from prilavok.facts import client
from prilavok.kernel.actors import Actor


def naive_report(
    targeted: Collection[int], starts: date | datetime, ends: date | datetime, by: Actor
) -> Unassigned | None:
    """The targeted profiles against all other customers, over the shops' days from `starts` to `ends`, both included.

    All others are the customers who have ever bought or were targeted. None where one of the groups has fewer than two
    people. Raises Refused, FactsDown.
    """
    by.must("experiments.see")
    own = Window(_shop_day(starts), _shop_day(ends))
    before = past.before(own.first, own.days)
    earlier = past.before(before.first, own.days)
    buyers = client.column("SELECT DISTINCT profile_id FROM receipts WHERE profile_id != 0")
    persons = customers.persons_of(sorted({*buyers, *targeted}))
    place_of_person = {person: place for place, person in enumerate(sorted(set(persons.values())))}
    place_of = {profile: place_of_person[person] for profile, person in persons.items()}
    count = len(place_of_person)
    mask = np.zeros(count, dtype=bool)
    mask[[place_of[profile] for profile in targeted if profile in place_of]] = True
    if mask.sum() < 2 or (~mask).sum() < 2:
        return None
    during, last, placebo = outcomes.bought(place_of, count, (own, before, earlier))
    reaches = client.value("SELECT min(local_date) FROM receipts WHERE profile_id != 0")
    known = reaches is not None and reaches <= earlier.first
    return unassigned.compare(during.revenue, last.revenue, placebo.revenue if known else None, mask)


def _shop_day(moment: date | datetime) -> date:
    """A moment becomes the company's day; a day is one already."""
    return moment.astimezone(company.zone()).date() if isinstance(moment, datetime) else moment
