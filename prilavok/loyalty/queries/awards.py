"""Points that were given because of something else: how many, to whom, and what became of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db.models import F, QuerySet

from prilavok.company import queries as company
from prilavok.kernel.actors import STRANGER, Actor
from prilavok.ledger import queries as ledger
from prilavok.ledger.actions import Purse
from prilavok.ledger.queries import Became
from prilavok.loyalty import ports, rules
from prilavok.loyalty.definitions import PoliciesWritten
from prilavok.loyalty.models import Award, Programme


@dataclass(frozen=True, slots=True)
class Awarded:
    """What an owner gave to how many people, what became of it by a moment, and what a point is worth in money."""

    people: int
    became: Became
    point_value: Decimal

    def worth(self, points: Decimal) -> Decimal:
        """Points in money, by the programme's rate of today."""
        return points * self.point_value


def source_of(owner: str, programme: Programme) -> Purse:
    """Where an owner's points come from: an account of its own, so that the books tell what became of them."""
    kind, _sep, number = owner.partition(":")
    return Purse(kind, int(number), "issued", programme.unit, may_owe=True)


def awarded(owner: str, programme: Programme, *, at: datetime) -> Awarded:
    """What became of all points that were given because of `owner`, now or at a past moment."""
    found = Award.objects.filter(owner=owner, given_at__lte=at)
    became = ledger.became_of(source_of(owner, programme), at=at)
    return Awarded(found.count(), became, worth_of_point(programme))


def awards_of(owner: str, by: Actor) -> QuerySet[Award]:
    """To whom points were given because of `owner`, when and how many; keyed by profile. Raises Refused."""
    by.must("loyalty.see")
    return Award.objects.filter(owner=owner)


def worth_of_point(programme: Programme) -> Decimal:
    """What a point pays at the till, in the company's currency."""
    return PoliciesWritten.model_validate(programme.policies).made().point_value


def life_of_points(
    at: datetime, *, pending_days: int, lifetime_days: int | None
) -> tuple[datetime | None, datetime | None]:
    """From when (none: at once) and until when (none: for ever) points that are awarded now would be good."""
    return rules.lifetime(at, company.zone(), pending_days=pending_days, lifetime_days=lifetime_days)


def programmes_in_force(by: Actor) -> QuerySet[Programme]:
    """Programmes of which points may be given now."""
    by.must("loyalty.see")
    return Programme.objects.filter(active=True).select_related("brand").order_by("name", "id")


def archived_awards(profile_ids: Collection[int]) -> list[dict[str, object]]:
    """Points that these profiles were given, for the archive that a person may ask for."""
    found = Award.objects.filter(profile__in=profile_ids).order_by("pk")
    rows = list(found.values("owner", "given_at", "points", programme_name=F("account__programme__name")))
    named = award_givers({row["owner"] for row in rows}, STRANGER)
    return [
        {"by": named[row["owner"]].name if row["owner"] in named else row["owner"]}
        | {key: value for key, value in row.items() if key != "owner"}
        for row in rows
    ]


class Giver(NamedTuple):
    """Why points were given: its name, and its page if the reader may open it."""

    name: str
    url: str


def award_givers(owners: Collection[str], by: Actor) -> dict[str, Giver]:
    """What gave points, by owner; one question to each domain that gives them."""
    found: dict[str, Giver] = {}
    for source in ports.givers.items():
        own = [owner for owner in owners if owner.partition(":")[0] == source.prefix]
        for owner, (name, url) in source.named(own).items() if own else ():
            found[owner] = Giver(name, url if by.may(source.permission) else "")
    return found


def award_givers_by_cause(causes: Collection[UUID], by: Actor) -> dict[UUID, Giver]:
    """The same for transactions of the ledger, by their causes."""
    owners = dict(Award.objects.filter(cause__in=causes).values_list("cause", "owner"))
    named = award_givers({*owners.values()}, by)
    return {cause: named[owner] for cause, owner in owners.items() if owner in named}
