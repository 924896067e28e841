"""What loyalty puts into the page's frame, the customer's card and the receipt's page."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from prilavok.catalog import queries as catalog
from prilavok.company import queries as company
from prilavok.customers import ports as customers
from prilavok.customers.ports import Families, Indicator, TimelineLine
from prilavok.experiments import ports as experiments
from prilavok.kernel import clock, money
from prilavok.kernel.actors import Actor
from prilavok.kernel.timeline import StoredEvent
from prilavok.loyalty import actions, queries
from prilavok.loyalty.actions.cards import RULE
from prilavok.loyalty.events import (
    CouponFreed,
    CouponIssued,
    CouponRedeemed,
    CouponRefused,
    GiftGiven,
    GiftTakenBack,
)
from prilavok.loyalty.models import RefusedUse
from prilavok.loyalty.web import account_words, gift_words, proposals
from prilavok.orders import ports as orders
from prilavok.orders import queries as orders_queries
from prilavok.relations import ports as relations
from prilavok.segments import ports as segments
from prilavok.ui import ports as ui


def fill() -> None:
    ui.menu.fill(
        ui.MenuItem("coupons", _("Coupons"), "loyalty:series", permission="loyalty.see", section="loyalty"),
        position=52,
    )
    ui.menu.fill(
        ui.MenuItem(
            "corrections",
            _("Corrections of points"),
            "loyalty:corrections",
            permission="loyalty.correct",
            counter=queries.corrections_waiting,
            section="loyalty",
        ),
        position=59,
    )
    ui.menu.fill(
        ui.MenuItem(
            "promotions",
            _("Promotions"),
            "loyalty:promotions",
            permission="loyalty.see",
            counter=queries.promotions_waiting,
            section="loyalty",
        ),
        position=51,
    )
    ui.commands.fill(
        ui.Command(_("Make a promotion"), "loyalty:promotion_new", "loyalty.promote"), position=29
    )
    ui.palette.fill(ui.PaletteSource(_search_promotions, _("Promotions")), position=49)
    ui.commands.fill(ui.Command(_("Make a series of coupons"), "loyalty:new", "loyalty.edit"), position=30)
    ui.palette.fill(ui.PaletteSource(_search, _("Coupons")), position=50)
    segments.users.fill(_uses_of_segment)
    experiments.subjects.fill(
        experiments.SubjectSource("promotion", _page_of_promotion, _("Open the promotion"))
    )
    experiments.costs.fill(experiments.CostSource(_("Points that the promotion gave"), _cost_of_points))
    customers.panels.fill(
        customers.Panel("coupons", _("Coupons"), "loyalty:of_customer", "loyalty.see"), position=30
    )
    customers.deeds.fill(
        customers.Deed(
            _("Correct points"),
            "loyalty:corrections_of_customer",
            "loyalty.correct",
            "scale",
            _("points bonus give take"),
        ),
        position=40,
    )
    orders.panels.fill(
        orders.ReceiptPanel("coupons", _("Coupons"), "loyalty:of_receipt", "loyalty.see"), position=10
    )
    customers.archive.fill(customers.ArchivePart("coupons", _("Coupons"), queries.archived), position=20)
    customers.archive.fill(
        customers.ArchivePart("corrections", _("Corrections of points"), queries.archived_corrections),
        position=22,
    )
    customers.archive.fill(
        customers.ArchivePart("promotions", _("Promotions"), queries.archived_promotions), position=21
    )
    customers.belongings.fill(
        customers.Belongings("promotions", _("Promotions"), queries.numbers_of_promotions), position=21
    )
    customers.belongings.fill(
        customers.Belongings("coupons", _("Coupons"), queries.numbers_of_profiles), position=20
    )
    customers.indicators.fill(
        customers.IndicatorSource("loyalty", "loyalty.see", _indicators, _LABELS), position=40
    )
    customers.timeline.fill(
        customers.TimelineKind(
            (CouponIssued, CouponRedeemed, CouponFreed, CouponRefused),
            _("Coupons"),
            "ticket",
            lines=_lines,
            permission="loyalty.see",
            key="loyalty",
        ),
        position=20,
    )
    customers.timeline.fill(proposals.TIMELINE, position=22)
    _fill_points()
    _fill_gift_cards()
    _fill_gifts()


def _fill_points() -> None:
    """Programmes, accounts, cards."""
    for place, (key, label, page) in enumerate(
        (
            ("accounts", _("Accounts of points"), "loyalty:accounts"),
            ("cards", _("Cards"), "loyalty:cards"),
            ("programmes", _("Programmes and tiers"), "loyalty:programmes"),
            ("referrals", _("Bring a friend"), "loyalty:referrals"),
        ),
        start=53,
    ):
        item = ui.MenuItem(key, label, page, permission="loyalty.see", section="loyalty")
        ui.menu.fill(item, position=place)
    customers.panels.fill(
        customers.Panel("points", _("Points and cards"), "loyalty:points_of_customer", "loyalty.see"),
        position=29,
    )
    relations.panels.fill(
        relations.HouseholdPanel("points", _("Points together"), "loyalty:points_of_household", "loyalty.see")
    )
    customers.archive.fill(
        customers.ArchivePart("accounts", _("Accounts of points"), queries.archived_accounts), position=23
    )
    customers.archive.fill(
        customers.ArchivePart("awards", _("Points given as a present"), queries.archived_awards), position=23
    )
    customers.archive.fill(customers.ArchivePart("cards", _("Cards"), queries.archived_cards), position=24)
    customers.archive.fill(
        customers.ArchivePart("referrals", _("Friends who were brought"), queries.archived_referrals),
        position=26,
    )
    customers.held.fill(actions.why_held)
    customers.rules.fill((RULE, _("handed over at the desk")))
    customers.belongings.fill(
        customers.Belongings("accounts", _("Accounts of points"), queries.numbers_of_accounts), position=21
    )
    customers.indicators.fill(account_words.SOURCE, position=41)
    customers.timeline.fill(account_words.TIMELINE, position=21)


def _fill_gift_cards() -> None:
    right = "loyalty.see_gift_cards"
    ui.menu.fill(
        ui.MenuItem("gift_cards", _("Gift cards"), "loyalty:gift_cards", permission=right, section="loyalty"),
        position=58,
    )
    ui.commands.fill(
        ui.Command(_("Make a kind of gift cards"), "loyalty:gift_kind_new", "loyalty.issue_gift_cards"),
        position=31,
    )
    customers.panels.fill(
        customers.Panel("gift_cards", _("Gift cards"), "loyalty:gift_cards_of_customer", right), position=45
    )
    orders.panels.fill(
        orders.ReceiptPanel("gift_cards", _("Gift cards"), "loyalty:gift_cards_of_receipt", right),
        position=11,
    )
    customers.archive.fill(
        customers.ArchivePart("gift_cards", _("Gift cards"), queries.archived_gift_cards), position=25
    )
    customers.belongings.fill(
        customers.Belongings("gift_cards", _("Gift cards"), queries.numbers_of_gift_cards), position=22
    )
    customers.timeline.fill(gift_words.TIMELINE, position=23)


def _fill_gifts() -> None:
    """Goods that were given for nothing."""
    ui.menu.fill(
        ui.MenuItem("gifts", _("Gifts"), "loyalty:gifts", permission="loyalty.see", section="loyalty"),
        position=57,
    )
    customers.panels.fill(
        customers.Panel("gifts", _("Gifts"), "loyalty:gifts_of_customer", "loyalty.see"), position=46
    )
    customers.deeds.fill(
        customers.Deed(
            _("Give a gift"),
            "loyalty:gifts_of_customer",
            "loyalty.give_gifts",
            "ticket",
            _("gift present give"),
        ),
        position=41,
    )
    orders.panels.fill(
        orders.ReceiptPanel("gifts", _("Gifts"), "loyalty:gifts_of_receipt", "loyalty.see"), position=12
    )
    customers.archive.fill(customers.ArchivePart("gifts", _("Gifts"), queries.archived_gifts), position=27)
    customers.belongings.fill(
        customers.Belongings("gifts", _("Gifts"), queries.numbers_of_gifts), position=23
    )
    customers.timeline.fill(
        customers.TimelineKind(
            (GiftGiven, GiftTakenBack),
            _("Gifts"),
            "ticket",
            lines=_gift_lines,
            permission="loyalty.see",
            key="gifts",
        ),
        position=24,
    )


def _gift_lines(events: Sequence[StoredEvent], by: Actor) -> Mapping[UUID, TimelineLine]:
    names = catalog.product_names({event.body["product_id"] for event in events})
    promotions = queries.promotion_names({event.body["promotion_id"] for event in events} - {0})
    receipts = orders_queries.public_ids({event.body["receipt_id"] for event in events} - {0})
    return {event.id: _gift_line(event, names, promotions, receipts) for event in events}


def _gift_line(
    event: StoredEvent,
    names: Mapping[int, str],
    promotions: Mapping[int, tuple[UUID, str]],
    receipts: Mapping[int, UUID],
) -> TimelineLine:
    gift = {"gift": names.get(event.body["product_id"], "")}
    told = (
        gettext("Gift: %(gift)s") if event.type == GiftGiven.type_name() else gettext("Gift back: %(gift)s")
    )
    receipt = receipts.get(event.body["receipt_id"])
    link = reverse("orders:receipt", args=[receipt]) if receipt else None
    _id, why = promotions.get(event.body["promotion_id"], (None, ""))
    return TimelineLine(told % gift, link, why)


def _search(by: Actor, text: str) -> list[ui.Hit]:
    if not by.may("loyalty.see") or len(text) < 4:
        return []
    coupon = queries.find_code(text, by)
    hits = [
        ui.Hit(one.name, one.code, reverse("loyalty:one", args=[one.public_id]), "ticket")
        for one in queries.series(by).filter(name__icontains=text).order_by("-made_at", "-id")[:4]
    ]
    if coupon is not None:
        address = reverse("loyalty:code", args=[coupon.code])
        hits.insert(0, ui.Hit(coupon.code, coupon.series.name, address, "ticket"))
    return hits


def _page_of_promotion(subject: str) -> str:
    found = queries.promotion_names([int(subject.partition(":")[2])])
    return next((reverse("loyalty:promotion", args=[public]) for public, _name in found.values()), "")


def _cost_of_points(subject: str) -> Decimal:
    return queries.cost_beyond_revenue(subject, at=clock.now())


def _uses_of_segment(segment_id: int) -> list[segments.Use]:
    """Promotions and tiers that ask for a segment: while they do, it may not be archived."""
    promotions, tiers = queries.asking_for_segment(segment_id)
    return [
        segments.Use(
            title=one.name,
            what=_("promotion"),
            url=reverse("loyalty:promotion", args=[one.public_id]),
            binding=True,
            at=one.made_at,
        )
        for one in sorted(promotions, key=lambda one: one.name)
    ] + [
        segments.Use(
            title=one.name,
            what=_("tier"),
            url=reverse("loyalty:programme", args=[one.programme.public_id]),
            binding=True,
        )
        for one in tiers
    ]


def _search_promotions(by: Actor, text: str) -> list[ui.Hit]:
    if not by.may("loyalty.see"):
        return []
    found = queries.search_promotions(by, text).order_by("-changed_at", "-id")[:4]
    return [
        ui.Hit(
            one.name,
            str(one.get_state_display()),
            reverse("loyalty:promotion", args=[one.public_id]),
            "ticket",
        )
        for one in found
    ]


def _lines(events: Sequence[StoredEvent], by: Actor) -> Mapping[UUID, TimelineLine]:
    names = queries.series_names({event.body["series_id"] for event in events if event.body["series_id"]})
    receipts = orders_queries.public_ids(
        {event.body["receipt_id"] for event in events if "receipt_id" in event.body}
    )
    return {event.id: _line(event, names, receipts) for event in events}


def _line(event: StoredEvent, names: Mapping[int, str], receipts: Mapping[int, UUID]) -> TimelineLine:
    name = names.get(event.body["series_id"] or 0, "")
    receipt = receipts.get(event.body.get("receipt_id", 0))
    link = reverse("orders:receipt", args=[receipt]) if receipt else None
    if event.type == CouponIssued.type_name():
        return TimelineLine(gettext("Coupon issued: “%(series)s”") % {"series": name})
    if event.type == CouponRedeemed.type_name():
        amount = Decimal(event.body["amount"])
        detail = _money(-amount) if amount else ""
        return TimelineLine(gettext("Coupon used: “%(series)s”") % {"series": name}, link, detail)
    if event.type == CouponFreed.type_name():
        return TimelineLine(gettext("Coupon is good again: “%(series)s”") % {"series": name}, link)
    reason = str(RefusedUse.Reason(event.body["reason"]).label)
    return TimelineLine(gettext("Coupon refused: %(reason)s") % {"reason": reason}, link, name)


def _money(amount: Decimal) -> str:
    return money.show(amount, company.company().currency, get_language() or "ru")


_LABELS = {
    "coupons.issued": _("Coupons received"),
    "coupons.issued_at": _("Last coupon received"),
    "coupons.conversion": _("Coupons turned into purchases"),
    "coupons.uses": _("Coupons used"),
    "coupons.last": _("Last coupon used"),
    "coupons.saved": _("Saved by coupons"),
    "coupons.revenue": _("Revenue per coupon on the day of purchase"),
    "C33": _("Revenue per gift on the day of purchase"),
    "C37": _("Gifts received"),
    "C39": _("Gifts that led to another purchase"),
    "C41": _("Last gift received"),
    "gifts.shop": _("Shop of the last gift"),
}


def _indicators(families: Families, by: Actor) -> dict[int, list[Indicator]]:
    return {
        who: (_given(known) if known.issued else [])
        + (_used(known) if known.uses else [])
        + (_gifts(known.gifts) if known.gifts.gifts else [])
        for who, known in queries.use_of_profiles(families, by).items()
    }


def _given(known: queries.CouponUse) -> list[Indicator]:
    return [
        Indicator(
            "coupons.issued",
            _LABELS["coupons.issued"],
            known.issued,
            "number",
            _("Codes of coupons and gifts that were issued to this customer, all time."),
        ),
        Indicator(
            "coupons.issued_at",
            _LABELS["coupons.issued_at"],
            timezone.localtime(known.issued_at) if known.issued_at else None,
            "date",
            _("The day when the latest code was issued to this customer."),
        ),
        Indicator(
            "coupons.conversion",
            _LABELS["coupons.conversion"],
            Decimal(known.redeemed) / known.issued,
            "percent",
            _("The received codes that were used, divided by all received ones."),
        ),
    ]


def _used(known: queries.CouponUse) -> list[Indicator]:
    return [
        Indicator(
            "coupons.uses",
            _LABELS["coupons.uses"],
            known.uses,
            "number",
            _("How often a coupon was used on this customer's receipts, all time."),
        ),
        Indicator(
            "coupons.last",
            _LABELS["coupons.last"],
            known.last_day,
            "date",
            _("The day of the latest receipt with a coupon."),
        ),
        Indicator(
            "coupons.saved",
            _LABELS["coupons.saved"],
            known.amount,
            "money",
            _("What coupons took off this customer's receipts."),
        ),
        Indicator(
            "coupons.revenue",
            _LABELS["coupons.revenue"],
            known.revenue / known.uses,
            "money",
            _("Revenue of the receipts with coupons divided by the number of coupons used."),
        ),
    ]


def _gifts(known: queries.GiftUse) -> list[Indicator]:
    return [
        Indicator(
            "C33",
            _LABELS["C33"],
            known.revenue / known.gifts,
            "money",
            _("What was bought on the days of gifts, divided by the number of gifts."),
        ),
        Indicator(
            "C37",
            _LABELS["C37"],
            known.gifts,
            "number",
            _("Gifts that this customer got at the till or by hand and did not give back, all time."),
        ),
        Indicator(
            "C39",
            _LABELS["C39"],
            Decimal(known.followed) / known.gifts,
            "percent",
            _(
                "The gifts after which the customer bought again within 30 days, divided by all; the purchase "
                "that a gift came with does not count."
            ),
        ),
        Indicator(
            "C41",
            _LABELS["C41"],
            known.last_day,
            "date",
            _("The day of the latest gift."),
        ),
        Indicator(
            "gifts.shop",
            _LABELS["gifts.shop"],
            known.last_shop or None,
            "text",
            _("Where the latest gift was given."),
        ),
    ]
