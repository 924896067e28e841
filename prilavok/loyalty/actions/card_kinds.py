"""Kinds of cards, and their stock: ranges of numbers made here, numbers that came from a printer."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prilavok.customers import queries as customers
from prilavok.kernel import clock, jobs, journal
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.kernel.ids import uuid7
from prilavok.loyalty import numbering
from prilavok.loyalty.events import CardsMade
from prilavok.loyalty.models import Card, CardKind, GiftKind
from prilavok.loyalty.problems import BadCardKind, BadNumbers, CodeTaken, NumbersShort, TooMany

IDENTIFIER = "card"  # the kind of identifiers of a customer that cards are
LOOKED_AT = 1000  # numbers at once, when a free one is looked for
AT_ONCE = 50_000  # cards per transaction; up to here a range is made while its author waits
MOST = 10_000_000
MOST_TYPED = 100_000

TROUBLES = {
    "prefix": _("A prefix has only digits and Latin capitals."),
    "letters": _("With a check digit the prefix has only digits."),
    "ean": _("A number with an EAN-13 check digit has 13 digits."),
    "long": _("A number has at most 32 characters."),
    "short": _("No digit is left for the number itself: make it longer, or the prefix shorter."),
}


@transaction.atomic
def make_card_kind(
    *, programme_id: int, code: str, name: str, by: Actor, at: datetime, **shape: Any
) -> CardKind:
    """A new kind of cards: `prefix`, `length`, `check_digit`. Raises CodeTaken, BadCardKind."""
    by.must("loyalty.programme")
    if CardKind.objects.filter(code=code).exists():
        raise CodeTaken(field="code", taken=code)
    kind = CardKind(programme_id=programme_id, code=code, name=name, **shape)
    _check(kind)
    kind.save()
    return kind


@transaction.atomic
def change_card_kind(
    kind_id: int, *, by: Actor, at: datetime, name: str | None = None, **shape: Any
) -> CardKind:
    """Call a kind otherwise; its numbers change their looks only while there are none. Raises BadCardKind."""
    by.must("loyalty.programme")
    kind = CardKind.objects.select_for_update(no_key=True).get(pk=kind_id)
    kind.name = name or kind.name
    changed = {field: value for field, value in shape.items() if getattr(kind, field) != value}
    if changed and Card.objects.filter(kind=kind).exists():
        raise BadCardKind(
            _("Cards of this kind have been made: make another kind for other numbers."), field=min(changed)
        )
    for field, value in changed.items():
        setattr(kind, field, value)
    _check(kind)
    kind.save()
    return kind


def _check(kind: CardKind) -> None:
    must_be_free(kind.shape, kind)


def must_be_free(shape: numbering.Shape, kind: CardKind | GiftKind) -> None:
    """Numbers can look like this, and none of another kind, of cards or of gift cards, does. Raises BadCardKind."""
    trouble = shape.trouble()
    if trouble:
        raise BadCardKind(TROUBLES[trouble], field="prefix" if trouble in ("prefix", "letters") else "length")
    others: list[CardKind | GiftKind] = [*CardKind.objects.filter(length=shape.length)]
    others += [*GiftKind.objects.filter(length=shape.length, secret=False)]
    twin = next((one for one in others if one != kind and shape.meets(one.shape)), None)
    if twin is not None:
        message = _("Numbers of “%(other)s” look the same. Choose another prefix or length.")
        raise BadCardKind(message, field="prefix", other=twin.name)


def order_cards(kind_id: int, count: int, *, by: Actor, at: datetime) -> None:
    """Have a range of so many cards made, in the background where they are many. Raises TooMany, NumbersShort."""
    by.must("loyalty.programme")
    if not 0 < count <= MOST:
        raise TooMany(field="count", most=f"{MOST:,}".replace(",", " "))
    kind = CardKind.objects.get(pk=kind_id)
    if count <= AT_ONCE:
        make_cards(kind_id, count, by=by, at=at)
        return
    _next_serial(kind, count)
    with transaction.atomic():
        work = jobs.start(title=gettext("Cards “%(kind)s”") % {"kind": kind.name}, by=by, total=count)
        jobs.later(make_ordered_cards, kind_id=kind_id, count=count, work=str(work.public_id))


@jobs.job
def make_ordered_cards(*, kind_id: int, count: int, work: str) -> None:
    """Make what was ordered; a second start goes on where the first one stopped."""
    order = jobs.find(UUID(work))
    done = order.done or 0
    while done < count:
        part = min(AT_ONCE, count - done)
        with transaction.atomic():
            make_cards(kind_id, part, by=SYSTEM, at=clock.now())
            done += part
            jobs.step(order, done=done, total=count)  # in one transaction with its cards: none are made twice
    jobs.finish(order)


@transaction.atomic
def make_cards(kind_id: int, count: int, *, by: Actor, at: datetime) -> tuple[str, str]:
    """Put the next so many numbers into the stock, without a gap; the first and the last. Raises NumbersShort."""
    by.must("loyalty.programme")
    kind = CardKind.objects.select_for_update(no_key=True).get(pk=kind_id)
    first = _next_serial(kind, count)
    _copy(kind, kind.shape.numbers(first, count), at)
    journal.record(CardsMade(kind_id=kind.pk, count=count), by=by, at=at)
    return kind.shape.number(first), kind.shape.number(first + count - 1)


def make_next_card(kind_id: int, *, by: Actor, at: datetime) -> str:
    """Put one number into the stock: the next that no customer is known by, as those of an earlier system are.

    Raises NumbersShort.
    """
    kind = CardKind.objects.select_for_update(no_key=True).get(pk=kind_id)
    number = _free_number(kind)
    _copy(kind, [number], at)
    journal.record(CardsMade(kind_id=kind.pk, count=1), by=by, at=at)
    return number


def _free_number(kind: CardKind) -> str:
    first = _next_serial(kind, 1)
    for start in range(first, kind.shape.capacity, LOOKED_AT):
        numbers = list(kind.shape.numbers(start, min(LOOKED_AT, kind.shape.capacity - start)))
        held = customers.profile_ids_by_identifier(IDENTIFIER, numbers)
        free = next((one for one in numbers if one not in held), None)
        if free:
            return free
    raise NumbersShort(field="count", left=0)


def _next_serial(kind: CardKind, count: int) -> int:
    return next_serial(kind.shape, Card.objects.filter(kind=kind), count)


def next_serial(shape: numbering.Shape, made: QuerySet[Any], count: int) -> int:
    """The first of so many serials that follow the highest number made. Raises NumbersShort."""
    found = made.filter(number__gte=shape.first, number__lte=shape.last)
    highest = found.order_by("-number").values_list("number", flat=True).first()
    first = (shape.serial(highest) or 0) + 1 if highest else 1
    left = shape.capacity - first
    if count > left:
        raise NumbersShort(field="count", left=left)
    return first


def _copy(kind: CardKind, numbers: Iterable[str], at: datetime) -> None:
    tail = f"\t{Card.State.STOCK}\t{at.isoformat()}\n"
    text = "".join([f"{uuid7()}\t{kind.pk}\t{number}{tail}" for number in numbers])
    columns = "public_id, kind_id, number, state, made_at"
    with connection.cursor() as cursor, cursor.copy(f"COPY loyalty_card ({columns}) FROM STDIN") as copy:
        copy.write(text)


@transaction.atomic
def add_cards(kind_id: int, numbers: Sequence[str], *, by: Actor, at: datetime) -> int:
    """Put printed numbers into the stock; how many were new. Raises BadNumbers (names a few), TooMany."""
    by.must("loyalty.programme")
    kind = CardKind.objects.select_for_update(no_key=True).get(pk=kind_id)
    tidy = list(dict.fromkeys(filter(None, map(numbering.tidy, numbers))))
    if len(tidy) > MOST_TYPED:
        raise TooMany(field="numbers", most=f"{MOST_TYPED:,}".replace(",", " "))
    wrong = [number for number in tidy if kind.shape.serial(number) is None]
    if wrong:
        told = ", ".join(wrong[:5]) + ("…" if len(wrong) > 5 else "")
        raise BadNumbers(field="numbers", kind=kind.name, numbers=told)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO loyalty_card (public_id, kind_id, number, state, made_at)"
            " SELECT public_id, %s, number, 'stock', %s FROM unnest(%s::uuid[], %s::text[]) AS new (public_id, number)"
            " ON CONFLICT (number) DO NOTHING",
            [kind.pk, at, [uuid7() for _ in tidy], tidy],
        )
        added: int = cursor.rowcount
    if added:
        journal.record(CardsMade(kind_id=kind.pk, count=added), by=by, at=at)
    return added
