"""Friends are brought: codes to pass on, what both get for the first purchase, and taking it back with a return."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel import clock, jobs, journal
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.ledger import actions as ledger
from prilavok.ledger import queries as books
from prilavok.loyalty import rules
from prilavok.loyalty.actions.accounts import open_accounts
from prilavok.loyalty.actions.codes import issue
from prilavok.loyalty.events import FriendBrought, FriendRewarded, FriendUndone, PointsMoved
from prilavok.loyalty.models import CouponSeries, Programme, Referral, ReferralCode, ReferralTerms
from prilavok.loyalty.problems import BadReferralTerms
from prilavok.loyalty.queries.till import undone_receipts
from prilavok.orders import queries as orders
from prilavok.relations import queries as relations
from prilavok.segments import queries as segments

if TYPE_CHECKING:
    from prilavok.orders.models import Receipt

CHUNK = 5_000  # codes in one transaction
AT_ONCE = 200  # referrals that stand in one transaction
State, Reason = Referral.State, Referral.Reason


@transaction.atomic
def set_referral_terms(programme_id: int, *, by: Actor, at: datetime, **terms: Any) -> ReferralTerms:
    """What is given for friends from now on (`terms`: the model's). Raises BadReferralTerms."""
    by.must("loyalty.programme")
    found = ReferralTerms.objects.filter(programme=programme_id).first()
    kept = found or ReferralTerms(programme_id=programme_id)
    for name, value in terms.items():
        setattr(kept, name, value)
    for whose in ("friend", "giver"):
        series: CouponSeries | None = getattr(kept, f"{whose}_series")
        if series and getattr(kept, f"{whose}_points"):
            raise BadReferralTerms(_("Give points or a coupon, one of both."), field=f"{whose}_series")
        if series and (not series.personal or series.closed_at):
            raise BadReferralTerms(
                _("Take a series that is open and only for the customer it was issued to."),
                field=f"{whose}_series",
            )
    kept.save()
    return kept


# ── Codes ────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def make_referral_codes(profile_ids: Collection[int], *, by: Actor, at: datetime) -> dict[int, str]:
    """The code of each customer to pass on, made where there is none; by profile, as it is shown."""
    by.must("loyalty.issue")
    wanted = list(dict.fromkeys(profile_ids))
    missing = wanted
    while missing := _without_code(missing):  # once, unless a new code happens to exist already
        codes = [rules.code_key(code) for code in rules.make_codes(len(missing), length=8)]
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO loyalty_referralcode (profile_id, code, made_at)"
                " SELECT profile_id, code, %s FROM unnest(%s::bigint[], %s::text[]) AS new (profile_id, code)"
                " WHERE NOT EXISTS (SELECT FROM loyalty_coupon c WHERE replace(c.code, '-', '') = new.code)"
                " ON CONFLICT DO NOTHING",
                [at, missing, codes],
            )
    found = ReferralCode.objects.filter(profile__in=wanted).values_list("profile_id", "code")
    return {profile: rules.grouped(code) for profile, code in found}


def _without_code(profile_ids: Sequence[int]) -> list[int]:
    known = set(ReferralCode.objects.filter(profile__in=profile_ids).values_list("profile_id", flat=True))
    return [one for one in profile_ids if one not in known]


def order_referral_codes(segment_id: int, *, by: Actor, at: datetime) -> None:
    """Give everybody in a segment a code of their own, in the background; the bell tells when it is done."""
    by.must("loyalty.issue")
    with transaction.atomic():
        work = jobs.start(title=gettext("Codes for friends"), by=by)
        jobs.later(make_ordered_referral_codes, segment_id=segment_id, work=str(work.public_id))


@jobs.job
def make_ordered_referral_codes(*, segment_id: int, work: str) -> None:
    """Make what was ordered; a second start makes only what is missing."""
    order, ids = jobs.find(UUID(work)), segments.member_ids(segment_id)
    for start in range(0, len(ids), CHUNK):
        make_referral_codes(ids[start : start + CHUNK], by=SYSTEM, at=clock.now())
        jobs.step(order, done=min(start + CHUNK, len(ids)), total=len(ids))
    jobs.finish(order)


