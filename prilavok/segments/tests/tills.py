"""Sales and returns as orders tell them, for tests that need days, sums and brands of their own."""

from datetime import timedelta
from decimal import Decimal

from django.db import transaction

from prilavok.company.models import Shop
from prilavok.customers.models import Profile
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.ids import uuid7
from prilavok.kernel.models import StoredEvent
from prilavok.orders.events import LineFact, ReceiptPaid, ReceiptReturned
from prilavok.segments.reckoning import day_of


def sell(
    profile: Profile, shop: Shop, *, days_ago: int = 0, money: int = 100, brand: int | None = None
) -> None:
    """A sale so many calendar days ago; the receipt's number is its place in the journal."""
    _tell(ReceiptPaid, profile, shop, days_ago, Decimal(money), brand)


def take_back(profile: Profile, shop: Shop, *, days_ago: int = 0, money: int = 100) -> None:
    """Goods for so much came back."""
    _tell(ReceiptReturned, profile, shop, days_ago, -Decimal(money), None)


def _tell(
    kind: type[ReceiptPaid] | type[ReceiptReturned],
    profile: Profile,
    shop: Shop,
    days_ago: int,
    money: Decimal,
    brand: int | None,
) -> None:
    at = clock.now() - timedelta(days=days_ago)
    event = kind(
        receipt_id=StoredEvent.objects.count() + 1,
        public_id=uuid7(),
        shop_id=shop.pk,
        local_date=day_of(at),
        local_hour=at.hour,
        currency="RUB",
        revenue=money,
        paid=money,
        discount=Decimal(0),
        items=Decimal(1),
        lines=(LineFact(1, 1, 1, Decimal(1), money, money, Decimal(0)),),
    )
    with transaction.atomic():
        journal.record_many(
            [journal.Entry(event, at=at, customer=profile.pk, shop=shop.pk, brand=brand)],
            by=SYSTEM,
            live=True,
        )
