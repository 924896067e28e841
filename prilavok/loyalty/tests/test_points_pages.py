"""Pages of programmes, tiers, cards and accounts, as the administrator, the operator and the cashier use them."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from prilavok.company import queries as company_queries
from prilavok.company.models import Employee
from prilavok.customers import queries as customer_queries
from prilavok.customers.models import Profile
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import actions as ledger
from prilavok.ledger.actions import Purse
from prilavok.ledger.moves import Grant
from prilavok.ledger.rules import Wallet
from prilavok.loyalty import actions, rules
from prilavok.loyalty.models import Account, Card, CardKind, Programme, Tier
from prilavok.loyalty.tests.till import put_up
from prilavok.loyalty.web.account_words import indicators
from prilavok.relations import actions as relations
from tests.cast import NOON, login

PROGRAMME = {
    "name": "Club",
    "code": "club",
    "pending_days": "14",
    "lifetime_days": "365",
    "grace_days": "14",
    "owes": "on",
    "point_value": "1",
    "point_step": "1",
    "points_share": "30",
    "block": "0",
    "part_of_point": "half_up",
    "rounding": "basket",
    "choosing": "best",
    "threshold": "before",
    "n_for_m": "all",
    "pairs": "each",
    "returns": "share",
}
TIER = {"name": "Silver", "code": "silver", "measure": "turnover", "entry": "30000", "days": "365"}
TIER |= {"held_days": "365", "kept": "", "grace_days": "0", "place": ""}


@pytest.fixture
def club(the_company: None) -> Programme:
    return actions.make_programme(code="club", name="Club", by=SYSTEM, at=NOON)


@pytest.fixture
def kind(club: Programme) -> CardKind:
    made = actions.make_card_kind(
        programme_id=club.pk, code="plastic", name="Plastic", prefix="29001", by=SYSTEM, at=NOON
    )
    actions.make_cards(made.pk, 2, by=SYSTEM, at=NOON)
    return made


@pytest.fixture
def silver(club: Programme) -> Tier:
    return actions.make_tier(
        programme_id=club.pk, code="silver", name="Silver", entry=Decimal(30_000), by=SYSTEM, at=NOON
    )


@pytest.fixture
def annas_card(anna: Profile, kind: CardKind) -> Card:
    return actions.issue_card(profile_id=anna.pk, number="2900100000017", by=SYSTEM, at=NOON)


@pytest.fixture
def annas(annas_card: Card, club: Programme) -> Account:
    """Anna's account with 150 points."""
    account = Account.objects.get(cards=annas_card)
    grant = Grant(
        cause=uuid4(),
        reason="points.earned",
        wallet=Wallet(rules.OWNER, account.pk, club.unit),
        amount=Decimal(150),
        source=Purse("programme", club.pk, "issued", club.unit, may_owe=True),
    )
    ledger.carry_out([grant], by=SYSTEM, at=NOON)
    return account