@transaction.atomic
def forget_referral_codes(profile_ids: Collection[int], *, by: Actor) -> None:
    """Erased customers pass no code on."""
    by.must("loyalty.issue")
    ReferralCode.objects.filter(profile__in=profile_ids).delete()


# ── A friend comes ───────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def bring_friend(receipt_id: int, codes: Iterable[str], *, by: Actor, at: datetime) -> Referral | None:
    """A code to pass on was named on a receipt: both get what the programme gives, or it is kept why not.

    The same receipt again changes nothing.
    """
    by.must("loyalty.redeem")
    named = {rules.code_key(code) for code in codes}
    code = ReferralCode.objects.filter(code__in=named).order_by("made_at").first()
    receipt = orders.by_id([receipt_id])[receipt_id]
    terms = _terms(receipt)
    if code is None or terms is None or receipt.profile_id is None:
        return None
    _one_at_a_time(code.profile_id)
    if Referral.objects.filter(receipt=receipt.pk).exists():
        return None
    reason = _refusal(code.profile_id, receipt, terms)
    stands_at = rules.lifetime(
        receipt.paid_at, company.zone_of(receipt.shop_id), pending_days=terms.stands_days, lifetime_days=None
    )[0]
    referral = Referral.objects.create(
        programme_id=terms.programme_id,
        giver_id=code.profile_id,
        friend_id=receipt.profile_id,
        receipt_id=receipt.pk,
        at=receipt.paid_at,
        stands_at=stands_at or receipt.paid_at,
        state=State.REFUSED if reason else State.WAITING,
        reason=reason,
    )
    if not reason:
        told = FriendBrought(referral_id=referral.pk, giver_id=referral.giver_id, receipt_id=receipt.pk)
        journal.record(told, by=by, at=at, customer=referral.friend_id, shop=receipt.shop_id)
        _give_points(referral, terms, by, at)
    return referral


def _terms(receipt: Receipt) -> ReferralTerms | None:
    """What the programme of a receipt's brand gives for friends; that of all brands where it has none of its own."""
    brand = company.brand_of(receipt.shop_id)
    found = ReferralTerms.objects.filter(active=True, programme__active=True).select_related("programme")
    both = {one.programme.brand_id: one for one in found if one.programme.brand_id in (brand, None)}
    return both.get(brand) or both.get(None)


