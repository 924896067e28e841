"""Points, cards and tiers in words: reasons, timeline, indicators."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.customers import ports as customers
from prilavok.customers.ports import Families, Indicator, TimelineLine
from prilavok.kernel import clock
from prilavok.kernel.actors import Actor
from prilavok.kernel.timeline import StoredEvent
from prilavok.loyalty import queries
from prilavok.loyalty.events import (
    AccountOpened,
    CardActivated,
    CardBlocked,
    CardIssued,
    CardReplaced,
    CardStatusChanged,
    CardUnblocked,
    PointsMoved,
    TierReached,
)
from prilavok.loyalty.models import Correction
from prilavok.orders import queries as orders
from prilavok.ui.templatetags import ui as words

REASONS = {
    "points.earned": _("earned on a receipt"),
    "points.spent": _("spent on a receipt"),
    "points.given_back": _("given back with a return"),
    "points.taken_back": _("taken back with a return"),
    "points.transferred": _("transferred"),
    "points.awarded": _("given as a present"),
    "points.friend": _("for a friend who was brought"),
    "points.friend_undone": _("the friend's purchase came back"),
    "lot.ripened": _("may be spent from now on"),
    "lot.expired": _("lapsed"),
    "reservation.overdue": _("set aside in vain, free again"),
}
BECAUSE = {
    "entry": _("reached"),
    "kept": _("kept"),
    "lost": _("not enough to stay"),
    "hand": _("by hand"),
}
_CORRECTED = "points.corrected."


def reason(text: str) -> str:
    """Why points moved, as the books name it."""
    if text.startswith(_CORRECTED):
        why = dict(Correction.Reason.choices).get(text.removeprefix(_CORRECTED), "")
        return gettext("corrected: %(why)s") % {"why": why}
    return str(REASONS.get(text, text))


# ── The card's left side ─────────────────────────────────────────────────────────────────────────────────

LABELS = {
    "points.available": _("Available points"),
    "points.tier": _("Tier"),
    "cards.activated": _("First card activated"),
    "cards.shop": _("Shop that issued the card"),
    "cards.activated_shop": _("Shop where the card was activated"),
}


def indicators(families: Families, by: Actor) -> dict[int, list[Indicator]]:
    """Points, tier and cards of each customer, by one statement."""
    return {
        who: [
            Indicator(
                "points.available",
                LABELS["points.available"],
                known.available,
                "number",
                _("What the customer's own accounts hold, without what is pending or set aside."),
            ),
            Indicator(
                "points.tier",
                LABELS["points.tier"],
                known.tier or None,
                "text",
                _("The highest tier of the customer's accounts."),
            ),
            Indicator(
                "cards.activated",
                LABELS["cards.activated"],
                known.activated and known.activated.astimezone(company.zone()).date(),
                "date",
                _("The day on which the first of the customer's cards was activated."),
            ),
            Indicator(
                "cards.shop",
                LABELS["cards.shop"],
                known.shop or None,
                "text",
                _("Where the last of the customer's cards was handed out."),
            ),
            Indicator(
                "cards.activated_shop",
                LABELS["cards.activated_shop"],
                known.activated_shop or None,
                "text",
                _("Where the first of the customer's cards was activated."),
            ),
        ]
        for who, known in queries.points_of_families(families, by, at=clock.now()).items()
    }


SOURCE = customers.IndicatorSource("points", "loyalty.see", indicators, LABELS)


# ── The timeline ─────────────────────────────────────────────────────────────────────────────────────────

_CARDS = {
    CardIssued.type_name(): _("Card issued: %(card)s"),
    CardActivated.type_name(): _("Card activated: %(card)s"),
    CardBlocked.type_name(): _("Card blocked: %(card)s"),
    CardUnblocked.type_name(): _("Card unblocked: %(card)s"),
    CardReplaced.type_name(): _("Card replaced: %(card)s"),
    CardStatusChanged.type_name(): _("The card has another status: %(card)s"),
}
_MOVED = {
    "earned": _("Points earned: %(amount)s"),
    "spent": _("Points spent: %(amount)s"),
    "taken_back": _("Points taken back: %(amount)s"),
    "given_back": _("Points given back: %(amount)s"),
    "corrected": _("Points corrected: %(amount)s"),
    "gift": _("Points as a gift: %(amount)s"),
    "friend": _("Points for a friend: %(amount)s"),
    "friend_undone": _("Points for a friend taken back: %(amount)s"),
    "transferred": _("Points transferred: %(amount)s"),
    "awarded": _("Points given as a present: %(amount)s"),
}


def _lines(events: Sequence[StoredEvent], by: Actor) -> Mapping[UUID, TimelineLine]:
    def of(name: str) -> set[int]:
        return {event.body[name] for event in events if event.body.get(name)}

    cards = queries.card_numbers(of("card_id"))
    accounts = queries.account_addresses(of("account_id"))
    tiers, receipts = queries.tier_names(of("tier_id")), orders.public_ids(of("receipt_id"))
    moved = {reason: str(told) for reason, told in _MOVED.items()}
    owners = {str(event.body["owner"]) for event in events if event.body.get("owner")}
    givers = queries.award_givers(owners, by) if owners else {}
    return {event.id: _line(event, cards, accounts, tiers, receipts, moved, givers) for event in events}


def _line(
    event: StoredEvent,
    cards: Mapping[int, tuple[UUID, str]],
    accounts: Mapping[int, UUID],
    tiers: Mapping[int, str],
    receipts: Mapping[int, UUID],
    moved: Mapping[str, str],
    givers: Mapping[str, queries.Giver],
) -> TimelineLine:
    if event.type in _CARDS:
        public_id, number = cards.get(event.body["card_id"], (None, ""))
        link = reverse_lazy("loyalty:card", args=[public_id]) if public_id else None
        return TimelineLine(str(_CARDS[event.type]) % {"card": number}, link)
    account = accounts.get(event.body["account_id"])
    link = reverse_lazy("loyalty:account", args=[account]) if account else None
    if event.type == PointsMoved.type_name():
        receipt = receipts.get(event.body["receipt_id"] or 0)
        link = reverse_lazy("orders:receipt", args=[receipt]) if receipt else link
        giver = givers.get(event.body.get("owner", ""), queries.Giver("", ""))
        told = moved.get(event.body["reason"], moved["corrected"])
        amount = words.signed(Decimal(event.body["amount"]))
        return TimelineLine(told % {"amount": amount}, giver.url or link, giver.name)
    if event.type == TierReached.type_name():
        tier = tiers.get(event.body["tier_id"] or 0)
        text = gettext("Tier: %(tier)s") % {"tier": tier} if tier else gettext("In no tier any more")
        return TimelineLine(text, link, str(BECAUSE.get(event.body["because"], "")))
    return TimelineLine(gettext("Account of points opened"), link)


TIMELINE = customers.TimelineKind(
    (
        AccountOpened,
        CardIssued,
        CardActivated,
        CardBlocked,
        CardUnblocked,
        CardReplaced,
        CardStatusChanged,
        PointsMoved,
        TierReached,
    ),
    _("Points and cards"),
    "coin",
    lines=_lines,
    permission="loyalty.see",
    key="points",
)