def page(client: Client, name: str, *args: object, **query: str) -> str:
    response = client.get(reverse(f"loyalty:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def post(client: Client, address: str, /, *args: object, **typed: str) -> int:
    return client.post(reverse(f"loyalty:{address}", args=args), typed).status_code


def test_ada_sets_up_a_programme_with_tiers_and_cards(client: Client, ada: Employee) -> None:
    login(client, ada)
    assert "Begin a programme" in page(client, "programmes")
    assert post(client, "programme_new", **PROGRAMME) == 302
    club = Programme.objects.get()
    assert club.policies == {"rounding": "basket", "part_of_point": "half_up", "points_share": "0.3"}
    assert "by basket, then spread over the lines" in page(client, "programme", club.public_id)
    assert 'value="30' in page(client, "programme_change", club.public_id)
    assert post(client, "programme_change", club.public_id, **PROGRAMME | {"name": "Family"}) == 302
    assert post(client, "programme_new", **PROGRAMME | {"code": "second"}) == 422

    assert post(client, "tier_new", club.public_id, **TIER) == 302
    assert post(client, "tier_new", club.public_id, **TIER) == 422
    tier = Tier.objects.get()
    assert post(client, "tier_change", tier.public_id, **TIER | {"entry": "40000"}) == 302
    assert "40,000" in page(client, "programme", club.public_id)

    shape = {"name": "Plastic", "code": "p", "prefix": "29", "length": "13", "check_digit": "ean13"}
    assert post(client, "card_kind_new", club.public_id, **shape) == 302
    kind = CardKind.objects.get()
    assert post(client, "card_kind", kind.public_id, **shape | {"length": "12"}) == 422
    post(client, "card_range", kind.public_id, count="3")
    post(client, "card_numbers", kind.public_id, numbers=kind.shape.number(9))
    assert Card.objects.count() == 4
    wrong = client.post(
        reverse("loyalty:card_numbers", args=[kind.public_id]), {"numbers": "2900000000096\nABC"}
    )
    assert wrong.status_code == 422
    shown = wrong.content.decode()
    assert "2900000000096\nABC</textarea>" in shown  # what was typed stays
    assert (
        f'action="{reverse("loyalty:card_kind", args=[kind.public_id])}"' in shown
    )  # beside the other forms
    assert 'value="40000"' in page(client, "tier_change", tier.public_id)
    assert "2900000000018" in page(
        client, "cards", q="2900000000018", kind=str(kind.public_id), state="stock"
    )

    post(client, "tier_removal", tier.public_id)
    assert "Tiers stand here" in page(client, "programme", club.public_id)
    post(client, "tier_restoration", tier.public_id)
    post(client, "programme_ending", club.public_id)
    assert "programme ended" in page(client, "programmes")


def test_a_tier_in_use_tells_what_to_do(client: Client, ada: Employee, annas: Account, silver: Tier) -> None:
    login(client, ada)
    post(client, "account_tier", annas.public_id, tier=str(silver.public_id))
    post(client, "tier_removal", silver.public_id)
    assert "Move them to another tier" in page(client, "tier", silver.public_id)
    post(client, "tier_moves", silver.public_id, tier="")
    annas.refresh_from_db()
    assert annas.tier is None


def test_oleg_issues_blocks_and_replaces_a_card(
    client: Client, oleg: Employee, anna: Profile, kind: CardKind
) -> None:
    login(client, oleg)
    assert "takes part in no programme" in page(client, "points_of_customer", anna.public_id)
    assert post(client, "card_issue", anna.public_id, number="2900100000017", kind=str(kind.pk)) == 302
    card = Card.objects.get(number="2900100000017")
    assert (card.state, card.account and card.account.profile_id) == ("active", anna.pk)
    assert "2900100000017" in page(client, "points_of_customer", anna.public_id)
    again = client.post(reverse("loyalty:card_issue", args=[anna.public_id]), {"number": "2900100000017"})
    assert (
        again.status_code == 422 and 'value="2900100000017"' in again.content.decode()
    )  # typed, and why not
    post(client, "card_block", card.public_id, reason="Lost on the bus")
    assert "Lost on the bus" in page(client, "card", card.public_id)
    post(client, "card_unblocking", card.public_id)
    post(client, "card_replacement", card.public_id, number="", reason="Broken")
    shown = page(client, "card", card.public_id)
    for part in ("2900100000031", "Replaced", "Broken", "Oleg"):
        assert part in shown
    story = client.get(reverse("customers:card", args=[anna.public_id])).content.decode()
    assert "Card replaced: 2900100000017" in story


def test_a_card_is_drawn_for_scanners(client: Client, klara: Employee, annas_card: Card) -> None:
    login(client, klara)
    for wanted in ({"as": "ean"}, {}):
        drawn = client.get(reverse("loyalty:card_picture", args=[annas_card.public_id]), wanted)
        assert drawn["Content-Type"] == "image/svg+xml"
        assert annas_card.number in drawn.content.decode()
        assert 'xmlns="http://www.w3.org/2000/svg"' in drawn.content.decode()


def test_the_account_tells_everything(
    client: Client, oleg: Employee, anna: Profile, annas: Account, silver: Tier
) -> None:
    login(client, oleg)
    shown = page(client, "account", annas.public_id)
    for part in ("150", "earned on a receipt", "2900100000017", "To “Silver”", "30,000"):
        assert part in shown
    assert "Ковалёва" in page(client, "accounts", q="Ковалёва")
    assert str(annas.public_id) in page(client, "accounts", q="2900100000017")
    assert str(annas.public_id) not in page(client, "accounts", tier=str(silver.public_id))
    figures = client.get(reverse("customers:indicators", args=[anna.public_id])).content.decode()
    assert "Available points" in figures


def test_the_cards_left_side_asks_once_more_at_most(oleg: Employee, anna: Profile, annas: Account) -> None:
    company_queries.currency()  # known for a second, however long the fixtures took
    with CaptureQueriesContext(connection) as asked:
        told = indicators({anna.pk: [anna.pk]}, SYSTEM)
    assert (len(asked), told[anna.pk][0].value) == (1, Decimal(150))


def test_a_household_opens_a_pool(client: Client, oleg: Employee, anna: Profile, club: Programme) -> None:
    home = relations.make_household(head_id=anna.pk, by=SYSTEM, at=NOON)
    login(client, oleg)
    address = reverse("loyalty:points_of_household", args=[home.public_id])
    assert address in client.get(reverse("relations:household", args=[home.public_id])).content.decode()
    assert "Open a pool" in client.get(address).content.decode()
    client.post(address, {"programme": str(club.public_id)})
    pool = Account.objects.get(household=home)
    assert str(pool.public_id) in client.get(address).content.decode()
    assert str(pool.public_id) in page(client, "points_of_customer", anna.public_id)


def test_accounts_and_cards_stand_in_the_archive(anna: Profile, annas: Account) -> None:
    sections = {section.key: section.rows for section in customer_queries.archive(anna.public_id, SYSTEM)}
    assert sections["cards"][0]["number"] == "2900100000017"
    assert sections["accounts"][0]["programme_name"] == "Club"


def test_a_tier_tells_who_came_and_left_and_what_it_gives(
    client: Client, ada: Employee, anna: Profile, annas: Account, silver: Tier
) -> None:
    now = clock.now()
    gold = actions.make_tier(
        programme_id=silver.programme_id, code="gold", name="Gold", entry=Decimal(90_000), by=SYSTEM, at=now
    )
    put_up("Ten for silver", give={"percent_off": 10}, who={"tiers": ["silver"]})
    actions.put_in_tier(annas.pk, silver.pk, by=SYSTEM, at=now)
    actions.put_in_tier(annas.pk, gold.pk, by=SYSTEM, at=now)
    login(client, ada)

    came = page(client, "tier", silver.public_id)
    assert "Ten for silver" in came and str(annas.public_id) in came and "1 came, 1 left" in came
    left = client.get(reverse("loyalty:tier", args=[silver.public_id]), {"show": "left"}).content.decode()
    assert left.index(str(annas.public_id)) < left.rindex("Gold")
    at = reverse("loyalty:tier", args=[gold.public_id])
    assert str(annas.public_id) not in client.get(at, {"show": "left"}).content.decode()
    assert str(annas.public_id) not in client.get(at, {"show": "soon"}).content.decode()
    Account.objects.filter(pk=annas.pk).update(tier_until=now + timedelta(10))
    assert str(annas.public_id) in client.get(at, {"show": "soon"}).content.decode()


def test_a_stranger_sees_no_account(
    client: Client, max_stranger: Employee, anna: Profile, annas: Account, annas_card: Card, silver: Tier
) -> None:
    login(client, max_stranger)
    addresses = [
        reverse("loyalty:programmes"),
        reverse("loyalty:cards"),
        reverse("loyalty:card", args=[annas_card.public_id]),
        reverse("loyalty:card_picture", args=[annas_card.public_id]),
        reverse("loyalty:accounts"),
        reverse("loyalty:account", args=[annas.public_id]),
        reverse("loyalty:points_of_customer", args=[anna.public_id]),
        reverse("loyalty:tier", args=[silver.public_id]),
    ]
    assert {client.get(address).status_code for address in addresses} == {403}
    assert post(client, "card_block", annas_card.public_id) == 403


def test_who_issues_cards_sets_up_nothing(
    client: Client, klara: Employee, silver: Tier, kind: CardKind
) -> None:
    login(client, klara)
    assert "Silver" in page(client, "programme", silver.programme.public_id)
    assert "Change" not in page(client, "tier", silver.public_id)
    assert client.get(reverse("loyalty:tier_change", args=[silver.public_id])).status_code == 403
    assert post(client, "card_range", kind.public_id, count="3") == 403
