"""Points are given to many people because of something that is no purchase, such as a campaign's letter."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from prilavok.customers import queries as customers
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.ledger import actions as ledger
from prilavok.loyalty import queries, rules
from prilavok.loyalty.actions.accounts import open_accounts
from prilavok.loyalty.definitions import PoliciesWritten
from prilavok.loyalty.events import PointsMoved
from prilavok.loyalty.models import Account, Award, Programme
from prilavok.loyalty.ports import NewAward
from prilavok.loyalty.problems import BadAward

REASON = "points.awarded"
MOST = 1_000_000  # points for one person: more is a slip of the hand
MOST_DAYS = 3_650


def check_award(new: NewAward) -> None:
    """Whether points may be promised like this. Raises BadAward, whose field is that of NewAward."""
    programme = Programme.objects.filter(pk=new.programme_id).first()
    if programme is None or not programme.active:
        raise BadAward(_("This programme of points is closed. Choose another one."), field="programme_id")
    step = PoliciesWritten.model_validate(programme.policies).made().point_step
    if not (new.points.is_finite() and 0 < new.points <= MOST):
        raise BadAward(
            _("Say how many points: more than nothing, at most %(most)s for each."),
            field="points",
            most=f"{MOST:,}".replace(",", "\N{NO-BREAK SPACE}"),
        )
    if new.points % step:
        message = _("Points of this programme go in steps of %(step)s.")
        raise BadAward(message, field="points", step=f"{step.normalize():f}")
    if new.lifetime_days is not None and not 1 <= new.lifetime_days <= MOST_DAYS:
        raise BadAward(
            _("Points live at least a day, at most %(most)s."), field="lifetime_days", most=MOST_DAYS
        )
    if not 0 <= new.pending_days <= MOST_DAYS:
        raise BadAward(
            _("Points wait no days or more, at most %(most)s."), field="pending_days", most=MOST_DAYS
        )


@transaction.atomic
def award(new: NewAward, profile_ids: Collection[int], *, by: Actor, at: datetime) -> int:
    """Give each person points, once for each owner, however often it is asked and whoever was merged meanwhile.

    They come to the account of the profile that stands for the person, opened where there is none. Who has been
    erased, or whose account is closed, gets none. A few statements, however many they are; how many people got some.
    """
    by.must("loyalty.give_points")
    programme = Programme.objects.get(pk=new.programme_id)
    people = _not_yet(new.owner, profile_ids)
    accounts = open_accounts(people, programme.pk, by=SYSTEM, at=at) if people else {}
    given = _write(new, accounts, at)
    if not given:
        return 0
    since, until = queries.life_of_points(at, pending_days=new.pending_days, lifetime_days=new.lifetime_days)
    moves = [
        ledger.Grant(
            cause=cause,
            reason=REASON,
            wallet=ledger.Wallet(rules.OWNER, accounts[profile].pk, programme.unit),
            amount=new.points,
            source=queries.source_of(new.owner, programme),
            available_from=since,
            expires_at=until,
        )
        for profile, cause in given.items()
    ]
    ledger.carry_out(moves, by=by, at=at)
    _tell(programme, new, {profile: accounts[profile] for profile in given}, by, at)
    return len(given)


def _not_yet(owner: str, profile_ids: Collection[int]) -> list[int]:
    """The profiles that stand for these people, without those of whom any record got points of this owner already."""
    heads = sorted({*customers.heads_of(profile_ids).values()})
    families = customers.families(heads)
    everybody = {one for family in families.values() for one in family}
    got = {*Award.objects.filter(owner=owner, profile__in=everybody).values_list("profile", flat=True)}
    gone = {who for who, why in customers.why_unreachable(heads, "email").items() if why == "erased"}
    return [head for head in heads if head not in gone and got.isdisjoint(families[head])]


def _write(new: NewAward, accounts: Mapping[int, Account], at: datetime) -> dict[int, UUID]:
    """Rows of those who had none yet: their profiles, and the causes of the ledger's transactions."""
    columns: list[list[Any]] = [
        [*accounts],
        [one.pk for one in accounts.values()],
        [uuid5(new.cause, str(profile)) for profile in accounts],
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO loyalty_award (owner, profile_id, account_id, cause, points, given_at)"
            " SELECT %s, profile, account, cause, %s, %s"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::uuid[]) AS new (profile, account, cause)"
            " ON CONFLICT DO NOTHING RETURNING profile_id, cause",
            [new.owner, new.points, at, *columns],
        )
        return dict(cursor.fetchall())


def _tell(
    programme: Programme, new: NewAward, accounts: Mapping[int, Account], by: Actor, at: datetime
) -> None:
    journal.record_many(
        [
            journal.Entry(
                PointsMoved(
                    programme_id=programme.pk,
                    account_id=account.pk,
                    amount=Decimal(new.points),
                    reason="awarded",
                    owner=new.owner,
                ),
                at=at,
                customer=profile,
                brand=programme.brand_id,
            )
            for profile, account in accounts.items()
        ],
        by=by,
        live=True,
    )
