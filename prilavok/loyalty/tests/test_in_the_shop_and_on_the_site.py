"""Anna buys in the shop and on the site: one account, one ladder of tiers, whichever door she comes through."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company import actions as company
from prilavok.company.actions import NewShop
from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import queries as ledger
from prilavok.loyalty import actions
from prilavok.loyalty.models import Account, Programme, Tier
from prilavok.loyalty.tests.test_at_the_till import ask
from prilavok.loyalty.tests.till import Till, put_up
from tests.cast import NOON, hire, login

CARD = {"kind": "card", "value": "2900000012345"}
PHONE = {"kind": "phone", "value": "+7 916 123-45-67"}


@pytest.fixture
def ladder(till: Till) -> list[Tier]:
    """Silver from 30 000, gold from 100 000: five, seven, ten per cent; a hundred off on the site."""
    made = [
        actions.make_tier(
            programme_id=till.programme.pk,
            code=code,
            name=code.title(),
            entry=Decimal(entry),
            by=SYSTEM,
            at=NOON,
        )
        for code, entry in (("silver", 30_000), ("gold", 100_000))
    ]
    put_up("Points", give={"earn": {"percent": 5, "by_tier": {"silver": 7, "gold": 10}}})
    put_up("Site", give={"amount_off": 100}, where={"channels": ["site"]})
    return made


@pytest.fixture
def shop(klara: Employee, ladder: list[Tier]) -> Client:
    """Klara's register."""
    return login(Client(), klara)


@pytest.fixture
def site(ladder: list[Tier]) -> Client:
    """The site's basket: it sells in the online shop and nowhere else."""
    shops = company.add_shops([NewShop(code="site", name="Сайт", kind="online")], by=SYSTEM, at=NOON)
    seller = hire("Site")
    company.give_role(employee_id=seller.pk, role="cashier", by=SYSTEM, at=NOON, shops=[shops["site"].pk])
    return login(Client(), seller)


def buy(
    door: Client, shop: str, who: dict[str, str], price: str, number: str, **more: Any
) -> tuple[Any, Any]:
    """What was reckoned and what was paid; whatever follows from it has happened."""
    lines = [{"product": "milk", "price": price}]
    told = ask(door, "calculate", {"shop": shop, "identifiers": [who], "lines": lines, "hint": True, **more})
    assert told.status_code == 200, told.content
    paid = ask(door, "commit", {"calculation": told.json()["calculation"], "number": number})
    assert paid.status_code == 200, paid.content
    journal.deliver()
    return told.json(), paid.json()


@pytest.mark.django_db(transaction=True)
def test_one_purse_and_one_ladder_in_the_shop_and_on_the_site(
    shop: Client, site: Client, anna: Profile, till: Till, oleg: Employee
) -> None:
    told, _paid = buy(shop, "lenina", CARD, "29000.00", "1")
    assert (told["tier"], told["hint"]["next_tier"], told["points"]["earned"]) == (None, None, "1450")

    told, online = buy(site, "site", PHONE, "2000.00", "W-1", channel="site", points="400")
    assert (told["points"]["balance"], told["total"]) == ("1450", "1500.00"), told
    assert told["hint"]["next_tier"] == {"code": "silver", "name": "Silver", "missing": "₽1,000.00"}

    told, _paid = buy(shop, "lenina", CARD, "1000.00", "2")
    assert (told["tier"], told["points"]["earned"]) == ({"code": "silver", "name": "Silver"}, "70")
    assert (told["points"]["balance"], told["total"]) == (str(1450 - 400 + 75), "1000.00")
    assert told["hint"]["next_tier"]["code"] == "gold"

    # What the site sold comes back over the counter; the site itself takes nothing back in the shop.
    back = {"number": "2-1", "lines": [{"line": 1, "quantity": "1"}], "shop": "lenina"}
    assert ask(site, f"receipts/{online['id']}/returns", back).status_code == 403
    returned = ask(shop, f"receipts/{online['id']}/returns", back).json()
    journal.deliver()
    assert (returned["refund"], returned["points_spent"], returned["points_earned"]) == (
        "1500.00",
        "-400",
        "-75",
    )
    told, _paid = buy(site, "site", PHONE, "200.00", "W-2", channel="site")
    assert (told["tier"]["code"], told["points"]["balance"]) == ("silver", str(1450 + 70))

    account = Account.objects.get(profile=anna)
    page = login(Client(), oleg).get(reverse("loyalty:account", args=[account.public_id])).content.decode()
    assert all(word in page for word in ("Silver", "Сайт", "На Ленина", "1,527"))
    assert ledger.open_units() == []


def test_merged_people_keep_the_higher_tier_and_rise_by_what_they_bought_together(
    shop: Client, anna: Profile, ann: Profile, ladder: list[Tier], programme: Programme
) -> None:
    silver, gold = ladder
    first = actions.open_accounts([anna.pk], programme.pk, by=SYSTEM, at=NOON)[anna.pk]
    second = actions.open_accounts([ann.pk], programme.pk, by=SYSTEM, at=NOON)[ann.pk]
    actions.put_in_tier(first.pk, silver.pk, by=SYSTEM, at=NOON)
    actions.put_in_tier(second.pk, gold.pk, by=SYSTEM, at=NOON)
    customers.merge(profile_id=anna.pk, other_id=ann.pk, rule="manual", by=SYSTEM, at=NOON)
    told = ask(
        shop,
        "calculate",
        {"shop": "lenina", "identifiers": [CARD], "lines": [{"product": "milk", "price": "100.00"}]},
    ).json()
    assert (told["tier"]["code"], told["points"]["earned"]) == ("gold", "10")


@pytest.mark.django_db(transaction=True)
def test_a_merge_is_enough_to_rise(shop: Client, anna: Profile, ann: Profile, ladder: list[Tier]) -> None:
    buy(shop, "lenina", CARD, "20000.00", "1")
    buy(shop, "lenina", {"kind": "phone", "value": "8 916 765-43-21"}, "11000.00", "2")
    assert not Account.objects.filter(tier__isnull=False).exists()
    customers.merge(profile_id=anna.pk, other_id=ann.pk, rule="manual", by=SYSTEM, at=clock.now())
    journal.deliver()
    assert set(Account.objects.values_list("tier__code", flat=True)) == {"silver"}
