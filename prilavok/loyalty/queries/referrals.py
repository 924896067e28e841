"""Who brought whom, and what came of it."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum

from prilavok.kernel import prepared
from prilavok.kernel.actors import Actor
from prilavok.loyalty import rules
from prilavok.loyalty.models import Programme, Referral, ReferralCode, ReferralTerms

COUNTS = Q(state__in=[Referral.State.WAITING, Referral.State.GIVEN])


def referral_terms(programme: Programme, by: Actor) -> ReferralTerms | None:
    """What a programme gives for friends; none: nothing yet."""
    by.must("loyalty.see")
    found = ReferralTerms.objects.filter(programme=programme)
    return found.select_related("friend_series", "giver_series").first()


def referral_code(profile_ids: Collection[int], by: Actor) -> str:
    """The code that a customer passes on, as it is shown; empty where none was made."""
    by.must("loyalty.see")
    found = ReferralCode.objects.filter(profile__in=profile_ids).order_by("made_at").first()
    return rules.grouped(found.code) if found else ""


def named_referral_codes(keys: Collection[str]) -> set[str]:
    """Those of the codes, as `rules.code_key` writes them, that customers pass on."""
    sql = "SELECT code FROM loyalty_referralcode WHERE code = ANY(%s::text[])"
    return {code for (code,) in prepared.rows(sql, [list(keys)])}


def referrals(by: Actor) -> QuerySet[Referral]:
    """All of them, also those that did not count; page them by ("-id",)."""
    by.must("loyalty.see")
    return Referral.objects.select_related("receipt__shop", "programme")


@dataclass(frozen=True, slots=True)
class Brought:
    """What a giver brought: friends that count, of them rewarded, and what they paid with their first purchases."""

    giver: int
    friends: int
    rewarded: int
    paid: Decimal
    last: Any


def givers(by: Actor, *, most: int = 100) -> list[Brought]:
    """Those who brought most friends, the most first."""
    by.must("loyalty.see")
    rows = (
        Referral.objects.filter(COUNTS)
        .values("giver")
        .annotate(
            friends=Count("pk"),
            rewarded=Count("pk", filter=Q(state=Referral.State.GIVEN)),
            paid=Sum("receipt__revenue"),
            last=Max("at"),
        )
        .order_by("-friends", "-paid", "giver")[:most]
    )
    return [Brought(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class ReferralFigures:
    """All referrals in figures: codes made, givers, friends, revenue of their first purchases, what did not count."""

    codes: int
    givers: int
    friends: int
    revenue: Decimal
    refused: int


def referral_figures(by: Actor) -> ReferralFigures:
    by.must("loyalty.see")
    told = Referral.objects.aggregate(
        givers=Count("giver", filter=COUNTS, distinct=True),
        friends=Count("pk", filter=COUNTS),
        revenue=Sum("receipt__revenue", filter=COUNTS, default=Decimal(0)),
        refused=Count("pk", filter=Q(state=Referral.State.REFUSED)),
    )
    return ReferralFigures(codes=ReferralCode.objects.count(), **told)


def archived_referrals(profile_ids: Collection[int]) -> list[dict[str, Any]]:
    """The code of these profiles and the friends it brought (by day only: friends are other people)."""
    codes = ReferralCode.objects.filter(profile__in=profile_ids).values("code", "made_at")
    brought = Referral.objects.filter(giver__in=profile_ids).order_by("pk")
    return [dict(row) for row in codes] + [dict(row) for row in brought.values("state", brought_at=F("at"))]
