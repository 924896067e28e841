"""What orders put into the page's frame and into the customer's card."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from django.urls import reverse, reverse_lazy
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from prilavok.catalog import queries as catalog
from prilavok.company import queries as company
from prilavok.customers import ports as customers
from prilavok.customers.ports import Families, Indicator, TimelineLine
from prilavok.kernel import money
from prilavok.kernel.actors import Actor
from prilavok.kernel.timeline import StoredEvent
from prilavok.orders import queries
from prilavok.orders.events import ReceiptPaid, ReceiptReturned
from prilavok.orders.templatetags.orders import shop_moment
from prilavok.ui import formats
from prilavok.ui import ports as ui

FOUND = 5  # receipts in the palette


def fill() -> None:
    ui.menu.fill(ui.MenuItem("orders", _("Orders"), "orders:list", permission="orders.see"), position=60)
    ui.palette.fill(ui.PaletteSource(_search, _("Receipts")), position=30)
    customers.panels.fill(
        customers.Panel("purchases", _("Purchases"), "orders:purchases", "orders.see"), position=20
    )
    customers.indicators.fill(
        customers.IndicatorSource("orders", "orders.see", _indicators, _LABELS), position=10
    )
    customers.references.fill(
        customers.ReferenceTarget("product", _("a product"), _products, find=_find_product)
    )
    customers.archive.fill(customers.ArchivePart("receipts", _("Receipts"), queries.archived), position=10)
    customers.archive.fill(
        customers.ArchivePart("receipt_roles", _("In orders"), queries.archived_roles), position=11
    )
    customers.belongings.fill(
        customers.Belongings("receipts", _("Receipts"), queries.numbers_of_profiles), position=10
    )
    customers.common_keys.fill(
        customers.CommonKeys(
            "cards", "till_card", _("used at the till all day long"), queries.cards_used_all_day
        ),
        position=10,
    )
    customers.timeline.fill(
        customers.TimelineKind(
            (ReceiptPaid, ReceiptReturned),
            _("Purchases"),
            "receipt",
            lines=_lines,
            permission="orders.see",
            key="orders",
        ),
        position=10,
    )


def _search(by: Actor, text: str) -> list[ui.Hit]:
    if not by.may("orders.see") or len(text) < 3:
        return []
    return [
        ui.Hit(
            gettext("Receipt %(number)s") % {"number": one.number},
            f"{shop_moment(one)} · {one.shop.name}",
            reverse("orders:receipt", args=[one.public_id]),
            "receipt",
        )
        for one in queries.by_number(text, by).select_related("shop")[:FOUND]
    ]


def _products(keys: Collection[str], by: Actor) -> Mapping[str, tuple[str, str]]:
    found = catalog.products(by).filter(code__in=keys) if by.may("catalog.see") else ()
    return {one.code: (one.name, reverse("catalog:product", args=[one.public_id])) for one in found}


def _find_product(text: str, by: Actor) -> list[tuple[str, str]]:
    if not by.may("catalog.see"):
        return []
    return [(one.code, one.name) for one in catalog.search(text, by).order_by("name", "id")[:FOUND]]


def _lines(events: Sequence[StoredEvent], by: Actor) -> Mapping[UUID, TimelineLine]:
    shops = company.shops_by_id({event.shop_id for event in events if event.shop_id})
    language = get_language() or "ru"
    bought, items = gettext("Bought for %(sum)s"), gettext("items: %(items)s")
    words = {ReceiptReturned.type_name(): gettext("Returned goods for %(sum)s")}
    found = {}
    for event in events:
        body, shop = event.body, shops.get(event.shop_id or 0)
        amount = money.show(abs(Decimal(body["revenue"])), body["currency"], language)
        number = items % {"items": formats.number(abs(Decimal(body["items"])), language=language)}
        found[event.id] = TimelineLine(
            words.get(event.type, bought) % {"sum": amount},
            reverse_lazy("orders:receipt", args=[body["public_id"]]),
            f"{shop.name} · {number}" if shop and shop.name else number,
        )
    return found


_LABELS = {
    "C47": _("Revenue"),
    "C38": _("Receipts"),
    "C46": _("Average receipt"),
    "C40": _("Last purchase"),
    "C44": _("Shop of the last purchase"),
    "C45": _("Days between purchases"),
    "C36": _("Items bought"),
    "C42": _("Discount"),
}


def _indicators(families: Families, by: Actor) -> dict[int, list[Indicator]]:
    return {who: _told(known) for who, known in queries.purchases_of(families, by).items()}


def _told(known: queries.Purchases) -> list[Indicator]:
    link = reverse("orders:receipt", args=[known.last_public_id]) if known.last_public_id else ""
    return [
        Indicator(
            "C47",
            _LABELS["C47"],
            known.revenue,
            "money",
            _(
                "What the shop received for all purchases, manufacturers' money for coupons too, less returns."
            ),
        ),
        Indicator(
            "C38", _LABELS["C38"], known.receipts, "number", _("Sales of all time; returns are not counted.")
        ),
        Indicator(
            "C46",
            _LABELS["C46"],
            known.average,
            "money",
            _("Revenue divided by the number of receipts."),
        ),
        Indicator(
            "C40",
            _LABELS["C40"],
            known.last_day,
            "date",
            _("The day of the latest receipt."),
            link=link,
        ),
        Indicator(
            "C44",
            _LABELS["C44"],
            known.last_shop or None,
            "text",
            _("Where the latest receipt was paid."),
        ),
        Indicator(
            "C45",
            _LABELS["C45"],
            known.days_between,
            "days",
            _(
                "Days from the first purchase to the last, divided by the number of days with a purchase less one."
            ),
        ),
        Indicator(
            "C36",
            _LABELS["C36"],
            known.items,
            "number",
            _("Pieces on all receipts, returned ones taken off; what is weighed or poured counts as one."),
        ),
        Indicator(
            "C42",
            _LABELS["C42"],
            known.discount_share,
            "percent",
            _("All discounts of all receipts divided by what the goods cost without them."),
        ),
    ]
