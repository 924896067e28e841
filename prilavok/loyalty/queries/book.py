"""The promotions that are live, compiled: each process keeps them until one of them changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prilavok.experiments.queries import OpenDraw, open_draws
from prilavok.loyalty import reckoning
from prilavok.loyalty.definitions import PoliciesWritten, PromotionWritten
from prilavok.loyalty.models import BookNumber, Programme, Promotion, PromotionVersion, Tier
from prilavok.loyalty.queries.names import names_of


@dataclass(frozen=True, slots=True)
class Rules:
    """A programme as it is reckoned with."""

    id: int
    unit: str
    name: str
    policies: reckoning.Policies
    pending_days: int
    lifetime_days: int | None
    grace_days: int
    owes: bool
    coupon_back: bool


@dataclass(frozen=True, slots=True)
class LiveTier:
    """A tier, and its place among the others of its programme: the higher, the better."""

    code: str
    name: str
    place: int


@dataclass(frozen=True)
class LiveBook:
    """All that is reckoned with, as of one `number` of the book.

    `programmes`: by brand, None for all brands. `limited`: promotions of which somebody counts the uses.
    """

    number: int
    book: reckoning.Book
    names: dict[int, tuple[str, str]]  # of promotions: the public id, and what it is called
    programmes: dict[int | None, Rules]
    tiers: dict[int, LiveTier]
    segments: frozenset[int]
    limited: frozenset[int]
    periodic: frozenset[int]  # of them, those limited for everybody by day, week or month
    own_periodic: frozenset[int]  # and those limited for one customer by week or month
    asks_tills: bool  # whether any promotion cares at which till it is
    draws: dict[int, OpenDraw]  # of promotions that have a control group

    def programme(self, brand_id: int | None) -> Rules | None:
        """The programme of a brand: its own, else that of all."""
        return self.programmes.get(brand_id) or self.programmes.get(None)


def book_number() -> int:
    return BookNumber.objects.values_list("number", flat=True).get()


def live_book(number: int | None = None) -> LiveBook:
    """What is live now. `number`: the book's, where the caller has just read it."""
    global _kept
    wanted = book_number() if number is None else number
    if _kept is None or _kept.number != wanted:
        _kept = _compiled(wanted)
    return _kept


def newest_book() -> LiveBook:
    """What this process compiled last, without a question: for whoever learns the book's number along the way."""
    return _kept or live_book()


def rules_of(programme_id: int) -> Rules | None:
    """A programme's rules as they are now; None, if it has ended."""
    return next((one for one in newest_book().programmes.values() if one.id == programme_id), None)


def forget_book() -> None:
    global _kept
    _kept = None


_kept: LiveBook | None = None  # replaced whole: a reckoning that has begun goes on with the one it took


def _compiled(number: int) -> LiveBook:
    live = Promotion.objects.live().select_related("live").order_by("pk")
    written = {one: PromotionWritten.model_validate(one.live.definition) for one in live if one.live}
    names, _missing = names_of(written.values())
    promotions = [
        text.made(one.pk, names.number, version=one.live.number) for one, text in written.items() if one.live
    ]
    subjects = {subject_of(one.pk): one.pk for one, text in written.items() if text.control}
    return LiveBook(
        number=number,
        book=reckoning.Book(promotions),
        names={one.pk: (str(one.public_id), one.name) for one in written},
        programmes={
            one.brand_id: _rules(one) for one in Programme.objects.filter(active=True).order_by("pk")
        },
        tiers={one.pk: LiveTier(one.code, one.name, one.place) for one in Tier.objects.all()},
        segments=frozenset(
            segment for one in promotions for segment in one.who.segments | one.who.without_segments
        ),
        limited=frozenset(one.id for one in promotions if one.limits != reckoning.Limits()),
        periodic=frozenset(one.id for one in promotions if one.limits.periods),
        own_periodic=frozenset(one.id for one in promotions if {*one.limits.own_periods} - {"today"}),
        asks_tills=any(one.where.tills for one in promotions),
        draws={subjects[subject]: draw for subject, draw in open_draws(subjects.keys()).items()},
    )


def promotions_as_they_were(versions: Sequence[tuple[int, int]]) -> list[reckoning.Promotion]:
    """Promotions compiled as these versions of them say (promotion, number), live or not."""
    rows = PromotionVersion.objects.filter(promotion__in={promotion for promotion, _number in versions})
    of = {(one.promotion_id, one.number): one.definition for one in rows}
    written = {key: PromotionWritten.model_validate(of[key]) for key in versions}
    names, _missing = names_of(written.values())
    return [text.made(key[0], names.number, version=key[1]) for key, text in written.items()]


def subject_of(promotion_id: int) -> str:
    """How experiments call a promotion."""
    return f"promotion:{promotion_id}"


def _rules(programme: Programme) -> Rules:
    return Rules(
        programme.pk,
        programme.unit,
        programme.name,
        PoliciesWritten.model_validate(programme.policies).made(),
        programme.pending_days,
        programme.lifetime_days,
        programme.grace_days,
        programme.owes,
        programme.coupon_back,
    )
