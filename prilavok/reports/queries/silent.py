"""The one group most worth writing to today.

Of the RFM groups of customers who used to buy and have fallen silent: those reachable by e-mail with consent whom
nobody has written to for QUIET_DAYS; at stake is what they spent in a month, on average over the last year.
"""

from datetime import date, timedelta

from prilavok.customers import queries as customers
from prilavok.facts import client
from prilavok.kernel.actors import Actor
from prilavok.reports import rules
from prilavok.reports.rules import Group
from prilavok.segments import queries as segments

UNITS = 10_000
MONTHS = 12


def groups(by: Actor, day: date) -> list[Group]:
    """All groups that might be proposed, the most at stake first. Raises Refused, FactsDown."""
    by.must("segments.see")
    whose = customers.whose_sql()
    rows = client.rows(
        f"""
        SELECT chosen.cell, count(), sum(spent.units), toUInt32(median(spent.days))
        FROM (
            SELECT profile_id, cell FROM rfm FINAL WHERE cell IN {{cells:Array(String)}}
            AND profile_id IN (
                SELECT profile_id FROM profiles FINAL WHERE email_ok = 1 AND {customers.visible_sql(by)}
            )
            AND profile_id NOT IN (
                SELECT {whose} FROM messages WHERE event = 'delivered' AND local_date > {{quiet:Date}}
            )
        ) AS chosen
        INNER JOIN (
            SELECT {whose} AS whose, sum(revenue_units) AS units,
                   dateDiff('day', maxIf(local_date, kind = 'sale'), {{day:Date}}) AS days
            FROM receipts WHERE profile_id != 0 AND local_date > {{since:Date}}
            GROUP BY whose HAVING countIf(kind = 'sale') > 0
        ) AS spent ON spent.whose = chosen.profile_id
        GROUP BY chosen.cell
        """,
        {
            "cells": segments.rfm_silent(by),
            "day": day,
            "quiet": day - timedelta(days=rules.QUIET_DAYS),
            "since": day - timedelta(days=rules.YEAR_DAYS),
        },
    )
    found = [Group(cell, people, units / UNITS / MONTHS, days) for cell, people, units, days in rows]
    return sorted(found, key=lambda group: -group.monthly)


def names(by: Actor) -> dict[str, str]:
    """What the groups are called. Raises Refused."""
    return {cell.key: str(cell.name) for cell in segments.rfm_groups(by)}
