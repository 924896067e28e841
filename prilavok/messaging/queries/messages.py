"""What became of messages: the books of a mailing, its people by name, the letters of a customer."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.customers import queries as customers
from prilavok.customers.queries import Limit
from prilavok.kernel import prepared
from prilavok.kernel.actors import Actor
from prilavok.messaging import ports
from prilavok.messaging.models import Mailing, Message, Touch

LETTER_SUBJECT = "letter_subject"  # in the context of a letter that an employee wrote

_REASONS: dict[str, str | Promise] = {
    "cancelled": _("The mailing was cancelled"),
    "bad_address": _("The address cannot be written to"),
    "duplicate_address": _("The same address as another customer"),
    "too_often": _("Too often for this customer"),
    "same_person": _("The same person under another profile"),
    "sender_died": _("The sender stopped while the letter was on its way"),
    "lost_connection": _("The connection was lost while the letter was on its way"),
}


def reason_words(code: str) -> str | Promise:
    """A reason in words; a mail server's own words are their own."""
    return _REASONS.get(code) or customers.reach_reason(code)


def too_often(profile_ids: Iterable[int], *, at: datetime) -> set[int]:
    """Who of these has already had, in any of their records, as many letters as they want by now."""
    return written_lately(customers.limits_of(profile_ids), at=at)


def written_lately(limits: Mapping[int, Limit], *, at: datetime) -> set[int]:
    """Profiles whose person has got a letter of a mailing within their limit's days.

    What is on its way counts, and what may have arrived does too: the promise is kept in doubt.
    """
    wanted = [(one, of, at - timedelta(limit.days)) for one, limit in limits.items() for of in limit.kin]
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT w.profile FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) "
            "AS w(profile, member, since) JOIN messaging_message m ON m.profile_id = w.member "
            "WHERE m.state = 'in_flight' OR m.state IN ('delivered', 'unknown') AND m.settled_at > w.since",
            [list(column) for column in zip(*wanted, strict=True)],
        )
        return {row[0] for row in cursor.fetchall()}


@dataclass(frozen=True)
class Books:
    """How many messages of a mailing stand where; `suppressed` by reason. The parts add up to the total."""

    planned: int = 0
    in_flight: int = 0
    delivered: int = 0
    refused: int = 0
    unknown: int = 0
    suppressed: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return (
            self.planned
            + self.in_flight
            + self.delivered
            + self.refused
            + self.unknown
            + sum(self.suppressed.values())
        )


def books(mailing_id: int) -> Books:
    """The mailing's books, counted now."""
    states: dict[str, int] = {}
    suppressed: dict[str, int] = {}
    rows = Message.objects.filter(mailing=mailing_id).values_list("state")
    for state, count in rows.exclude(state="suppressed").annotate(n=Count("id")):
        states[state] = count
    lost = Message.objects.filter(mailing=mailing_id, state="suppressed").values_list("reason")
    for reason, count in lost.annotate(n=Count("id")).order_by("-n"):
        suppressed[reason] = count
    return Books(**states, suppressed=suppressed)


@dataclass(frozen=True)
class Reading:
    """How many readers of a mailing opened, clicked, unsubscribed; machines apart. Rates are of the delivered."""

    opened: int
    opened_by_machines_only: int
    clicked: int
    clicked_by_machines_only: int


def reading(mailing_id: int) -> Reading:
    """Openings and clicks by reader, counted once each."""

    def readers(kind: str, **more: str) -> int:
        found = Touch.objects.filter(message__mailing=mailing_id, kind=kind, **more)
        return int(found.aggregate(n=Count("message", distinct=True))["n"])

    opened, clicked = readers(Touch.Kind.OPEN, machine=""), readers(Touch.Kind.CLICK, machine="")
    return Reading(
        opened=opened,
        opened_by_machines_only=readers(Touch.Kind.OPEN) - opened,
        clicked=clicked,
        clicked_by_machines_only=readers(Touch.Kind.CLICK) - clicked,
    )


def mailing_of(owner: str) -> Mailing | None:
    return Mailing.objects.filter(owner=owner).first()


def mailings_of(owners: Collection[str]) -> dict[str, Mailing]:
    return {mailing.owner: mailing for mailing in Mailing.objects.filter(owner__in=owners)}


