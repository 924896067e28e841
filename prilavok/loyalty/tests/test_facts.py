from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from prilavok.company import actions as company_actions
from prilavok.company import queries as company
from prilavok.company.actions import NewShop
from prilavok.company.models import Shop
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.facts import client, mending
from prilavok.facts.schema import registry
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import actions as ledger
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty import rules
from prilavok.loyalty.actions import Sold
from prilavok.loyalty.models import Account, CardKind, CouponSeries, Programme
from prilavok.loyalty.tests.till import Till
from prilavok.loyalty.web import account_words
from prilavok.orders import actions as orders
from prilavok.orders.models import Receipt
from prilavok.orders.tests.conftest import Basket, Line
from prilavok.segments import queries as segments
from tests.cast import NOON, hire, login


def test_a_used_coupon_becomes_a_fact(
    facts: None, march: CouponSeries, anna: Profile, basket: Basket, line: Line
) -> None:
    code = loyalty.issue(march.pk, [anna.pk], cause=uuid4(), by=SYSTEM, at=NOON)[anna.pk]
    milk = line("milk", "1", "90", "100", discounts=(("coupon", Decimal(10), "shop"),))
    orders.record_receipt(basket("1", milk, profile_id=anna.pk, coupons=[code]), by=SYSTEM, at=NOON)
    journal.deliver()

    rows = client.rows("SELECT profile_id, series_id, revenue_units, amount_units FROM coupon_redemptions")
    assert rows == [(anna.pk, march.pk, 90_0000, 10_0000)]


def test_a_coupon_that_is_good_again_was_not_used(
    facts: None, client: Client, till: Till, march: CouponSeries, anna: Profile
) -> None:
    """The sale is cancelled on another day: segments know of one use, and PostgreSQL and facts say the same."""
    code = loyalty.issue(march.pk, [anna.pk], cause=uuid4(), by=SYSTEM, at=NOON)[anna.pk]
    till.sell("1", "500.00", to=anna, coupons=(code,), at=NOON)
    till.at = NOON + timedelta(days=1)
    till.cancel(till.sell("2", "100.00", to=anna, at=till.at), "2-void")
    used = {"fact": "coupons", "measure": "uses", "op": ">=", "value": 1}
    journal.deliver()
    assert meets(used, till.at.date()) == {anna.pk}

    till.cancel(Sold(Receipt.objects.get(number="1")), "1-void")
    journal.deliver()
    assert meets(used, till.at.date()) == set()
    assert meets(used | {"op": "=", "value": 0}, till.at.date()) == {anna.pk}
    assert mending.damages() == []
    login(client, hire("Mila", "marketer"))
    for page in (
        reverse("loyalty:code", args=[code]),
        reverse("customers:timeline", args=[anna.public_id]),
    ):
        assert "good again" in client.get(page).content.decode().lower()
    till.sell("3", "500.00", to=anna, coupons=(code,), at=till.at)
    journal.deliver()
    assert meets(used | {"op": "="}, till.at.date()) == {anna.pk}
    assert mending.damages() == []


def meets(leaf: dict[str, Any], day: date) -> set[int]:
    """Who meets a condition on this day of the company."""
    at = datetime.combine(day, NOON.timetz())
    return set(segments.count({"all": [leaf]}, SYSTEM, at=at).some)


def give(account: Account, points: str, until: date) -> None:
    unit = account.programme.unit
    grant = ledger.Grant(
        cause=uuid4(),
        reason="points.earned",
        wallet=ledger.Wallet(rules.OWNER, account.pk, unit),
        amount=Decimal(points),
        source=ledger.Purse("programme", account.programme_id, "issued", unit, may_owe=True),
        expires_at=datetime.combine(until, time(), company.zone()),
    )
    ledger.carry_out([grant], by=SYSTEM, at=NOON)


