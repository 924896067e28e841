"""A till in tests: Klara's, on Lenina street, with a programme of points and promotions that are live."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from prilavok.company.models import Employee, Shop
from prilavok.customers.models import Profile
from prilavok.ledger import queries as ledger
from prilavok.loyalty import actions, rules
from prilavok.loyalty.actions import Calculated, Sold
from prilavok.loyalty.definitions import PromotionWritten
from prilavok.loyalty.models import Account, Programme, Promotion, PromotionVersion
from prilavok.loyalty.ports import GiftTender, TillBasket, TillLine
from prilavok.orders.actions import Back
from tests.cast import NOON, actor


def put_up(name: str, **definition: Any) -> Promotion:
    """A promotion that is live, in its first version."""
    written = PromotionWritten.model_validate({"name": name, **definition})
    promotion = Promotion.objects.create(name=name, made_at=NOON, changed_at=NOON)
    promotion.live = PromotionVersion.objects.create(
        promotion=promotion,
        number=1,
        definition=written.model_dump(mode="json", exclude_defaults=True),
        made_at=NOON,
        approved_at=NOON,
    )
    promotion.state = Promotion.State.LIVE
    promotion.save()
    return promotion


class Till:
    """What Klara does: she reckons baskets, takes money, takes goods back."""

    def __init__(self, klara: Employee, shop: Shop, programme: Programme) -> None:
        self.by, self.shop, self.programme, self.at = actor(klara), shop, programme, NOON

    def reckon(
        self, *prices: str | TillLine, to: Profile | None = None, at: datetime | None = None, **more: Any
    ) -> Calculated:
        """Lines of the products line-1, line-2 … at these prices."""
        lines = [
            one if isinstance(one, TillLine) else TillLine(product=f"line-{place}", price=Decimal(one))
            for place, one in enumerate(prices, start=1)
        ]
        basket = TillBasket(
            shop_id=self.shop.pk,
            lines=tuple(lines),
            at=at or self.at,
            profile_id=to.pk if to else None,
            **more,
        )
        return actions.calculate(basket, by=self.by, at=at or self.at)

    def pay(
        self,
        told: Calculated,
        number: str,
        *,
        at: datetime | None = None,
        gift_cards: Sequence[GiftTender] = (),
    ) -> Sold:
        return actions.commit(told.id, number=number, by=self.by, at=at or self.at, gift_cards=gift_cards)

    def sell(
        self,
        number: str,
        *prices: str | TillLine,
        to: Profile | None = None,
        gift_cards: Sequence[GiftTender] = (),
        **more: Any,
    ) -> Sold:
        told = self.reckon(*prices, to=to, **more)
        return self.pay(told, number, at=more.get("at"), gift_cards=gift_cards)

    def take_back(
        self, sold: Sold, number: str, lines: dict[int, str], *, at: datetime | None = None
    ) -> Sold:
        backs = [Back(line, Decimal(quantity)) for line, quantity in lines.items()]
        return actions.give_back(
            receipt=sold.receipt.public_id, lines=backs, number=number, by=self.by, at=at or self.at
        )

    def cancel(self, sold: Sold, number: str) -> Sold:
        return actions.cancel(receipt=sold.receipt.public_id, number=number, by=self.by, at=self.at)

    def balance(self, of: Profile, *, at: datetime | None = None) -> Decimal:
        """What may be spent from the customer's own account."""
        accounts = Account.objects.filter(profile=of, programme=self.programme)
        found = ledger.wallet_balances(
            owner_kind=rules.OWNER,
            owner_ids=[one.pk for one in accounts],
            unit=self.programme.unit,
            at=at or self.at,
        )
        return sum((one.available for one in found.values()), Decimal(0))
