"""How the shop stands: today, growth, who is recognised and who can be reached."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.facts import client
from prilavok.kernel.actors import Actor
from prilavok.orders import queries as orders
from prilavok.orders.queries import Day
from prilavok.reports import rules

PERIOD = 28
ACTIVE_DAYS = 90


@dataclass(frozen=True)
class Today:
    """The day so far, and the whole of the same weekday a week ago."""

    day: Day
    week_ago: Day | None


def today(by: Actor, at: datetime) -> Today:
    """From receipts themselves. Raises Refused."""
    here = orders.today(by, at=at)
    ago = here.date - timedelta(days=7)
    return Today(here, next(iter(orders.days(by, since=ago, until=ago)), None))


@dataclass(frozen=True)
class Recognised:
    """Share of receipts that named their customer, over PERIOD days and over those before (B9)."""

    receipts: int
    share: float | None
    revenue_share: float | None
    before: float | None

    @property
    def change(self) -> float | None:
        """In shares: 0.01 is one percentage point."""
        return None if self.share is None or self.before is None else self.share - self.before

    @property
    def change_points(self) -> float | None:
        """The same in percentage points."""
        return None if self.change is None else self.change * 100


def recognised(by: Actor, at: datetime) -> Recognised:
    """Raises Refused, FactsDown."""
    until = at.astimezone(company.zone()).date()
    now = orders.identified(by, since=until - timedelta(days=PERIOD - 1), until=until)
    ago = orders.identified(
        by, since=until - timedelta(days=2 * PERIOD - 1), until=until - timedelta(days=PERIOD)
    )
    revenue = sum((shop.revenue for shop in now), Decimal(0))
    return Recognised(
        sum(shop.receipts for shop in now),
        _share(sum(shop.identified for shop in now), sum(shop.receipts for shop in now)),
        _share(sum((shop.revenue_identified for shop in now), Decimal(0)), revenue),
        _share(sum(shop.identified for shop in ago), sum(shop.receipts for shop in ago)),
    )


def _share(part: int | Decimal, whole: int | Decimal) -> float | None:
    return float(part / whole) if whole else None


@dataclass(frozen=True)
class Base:
    """People: how many, new ones, how many can be reached (B10), how many still buy (B115).

    A person with several profiles counts once, as the one that stands for them; whoever was erased does not count.
    """

    customers: int
    new: int
    new_before: int
    by_email: int
    by_sms: int
    reachable: int
    active: int
    active_before: int
    left: int

    @property
    def reachable_share(self) -> float | None:
        return _share(self.reachable, self.customers)

    @property
    def email_share(self) -> float | None:
        return _share(self.by_email, self.customers)

    @property
    def growth(self) -> float | None:
        return rules.change(self.customers, self.customers - self.new)

    @property
    def churn(self) -> float | None:
        """Of those who were active PERIOD days ago, the share that is not any more."""
        return _share(self.left, self.active_before)


def base(by: Actor, at: datetime) -> Base:
    """The customers within the actor's scope. Raises Refused, FactsDown."""
    by.must("customers.see")
    day = at.astimezone(company.zone()).date()
    counted = client.rows(
        f"""
        SELECT count(), countIf(began > {{month:DateTime64(3)}}),
               countIf(began > {{two:DateTime64(3)}} AND began <= {{month:DateTime64(3)}}),
               countIf(email), countIf(sms), countIf(email OR sms)
        FROM (
            SELECT min(registered_at) AS began, max(email_ok) AS email, max(sms_ok) AS sms
            FROM profiles FINAL WHERE status != 'erased' AND registered_at <= {{at:DateTime64(3)}}
            AND {customers.visible_sql(by)}
            GROUP BY person_id
        )
        """,
        {"at": at, "month": at - timedelta(days=PERIOD), "two": at - timedelta(days=2 * PERIOD)},
    )[0]
    people, new, new_before, by_email, by_sms, reachable = counted
    active, active_before, left = _active(by, day)
    return Base(people, new, new_before, by_email, by_sms, reachable, active, active_before, left)


def _active(by: Actor, day: date) -> tuple[int, int, int]:
    """People who bought in the last ACTIVE_DAYS; the same PERIOD days ago; those of them who left."""
    active, before, left = client.rows(
        f"""
        SELECT countIf(recent), countIf(earlier), countIf(earlier AND NOT recent) FROM (
            SELECT max(bought.recent) AS recent, max(bought.earlier) AS earlier
            FROM (SELECT profile_id, person_id FROM profiles FINAL WHERE status != 'erased') AS known INNER JOIN (
                SELECT {customers.whose_sql()} AS whose, countIf(local_date > {{since:Date}}) > 0 AS recent,
                       countIf(local_date <= {{then:Date}}) > 0 AS earlier
                FROM receipts WHERE kind = 'sale' AND profile_id != 0 AND local_date > {{first:Date}} {_shops(by)}
                GROUP BY whose
            ) AS bought ON bought.whose = known.profile_id GROUP BY known.person_id
        )
        """,
        {
            "since": day - timedelta(days=ACTIVE_DAYS),
            "then": day - timedelta(days=PERIOD),
            "first": day - timedelta(days=ACTIVE_DAYS + PERIOD),
        },
    )[0]
    return active, before, left


def _shops(by: Actor) -> str:
    return "" if by.shops is None else f"AND shop_id IN ({client.ids(by.shops)})"


def last_days(by: Actor, at: datetime, days: int = PERIOD) -> list[Day]:
    """Each of the last days, those without receipts too. Raises Refused, FactsDown."""
    until = at.astimezone(company.zone()).date()
    since = until - timedelta(days=days - 1)
    known = {day.date: day for day in orders.days(by, since=since, until=until)}
    return [
        known.get(day) or Day(day, 0, 0, Decimal(0), 0)
        for day in (since + timedelta(days=number) for number in range(days))
    ]
