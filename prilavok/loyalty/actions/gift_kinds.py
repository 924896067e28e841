"""Kinds of gift cards, and their numbers: ranges with a check digit, or codes that nobody can guess."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.kernel import clock, jobs, journal
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.kernel.ids import uuid7
from prilavok.loyalty import gifts, rules
from prilavok.loyalty.actions.card_kinds import AT_ONCE, MOST, must_be_free, next_serial
from prilavok.loyalty.events import GiftCardsMade, GiftNumbersExported
from prilavok.loyalty.models import GiftCard, GiftKind
from prilavok.loyalty.problems import BadGiftKind, BadGiftNumbers, CodeTaken, TooMany

SHORTEST = 8  # a code of a printer: shorter ones can be guessed
LOOKS = ("secret", "prefix", "length", "check_digit")  # change only while there are no cards


@transaction.atomic
def make_gift_kind(*, code: str, name: str, by: Actor, at: datetime, **terms: Any) -> GiftKind:
    """A new kind of gift cards, in the company's currency; `terms` are the model's. Raises CodeTaken, BadGiftKind,
    BadCardKind.
    """
    by.must("loyalty.issue_gift_cards")
    if GiftKind.objects.filter(code=code).exists():
        raise CodeTaken(field="code", taken=code)
    kind = GiftKind(code=code, name=name, currency=company.company().currency, made_at=at, **terms)
    _check(kind)
    kind.save()
    return kind


@transaction.atomic
def change_gift_kind(kind_id: int, *, by: Actor, at: datetime, **terms: Any) -> GiftKind:
    """Sell otherwise from now on; what was sold stays as it is. Numbers change their looks only while there are none.

    Raises BadGiftKind, BadCardKind.
    """
    by.must("loyalty.issue_gift_cards")
    kind = GiftKind.objects.select_for_update(no_key=True).get(pk=kind_id)
    looks = [field for field in LOOKS if field in terms and getattr(kind, field) != terms[field]]
    if looks and GiftCard.objects.filter(kind=kind).exists():
        raise BadGiftKind(
            _("Cards of this kind have been made: make another kind for other numbers."), field=looks[0]
        )
    for field, value in terms.items():
        setattr(kind, field, value)
    _check(kind)
    kind.save()
    return kind


def _check(kind: GiftKind) -> None:
    if kind.value is None:
        if kind.least is None or kind.most is None:
            raise BadGiftKind(_("Say what each is worth, or from how much to how much."), field="value")
        if kind.most < kind.least:
            raise BadGiftKind(_("The most is less than the least. Put one of them right."), field="most")
    elif kind.least is not None or kind.most is not None:
        raise BadGiftKind(_("Each is worth the same: leave the bounds empty."), field="least")
    if not kind.secret:
        must_be_free(kind.shape, kind)
        if not kind.pin:
            raise BadGiftKind(
                _("Numbers of a range can be guessed: ask for the PIN, or take codes that nobody can guess."),
                field="pin",
            )


def order_gift_cards(kind_id: int, count: int, *, by: Actor, at: datetime) -> None:
    """Have so many numbers issued, in the background where they are many. Raises TooMany, NumbersShort."""
    by.must("loyalty.issue_gift_cards")
    if not 0 < count <= MOST:
        raise TooMany(field="count", most=f"{MOST:,}".replace(",", " "))
    if count <= AT_ONCE:
        issue_gift_cards(kind_id, count, by=by, at=at)
        return
    kind = GiftKind.objects.get(pk=kind_id)
    with transaction.atomic():
        work = jobs.start(title=gettext("Gift cards “%(kind)s”") % {"kind": kind.name}, by=by, total=count)
        jobs.later(issue_ordered_gift_cards, kind_id=kind_id, count=count, work=str(work.public_id))


@jobs.job
def issue_ordered_gift_cards(*, kind_id: int, count: int, work: str) -> None:
    """Issue what was ordered; a second start goes on where the first one stopped."""
    order = jobs.find(UUID(work))
    done = order.done or 0
    while done < count:
        with transaction.atomic():  # in one transaction with its cards: none are made twice
            done += issue_gift_cards(kind_id, min(AT_ONCE, count - done), by=SYSTEM, at=clock.now())
            jobs.step(order, done=done, total=count)
    jobs.finish(order)


@transaction.atomic
def issue_gift_cards(kind_id: int, count: int, *, by: Actor, at: datetime) -> int:
    """Make so many numbers; how many. They are worth nothing until they are sold. Raises NumbersShort."""
    by.must("loyalty.issue_gift_cards")
    kind = GiftKind.objects.select_for_update(no_key=True).get(pk=kind_id)
    for attempt in (1, 2, 3):
        try:
            with transaction.atomic():
                _copy(kind, _numbers(kind, count), at)
            break
        except IntegrityError:  # one of the codes exists already: take others
            if attempt == 3:
                raise
    journal.record(GiftCardsMade(kind_id=kind.pk, count=count), by=by, at=at)
    return count


@transaction.atomic
def add_gift_cards(kind_id: int, printed: Sequence[tuple[str, str]], *, by: Actor, at: datetime) -> int:
    """Take numbers that came from a printer, each with the PIN under its scratch layer (empty: ours); how many are new.

    Of PINs only a seal is kept. Raises BadGiftNumbers, and takes none then.
    """
    by.must("loyalty.issue_gift_cards")
    kind = GiftKind.objects.select_for_update(no_key=True).get(pk=kind_id)
    keys = [rules.code_key(number) for number, _pin in printed]
    known = dict(GiftCard.objects.filter(number__in=keys).values_list("number", "kind_id"))
    fresh: dict[str, str] = {}
    for place, (key, (_number, pin)) in enumerate(zip(keys, printed, strict=True)):
        if known.get(key, kind.pk) != kind.pk or not _could_be(kind, key) or (pin and not kind.pin):
            raise BadGiftNumbers(field=f"numbers.{place}", place=place + 1)
        if key not in known:
            fresh[key] = gifts.seal_of(key, pin, str(settings.SECRET_KEY)) if pin else ""
    GiftCard.objects.bulk_create(
        [GiftCard(kind=kind, number=key, seal=seal, made_at=at) for key, seal in fresh.items()],
        batch_size=2_000,
    )
    if fresh:
        journal.record(GiftCardsMade(kind_id=kind.pk, count=len(fresh)), by=by, at=at)
    return len(fresh)


def _could_be(kind: GiftKind, key: str) -> bool:
    """Whether a number is of the kind's range; of codes, whether it is too long to be guessed."""
    if kind.secret:
        return SHORTEST <= len(key) <= 64 and key.isalnum()
    return kind.shape.serial(key) is not None


