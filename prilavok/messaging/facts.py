"""Letters as facts: what was delivered, refused, opened, clicked."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.facts import found
from prilavok.facts.found import Found
from prilavok.facts.schema import Check, Column, Fact, FactTable, Filter, Measure, Picker
from prilavok.kernel.actors import Actor
from prilavok.kernel.event import Event
from prilavok.kernel.models import StoredEvent
from prilavok.messaging import queries
from prilavok.messaging.events import (
    ClickTakenBack,
    MessageClicked,
    MessageDelivered,
    MessageOpened,
    MessageRefused,
    MessageSuppressed,
    MessageUnknown,
    OpeningTakenBack,
    Unsubscribed,
)


@lru_cache(maxsize=1)
def _zone() -> ZoneInfo:
    return company.zone()


# What was told as a person's and was found out to be a machine's stands beside it, of the same moment.
_BY_PEOPLE = (
    "event = '{kind}' AND machine = 0 AND (message_id, happened_at) NOT IN "
    "(SELECT message_id, happened_at FROM messages WHERE event = 'not_{kind}')"
)
_BY_MACHINES = (
    "event = '{kind}' AND (machine = 1 OR (message_id, happened_at) IN "
    "(SELECT message_id, happened_at FROM messages WHERE event = 'not_{kind}'))"
)
_OPENED, _CLICKED = (_BY_PEOPLE.format(kind=kind) for kind in ("opened", "clicked"))


def _row(kind: str) -> Callable[[Any], Iterable[Mapping[str, Any]]]:
    def rows(event: Any) -> Iterable[Mapping[str, Any]]:
        link = getattr(event, "link", None)
        return [
            {
                "message_id": event.message_id,
                "profile_id": event.customer or 0,
                "mailing_id": event.mailing_id,
                "owner": event.owner,
                "channel": event.channel,
                "event": kind,
                "happened_at": event.at,
                "local_date": event.at.astimezone(_zone()).date(),
                "machine": int(getattr(event, "machine", False)),
                "link": "" if link is None else str(link),
            }
        ]

    return rows


_KINDS: dict[type[Event], str] = {
    MessageDelivered: "delivered",
    MessageRefused: "refused",
    MessageUnknown: "unknown",
    MessageSuppressed: "suppressed",
    MessageOpened: "opened",
    MessageClicked: "clicked",
    OpeningTakenBack: "not_opened",
    ClickTakenBack: "not_clicked",
    Unsubscribed: "unsubscribed",
}

MESSAGES = FactTable(
    name="messages",
    columns=[
        Column("message_id", "Int64"),
        Column("profile_id", "Int64"),
        Column("mailing_id", "Int64"),
        Column("owner", "LowCardinality(String)"),
        Column("channel", "LowCardinality(String)"),
        Column("event", "LowCardinality(String)"),
        Column("happened_at", "DateTime64(3, 'UTC')"),
        Column("local_date", "Date"),
        Column("machine", "UInt8"),
        Column("link", "String"),
    ],
    order_by=("profile_id", "happened_at"),
    partition_by="toYYYYMM(local_date)",
    filled_by={event: _row(kind) for event, kind in _KINDS.items()},
)


def _mailings(by: Actor, text: str, after: str | None) -> Found:
    return found.listed(list(queries.search_mailings(text).items()), after)


def _links(by: Actor, text: str, after: str | None) -> Found:
    return found.listed([(target, target) for target in queries.search_links(text)], after)


_CHANNELS = {"email": _("e-mail"), "sms": _("SMS")}
CHANNEL = Filter(
    key="channel",
    label=_("channel"),
    sql="channel",
    type="text",
    picker=Picker(
        options=lambda by: list(_CHANNELS.items()),
        names=lambda values: {one: str(_CHANNELS[one]) for one in values if one in _CHANNELS},
    ),
)
MAILING = Filter(
    key="mailing",
    label=_("mailing"),
    sql="mailing_id",
    picker=Picker(search=_mailings, names=lambda ids: queries.mailing_names([int(one) for one in ids])),
)
LINK = Filter(
    key="link",
    label=_("link"),
    sql="concat(toString(mailing_id), '.', link)",
    type="text",
    picker=Picker(search=_links),
    expand=queries.mailing_links,
)
_LETTERS = _("Letters")

LETTERS = Fact(
    key="letters",
    label=_LETTERS,
    group=_LETTERS,
    table="messages",
    measures=(
        Measure(
            key="delivered",
            label=_("letters delivered"),
            kind="number",
            sql="countIf(event = 'delivered')",
            times=True,
        ),
        Measure(
            key="opened",
            label=_("letters opened"),
            kind="number",
            sql=f"uniqExactIf(message_id, {_OPENED})",
        ),
        Measure(
            key="clicked",
            label=_("letters with a link followed"),
            kind="number",
            sql=f"uniqExactIf(message_id, {_CLICKED})",
        ),
        Measure(
            key="opened_by_machines",
            label=_("letters opened by machines: scanners and previews"),
            kind="number",
            sql=f"uniqExactIf(message_id, {_BY_MACHINES.format(kind='opened')})",
        ),
        Measure(
            key="refused",
            label=_("letters refused by the mail server"),
            kind="number",
            sql="countIf(event = 'refused')",
        ),
        Measure(
            key="last_delivered",
            label=_("date of the last letter"),
            kind="date",
            sql="maxIf(local_date, event = 'delivered')",
        ),
    ),
    filters=(CHANNEL, MAILING),
    on=(
        MessageDelivered,
        MessageRefused,
        MessageOpened,
        MessageClicked,
        OpeningTakenBack,
        ClickTakenBack,
    ),
    present="event = 'delivered'",
    verb=_("received letters"),
    verb_not=_("received no letters"),
)
OPENINGS = Fact(
    key="openings",
    label=_("Letters opened by people"),
    group=_LETTERS,
    table="messages",
    measures=(
        Measure(
            key="letters",
            label=_("letters opened"),
            kind="number",
            sql=f"uniqExactIf(message_id, {_OPENED})",
            times=True,
        ),
        Measure(
            key="last_date",
            label=_("date of the last opening"),
            kind="date",
            sql=f"maxIf(local_date, {_OPENED})",
        ),
    ),
    filters=(CHANNEL, MAILING),
    on=(MessageOpened, OpeningTakenBack),
    present=_OPENED,
    verb=_("opened letters themselves"),
    verb_not=_("opened no letters"),
    position=51,
)
CLICKS = Fact(
    key="clicks",
    label=_("Links followed by people"),
    group=_LETTERS,
    table="messages",
    measures=(
        Measure(
            key="letters",
            label=_("letters with a link followed"),
            kind="number",
            sql=f"uniqExactIf(message_id, {_CLICKED})",
            times=True,
        ),
        Measure(
            key="last_date",
            label=_("date of the last click"),
            kind="date",
            sql=f"maxIf(local_date, {_CLICKED})",
        ),
    ),
    filters=(LINK, CHANNEL, MAILING),
    on=(MessageClicked, ClickTakenBack),
    present=_CLICKED,
    verb=_("followed links in letters"),
    verb_not=_("followed no links in letters"),
    position=52,
)
LEAVINGS = Fact(
    key="unsubscribings",
    label=_("Unsubscribing"),
    group=_LETTERS,
    table="messages",
    measures=(
        Measure(
            key="times",
            label=_("letters unsubscribed from"),
            kind="number",
            sql="uniqExactIf(message_id, event = 'unsubscribed')",
            times=True,
        ),
        Measure(
            key="last_date",
            label=_("date of the last unsubscribing"),
            kind="date",
            sql="maxIf(local_date, event = 'unsubscribed')",
        ),
    ),
    filters=(CHANNEL, MAILING),
    on=(Unsubscribed,),
    present="event = 'unsubscribed'",
    verb=_("unsubscribed in a letter"),
    verb_not=_("did not unsubscribe in a letter"),
    position=53,
)


def _told() -> QuerySet[StoredEvent]:
    return StoredEvent.objects.filter(type__in=[kind.type_name() for kind in _KINDS])


def _days() -> Mapping[date, Mapping[str, int]]:
    by_day = _told().values(day=TruncDate("happened_at", tzinfo=_zone())).annotate(rows=Count("pk"))
    return {sums["day"]: {"rows": sums["rows"]} for sums in by_day}


BOOKS = Check(
    key="messages",
    label=_("What became of letters"),
    table="messages",
    figures="count() AS rows",
    truth=lambda: {"rows": _told().count()},
    days=_days,
)
