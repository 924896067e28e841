"""What messaging puts into others' pages: menu, the card's tab, lines of the timeline."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prilavok.customers import ports as customers
from prilavok.customers.ports import Families, Indicator, Panel, TimelineKind, TimelineLine
from prilavok.kernel import retention
from prilavok.kernel.actors import Actor
from prilavok.kernel.timeline import StoredEvent
from prilavok.messaging import actions, ports, queries
from prilavok.messaging.events import (
    ClickTakenBack,
    LetterWritten,
    MessageClicked,
    MessageDelivered,
    MessageOpened,
    MessageRefused,
    MessageSuppressed,
    MessageUnknown,
    OpeningTakenBack,
    Unsubscribed,
)
from prilavok.ui import ports as ui


def fill() -> None:
    ui.commands.fill(
        ui.Command(_("Write a template"), "messaging:new", "messaging.edit_templates"), position=25
    )
    retention.kinds.fill(
        retention.KeptKind(
            "messages",
            _("Addresses and contents of messages"),
            _("who was written to, when, how it ended, openings and clicks"),
            actions.count_old_addresses,
            actions.forget_old_addresses,
        ),
        position=30,
    )
    customers.archive.fill(customers.ArchivePart("messages", _("Messages"), queries.archived), position=30)
    customers.belongings.fill(
        customers.Belongings("messages", _("Messages"), queries.numbers_of_profiles), position=30
    )
    ui.menu.fill(
        ui.MenuItem(
            "templates",
            _("Templates"),
            "messaging:templates",
            permission="messaging.see",
            section="campaigns",
        ),
        position=45,
    )
    customers.panels.fill(
        Panel("messages", _("Messages"), "messaging:of_customer", "messaging.see"), position=40
    )
    customers.indicators.fill(
        customers.IndicatorSource("messages", "messaging.see", _indicators, _LABELS), position=30
    )
    customers.deeds.fill(
        customers.Deed(
            _("Write a letter"), "messaging:write", "messaging.write", "mail", _("e-mail message"), "text"
        ),
        position=5,
    )
    ports.owners.fill(ports.OwnerName("letter", _by_hand))
    letters = (LetterWritten, MessageDelivered, MessageRefused, MessageUnknown, MessageSuppressed)
    answers = (MessageOpened, MessageClicked, OpeningTakenBack, ClickTakenBack, Unsubscribed)
    for events, icon in ((letters, "mail"), (answers, "click")):
        customers.timeline.fill(
            TimelineKind(events, _("Messages"), icon, lines=_lines, permission="messaging.see"), position=40
        )


def _by_hand(owners: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Letters of one stand on the card of whoever was written to."""
    return {
        owner: (gettext("Letter by hand"), reverse("customers:card", args=[reader]))
        for owner, reader in queries.readers_of(owners).items()
    }


_LABELS = {
    "C35": _("Last message"),
    "messages": _("Messages delivered"),
}


def _indicators(families: Families, by: Actor) -> dict[int, list[Indicator]]:
    return {who: _figures(*known) for who, known in queries.last_delivery(families, by).items()}


def _figures(delivered: int, last: datetime | None) -> list[Indicator]:
    return [
        Indicator(
            "C35",
            _LABELS["C35"],
            timezone.localtime(last) if last else None,
            "date",
            _("The day when the latest message was delivered, through any channel."),
        ),
        Indicator("messages", _LABELS["messages"], delivered, "number", _("All channels, all time.")),
    ]


def _lines(events: Sequence[StoredEvent], by: Actor) -> Mapping[UUID, TimelineLine]:
    known = queries.by_ids([event.body["message_id"] for event in events])
    words = {name: str(told) for name, told in _TOLD.items()}
    lines = {}
    for event in events:
        subject, public_id = known.get(event.body["message_id"], ("", None))
        link = reverse_lazy("messaging:message", args=[public_id]) if public_id else None
        lines[event.id] = TimelineLine(words[event.type] % {"subject": subject}, link, _detail(event))
    return lines


_TOLD = {
    LetterWritten.type_name(): _("Wrote a letter: %(subject)s"),
    MessageDelivered.type_name(): _("Letter delivered: %(subject)s"),
    MessageRefused.type_name(): _("Letter refused: %(subject)s"),
    MessageUnknown.type_name(): _("Letter may or may not have arrived: %(subject)s"),
    MessageSuppressed.type_name(): _("Letter not sent: %(subject)s"),
    MessageOpened.type_name(): _("Opened a letter: %(subject)s"),
    MessageClicked.type_name(): _("Followed a link: %(subject)s"),
    OpeningTakenBack.type_name(): _("Not a person who opened: %(subject)s"),
    ClickTakenBack.type_name(): _("Not a person who followed a link: %(subject)s"),
    Unsubscribed.type_name(): _("Unsubscribed from letters: %(subject)s"),
}


def _detail(event: StoredEvent) -> str:
    if event.body.get("machine"):
        return gettext("by a machine, not by a person")
    return str(queries.reason_words(event.body["reason"])) if event.body.get("reason") else ""