def messages_in(
    mailing_id: int, by: Actor, *, state: str = "", reason: str | None = None, touched: str = ""
) -> QuerySet[Message]:
    """Messages behind a figure.

    `touched` is `open` or `click` for those whom people touched, `open_machine` or `click_machine` for those whom
    only machines did.
    """
    by.must("messaging.see")
    found = Message.objects.filter(mailing=mailing_id)
    if state:
        found = found.filter(state=state)
    if reason is not None:
        found = found.filter(reason=reason)
    if touched:
        kind, _sep, machine = touched.partition("_")
        people = Touch.objects.filter(message__mailing=mailing_id, kind=kind, machine="").values("message")
        if machine:
            robots = (
                Touch.objects.filter(message__mailing=mailing_id, kind=kind)
                .exclude(machine="")
                .values("message")
            )
            return found.filter(pk__in=robots).exclude(pk__in=people)
        found = found.filter(pk__in=people)
    return found


def deliveries_of(mailing_id: int, profile_ids: Sequence[int]) -> dict[int, str]:
    """States of some people's messages by profile."""
    return dict(
        Message.objects.filter(mailing=mailing_id, profile__in=profile_ids).values_list("profile", "state")
    )


def numbers_of_profiles(profile_ids: Collection[int]) -> dict[int, int]:
    """How many messages each profile was to get; profiles without any are missing."""
    counted = Message.objects.filter(profile__in=profile_ids).values("profile").annotate(number=Count("pk"))
    return dict(counted.values_list("profile", "number"))


def archived(profile_ids: Collection[int]) -> list[dict[str, Any]]:
    """The messages to these profiles, for the archive that a person may ask for."""
    found = Message.objects.filter(profile__in=profile_ids).order_by("pk")
    return [
        dict(row)
        for row in found.values(
            "address", "state", "settled_at", template=F("mailing__template_version__template__name")
        )
    ]


def of_customer(profile_ids: Collection[int], by: Actor) -> QuerySet[Message]:
    """Messages to these profiles, the latest first."""
    by.must("messaging.see")
    return (
        Message.objects.filter(profile__in=profile_ids)
        .select_related("mailing__template_version__template")
        .annotate(
            opens=Count("touches", filter=Q(touches__kind=Touch.Kind.OPEN, touches__machine="")),
            clicks=Count("touches", filter=Q(touches__kind=Touch.Kind.CLICK, touches__machine="")),
        )
        .order_by("-id")
    )


_DELIVERED = """
    SELECT f.who, count(*), max(m.settled_at)
    FROM unnest(%s::bigint[], %s::bigint[]) AS f(who, profile)
    JOIN messaging_message m ON m.profile_id = f.profile AND m.state = 'delivered' GROUP BY f.who"""


def last_delivery(families: Mapping[int, Sequence[int]], by: Actor) -> dict[int, tuple[int, datetime | None]]:
    """How many messages were delivered to each customer's profiles, and when the last one was."""
    by.must("messaging.see")
    whose = [who for who, profiles in families.items() for _profile in profiles]
    members = [profile for profiles in families.values() for profile in profiles]
    found = {row[0]: (row[1], row[2]) for row in prepared.rows(_DELIVERED, [whose, members])}
    return {who: found.get(who, (0, None)) for who in families}


def of_public_id(public_id: UUID, by: Actor) -> Message:
    by.must("messaging.see")
    return Message.objects.select_related("mailing__template_version__template", "profile").get(
        public_id=public_id
    )


def waiting_count() -> int:
    """How many letters wait to leave now."""
    return Message.objects.filter(state="planned", mailing__state=Mailing.State.SENDING).count()


def by_ids(message_ids: Collection[int]) -> dict[int, tuple[str, UUID]]:
    """(what it was called, public id) of messages, for lines of a timeline: a letter by hand by its own subject."""
    rows = Message.objects.filter(pk__in=message_ids).values_list(
        "id",
        KeyTextTransform(LETTER_SUBJECT, "context"),
        "mailing__template_version__template__name",
        "public_id",
    )
    return {pk: (subject or name, public_id) for pk, subject, name, public_id in rows}


def owners_named(owners: Collection[str]) -> dict[str, tuple[str, str]]:
    """(name, address of the page) of mailings' owners."""
    named: dict[str, tuple[str, str]] = {}
    for source in ports.owners.items():
        named |= source.named([owner for owner in owners if owner.partition(":")[0] == source.prefix])
    return named


def readers_of(owners: Collection[str]) -> dict[str, UUID]:
    """Of mailings of one: who was written to, by owner."""
    found = Message.objects.filter(mailing__owner__in=owners)
    return dict(found.values_list("mailing__owner", "profile__public_id"))


def unsubscribed(mailing_id: int) -> int:
    """How many readers unsubscribed out of this mailing's letters."""
    left = Touch.objects.filter(message__mailing=mailing_id, kind=Touch.Kind.LEAVE)
    return int(left.aggregate(n=Count("message", distinct=True))["n"])