def _one_at_a_time(giver_id: int) -> None:
    """Two friends at two tills: the second waits, so that a giver's limit holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(8, hashint8(%s))", [giver_id])


def _refusal(giver_id: int, receipt: Receipt, terms: ReferralTerms) -> str:
    """Why a friend does not count; empty when they do."""
    assert receipt.profile_id is not None
    giver, friend = customers.kin(giver_id), customers.kin(receipt.profile_id)
    if set(giver) & set(friend):
        return Reason.SAME_PERSON
    if set(relations.household_ids_of(giver)) & set(relations.household_ids_of(friend)):
        return Reason.SAME_HOUSEHOLD
    if _contacts(giver) & _contacts(friend):
        return Reason.SAME_CONTACTS
    before = Referral.objects.filter(friend__in=friend, state__in=[State.WAITING, State.GIVEN])
    if orders.bought_before(friend, receipt.paid_at, without=undone_receipts(friend)) or before.exists():
        return Reason.NOT_FIRST
    if receipt.paid < terms.minimum:
        return Reason.TOO_LITTLE
    brought = Referral.objects.filter(giver__in=giver, state__in=[State.WAITING, State.GIVEN])
    return Reason.LIMIT if terms.most is not None and brought.count() >= terms.most else Reason.NONE


def _contacts(family: Collection[int]) -> set[str]:
    found = customers.contacts_of(family, SYSTEM)
    return {contact.value for contacts in found.values() for contact in contacts if contact.value}


def _cause(referral: Referral, whose: str) -> UUID:
    return uuid5(referral.public_id, whose)


def _give_points(referral: Referral, terms: ReferralTerms, by: Actor, at: datetime) -> None:
    """The friend's points are good as those earned are, the giver's when the purchase stands."""
    programme, zone = terms.programme, company.zone_of(referral.receipt.shop_id)
    given = [
        ("friend", referral.friend_id, terms.friend_points, programme.pending_days),
        ("giver", referral.giver_id, terms.giver_points, terms.stands_days),
    ]
    for whose, profile, points, days in given:
        if not points:
            continue
        account = open_accounts([profile], programme.pk, by=SYSTEM, at=at)[profile].pk
        since, until = rules.lifetime(
            referral.at, zone, pending_days=days, lifetime_days=programme.lifetime_days
        )
        grant = ledger.Grant(
            cause=_cause(referral, whose),
            reason="points.friend",
            wallet=ledger.Wallet(rules.OWNER, account, programme.unit),
            amount=points,
            source=ledger.Purse("programme", programme.pk, "issued", programme.unit, may_owe=True),
            available_from=since,
            expires_at=until,
        )
        ledger.carry_out([grant], by=by, at=at)
        _tell_points(programme, account, profile, points, "friend", by, at)


def _tell_points(
    programme: Programme, account: int, profile: int, amount: Decimal, reason: str, by: Actor, at: datetime
) -> None:
    told = PointsMoved(programme_id=programme.pk, account_id=account, amount=amount, reason=reason)
    journal.record(told, by=by, at=at, customer=profile, brand=programme.brand_id)


# ── It stands, or comes back ─────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def undo_friend(receipt_id: int, *, by: Actor, at: datetime) -> bool:
    """Goods of a friend's first purchase came back before it stood, and less than the minimum is left: so is the rest.

    Points are taken back from both; whether it was so.
    """
    by.must("loyalty.redeem")
    waiting = Referral.objects.select_for_update(of=("self",)).filter(receipt=receipt_id, state=State.WAITING)
    referral = waiting.select_related("receipt", "programme").first()
    if referral is None:
        return False
    back, _now = orders.returned_money(receipt_id, upto=2**62)
    terms = ReferralTerms.objects.get(programme=referral.programme_id)
    left = referral.receipt.paid - back
    if left > 0 and left >= terms.minimum:
        return False
    referral.state = State.REVERSED
    referral.save(update_fields=["state"])
    _take_points_back(referral, terms, by, at)
    told = FriendUndone(referral_id=referral.pk, giver_id=referral.giver_id, receipt_id=receipt_id)
    journal.record(told, by=by, at=at, customer=referral.friend_id, shop=referral.receipt.shop_id)
    return True


def _take_points_back(referral: Referral, terms: ReferralTerms, by: Actor, at: datetime) -> None:
    programme = referral.programme
    for whose, profile in (("friend", referral.friend_id), ("giver", referral.giver_id)):
        granted = _cause(referral, whose)
        if not books.is_posted(granted):
            continue
        move = ledger.TakeBack(
            cause=_cause(referral, f"{whose} back"),
            reason="points.friend_undone",
            granted=granted,
            owe=programme.owes,
        )
        moved = ledger.carry_out([move], by=by, at=at)[move.cause]
        account = open_accounts([profile], programme.pk, by=SYSTEM, at=at)[profile].pk
        _tell_points(programme, account, profile, -moved.amount, "friend_undone", by, at)


def reward_friends(at: datetime | None = None) -> int:
    """First purchases that stand long enough: coupons are issued to both; how many. Called every night."""
    at, done = at or clock.now(), 0
    while part := _reward(at):
        done += part
    return done


@transaction.atomic
def _reward(at: datetime) -> int:
    due = Referral.objects.filter(state=State.WAITING, stands_at__lte=at).order_by("pk")
    found = list(due.select_for_update(skip_locked=True)[:AT_ONCE])
    terms = ReferralTerms.objects.select_related("friend_series", "giver_series").in_bulk(
        {one.programme_id for one in found}
    )
    for one in found:
        of = terms[one.programme_id]
        for whose, profile, series in (
            ("friend", one.friend_id, of.friend_series),
            ("giver", one.giver_id, of.giver_series),
        ):
            if series is not None and series.closed_at is None:
                issue(series.pk, [profile], cause=_cause(one, f"{whose} coupon"), by=SYSTEM, at=at)
        one.state = State.GIVEN
        one.save(update_fields=["state"])
        told = FriendRewarded(referral_id=one.pk, friend_id=one.friend_id, receipt_id=one.receipt_id)
        journal.record(told, by=SYSTEM, at=at, customer=one.giver_id)
    return len(found)
