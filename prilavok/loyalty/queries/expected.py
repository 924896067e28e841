"""Who would have got a promotion in the days before it: on whom its control group can be planned."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from prilavok.catalog import queries as catalog
from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.experiments import queries as experiments
from prilavok.facts import client
from prilavok.loyalty import faults, reckoning
from prilavok.loyalty.definitions import Control, PromotionWritten
from prilavok.loyalty.models import Account, Card
from prilavok.loyalty.queries.names import names_of
from prilavok.loyalty.reckoning.promotions import Who, goods_of
from prilavok.relations import queries as relations
from prilavok.segments import queries as segments


def expected_customers(written: PromotionWritten, first: date, days: int) -> list[int]:
    """Profiles that bought its goods in its shops in so many days before the first one: of its segments, and with the
    tiers and cards that it asks for, as they are now.

    What else it asks (`left_aside`) is not looked at: these are a few more than will come. Raises FactsDown.
    """
    names, _missing = names_of([written])
    promotion = written.made(0, names.number)
    where = [
        "kind = 'sale'",
        "profile_id != 0",
        "local_date BETWEEN {since:Date} AND {until:Date}",
        *_bought(promotion, _makers(written)),
    ]
    if shops := promotion.where.shops:
        where.append(f"shop_id IN ({client.ids(shops)})")
    found = client.column(
        f"SELECT DISTINCT profile_id FROM receipt_lines WHERE {' AND '.join(where)} ORDER BY profile_id",
        {"since": first - timedelta(days=days), "until": first - timedelta(days=1)},
    )
    return _of_whom(found, promotion.who)


def _makers(written: PromotionWritten) -> list[int]:
    """Products of the manufacturers that it names."""
    named = {
        name for place, kind, name in faults.named(written) if kind == "brand" and place.startswith("give")
    }
    return catalog.product_ids_of_makers(named) if named else []


def _bought(promotion: reckoning.Promotion, of_makers: list[int]) -> Iterator[str]:
    """Which lines: those of any of the goods that it is about; a promotion on everything asks nothing."""
    goods = [one for effect in promotion.effects for one in goods_of(effect)]
    if any(not (one.products or one.categories or one.brands) for one in goods):
        return
    asked = []
    if products := {product for one in goods for product in one.products} | set(of_makers):
        asked.append(f"product_id IN ({client.ids(products)})")
    if categories := {category for one in goods for category in one.categories}:
        asked.append(f"category_id IN ({client.ids(catalog.with_descendants(categories))})")
    yield f"({' OR '.join(asked) or 'false'})"


def left_aside(written: PromotionWritten) -> bool:
    """Whether it asks something that the past of these customers does not tell: fewer of them will get it."""
    asked = (
        written.who.birthday,
        written.who.first,
        written.coupon,
        written.needs,
        written.limits.made().of_person,
    )
    return any(asked) or bool(written.when.hours or written.when.weekdays or written.where.tills)


def _of_whom(profiles: list[int], who: Who) -> list[int]:
    """Those of them who are in the segments and have the tiers and cards that it is for."""
    asked = [_members(who.segments)] if who.segments else []
    if who.tiers:
        asked.append(_with_accounts(Account.objects.filter(tier__in=who.tiers)))
    for name, wanted in (("kind__in", who.card_kinds), ("status__in", who.card_statuses)):
        if wanted:
            cards = Card.objects.filter(state__in=(Card.State.ISSUED, Card.State.ACTIVE), **{name: wanted})
            asked.append(_with_accounts(Account.objects.filter(pk__in=cards.values("account"))))
    without = _members(who.without_segments)
    if not asked and not without:
        return profiles
    heads = customers.heads_of(profiles)
    return [
        one for one, head in heads.items() if head not in without and all(head in those for those in asked)
    ]


def _members(segment_ids: Collection[int]) -> set[int]:
    members = {one for segment in segment_ids for one in segments.member_ids(segment)}
    return set(customers.heads_of(members).values())


def _with_accounts(accounts: QuerySet[Account]) -> set[int]:
    """Who owns these open accounts, by themselves or in a household."""
    rows = list(accounts.filter(closed_at=None).values_list("profile", "household"))
    pools = relations.members_of([household for _profile, household in rows if household])
    people = {profile for profile, _household in rows if profile} | {
        one for each in pools.values() for one in each
    }
    return set(customers.heads_of(people).values())


def control_shows(written: PromotionWritten, control: Control, at: datetime) -> experiments.Sensitivity:
    """Which effect such a control group would show, begun at this moment. Raises FactsDown."""
    first = at.astimezone(company.zone()).date()
    expected = expected_customers(written, first, control.days)
    return experiments.sensitivity(expected, control.days, float(control.share), at)