def _numbers(kind: GiftKind, count: int) -> Iterable[str]:
    if kind.secret:
        return [code.replace("-", "") for code in rules.make_codes(count)]
    return kind.shape.numbers(next_serial(kind.shape, GiftCard.objects.filter(kind=kind), count), count)


def _copy(kind: GiftKind, numbers: Iterable[str], at: datetime) -> None:
    tail = f"\t{GiftCard.State.ISSUED}\t{at.isoformat()}\t\n"
    text = "".join([f"{uuid7()}\t{kind.pk}\t{number}{tail}" for number in numbers])
    columns = "public_id, kind_id, number, state, made_at, sold_by"
    with connection.cursor() as cursor, cursor.copy(f"COPY loyalty_giftcard ({columns}) FROM STDIN") as copy:
        copy.write(text)


@transaction.atomic
def tell_of_export(kind_id: int, *, by: Actor, at: datetime) -> None:
    """Write down who takes the numbers and PINs of a kind: with them whoever finds a sold card's owner can pay."""
    by.must("loyalty.issue_gift_cards")
    journal.record(GiftNumbersExported(kind_id=kind_id), by=by, at=at)


def least_and_most(kind: GiftKind) -> tuple[Decimal, Decimal]:
    """From how much to how much a card of this kind may be sold for."""
    if kind.value is not None:
        return kind.value, kind.value
    assert kind.least is not None and kind.most is not None
    return kind.least, kind.most
