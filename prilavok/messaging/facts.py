"""Letters as facts: what was delivered, refused, opened, clicked."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.facts.schema import Column, Fact, FactTable, Measure
from prilavok.kernel.event import Event
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


# Letters that people have touched: what was told as theirs, less what was found out to be a machine's.
_TOUCHED = (
    "toInt64(arrayCount(n -> n > 0, sumMapIf([message_id], [if(event = '{kind}', 1, -1)], "
    "machine = 0 AND event IN ('{kind}', 'not_{kind}')).2))"
)


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

LETTERS = Fact(
    key="letters",
    label=_("Letters"),
    group=_("Letters"),
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
            sql=_TOUCHED.format(kind="opened"),
        ),
        Measure(
            key="clicked",
            label=_("letters with a link followed"),
            kind="number",
            sql=_TOUCHED.format(kind="clicked"),
        ),
        Measure(
            key="last_delivered",
            label=_("date of the last letter"),
            kind="date",
            sql="maxIf(local_date, event = 'delivered')",
        ),
    ),
    on=(MessageDelivered, MessageOpened, MessageClicked, OpeningTakenBack, ClickTakenBack),
    present="event = 'delivered'",
    verb=_("received letters"),
    verb_not=_("received no letters"),
)