def test_points_tiers_and_cards_are_conditions_and_days_alone_make_points_lapse(
    facts: None, programme: Programme, anna: Profile, ann: Profile, shop_on_lenina: Shop
) -> None:
    account = loyalty.open_accounts([anna.pk], programme.pk, by=SYSTEM, at=NOON)[anna.pk]
    today = NOON.date()
    give(account, "40.5", today + timedelta(days=10))
    give(account, "100", today + timedelta(days=300))
    kind = loyalty.make_card_kind(
        programme_id=programme.pk, code="plastic", name="Plastic", prefix="29001", by=SYSTEM, at=NOON
    )
    loyalty.make_cards(kind.pk, 1, by=SYSTEM, at=NOON)
    loyalty.issue_card(profile_id=anna.pk, kind_id=kind.pk, shop_id=shop_on_lenina.pk, by=SYSTEM, at=NOON)
    tier = loyalty.make_tier(
        programme_id=programme.pk, code="gold", name="Gold", entry=Decimal(1), by=SYSTEM, at=NOON
    )
    loyalty.put_in_tier(account.pk, tier.pk, by=SYSTEM, at=NOON)
    journal.deliver()

    anna_alone = {anna.pk}
    assert meets({"trait": "points", "op": "=", "value": 140.5}, today) == anna_alone
    assert meets({"trait": "points_soon", "op": "=", "value": 40.5}, today) == anna_alone
    assert meets({"trait": "tier", "op": "in", "value": [tier.pk]}, today) == anna_alone
    assert meets({"trait": "card_kind", "op": "in", "value": [kind.pk]}, today) == anna_alone
    assert meets({"trait": "card_shop", "op": "in", "value": [shop_on_lenina.pk]}, today) == anna_alone
    assert (
        meets({"trait": "card_activated_shop", "op": "in", "value": [shop_on_lenina.pk]}, today) == anna_alone
    )
    assert meets({"trait": "card_activated", "op": "last_days", "value": 1}, today) == anna_alone
    assert meets({"trait": "points_lapse_in", "op": "=", "value": 10}, today) == anna_alone
    assert meets({"trait": "points", "op": "=", "value": 140.5}, today + timedelta(days=9)) == anna_alone
    assert meets({"trait": "points", "op": "=", "value": 100}, today + timedelta(days=10)) == anna_alone
    assert not mending.differing(registry().states["holdings"], 1, ann.pk + 1)

    customers.merge(profile_id=ann.pk, other_id=anna.pk, by=SYSTEM, at=NOON)
    journal.deliver()
    assert meets({"trait": "points", "op": "=", "value": 140.5}, today) == {ann.pk}


def test_the_card_tells_where_and_when_it_was_given(
    programme: Programme, anna: Profile, shop_on_lenina: Shop
) -> None:
    loyalty.make_card_kind(
        programme_id=programme.pk, code="plastic", name="Plastic", prefix="29001", by=SYSTEM, at=NOON
    )
    kind = CardKind.objects.get()
    loyalty.make_cards(kind.pk, 1, by=SYSTEM, at=NOON)
    card = loyalty.issue_card(profile_id=anna.pk, kind_id=kind.pk, activate=False, by=SYSTEM, at=NOON)
    loyalty.activate_card(card.pk, shop_id=shop_on_lenina.pk, by=SYSTEM, at=NOON)
    later = NOON + timedelta(days=1)
    mira = NewShop("mira", "On Mira", shop_on_lenina.brand.code, "UTC")
    on_mira = company_actions.add_shops([mira], by=SYSTEM, at=NOON)["mira"]
    loyalty.issue_card(profile_id=anna.pk, kind_id=kind.pk, shop_id=on_mira.pk, by=SYSTEM, at=later)

    told = {one.key: one.value for one in account_words.indicators({anna.pk: [anna.pk]}, SYSTEM)[anna.pk]}
    assert told["cards.shop"] == on_mira.name
    assert told["cards.activated_shop"] == shop_on_lenina.name
    assert told["cards.activated"] == NOON.date()
