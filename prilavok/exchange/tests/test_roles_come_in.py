"""Who else is in an order besides its buyer, named in a file by whatever they are known by."""

from collections.abc import Callable

import pytest

from prilavok.company.models import Shop
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCompany, NewCustomer
from prilavok.exchange.models import Import
from prilavok.exchange.tests.conftest import Bring
from prilavok.exchange.wording import in_words
from prilavok.kernel.actors import SYSTEM
from prilavok.orders.models import Receipt, ReceiptRole
from tests.cast import NOON

Rejects = Callable[[Import], list[list[str]]]
HEADER = "receipt,shop,paid_at,card,Покупатель,Плательщик,Получатель,beneficiary,product,revenue\n"


@pytest.fixture(autouse=True)
def _ground(goods: None, shop_on_lenina: Shop) -> None: ...


@pytest.fixture
def petya(the_company: None) -> Profile:
    new = NewCustomer(external_id="petya", first_name="Петя", phone="+79161234599", cards=("77001",))
    return customers.register(new, by=SYSTEM, at=NOON)


@pytest.fixture
def bank(the_company: None) -> Profile:
    return customers.register_company(NewCompany(name="Банк", inn="7707083893"), by=SYSTEM, at=NOON)


def receipt(*, card: str = "", buyer: str = "", payer: str = "", to: str = "", whose: str = "") -> str:
    start = f"S-1,lenina,2026-03-01 10:00:00,{card},{buyer},{payer},{to},{whose},"
    return HEADER + start + "P1,3.50\n" + start + "P2,1.00\n"


def test_roles_are_named_by_key_phone_inn_and_number(
    bring: Bring, petya: Profile, bank: Profile, anna: Profile
) -> None:
    text = receipt(
        buyer=str(anna.public_id), payer="7707083893", to="8 916 123-45-99", whose="external:petya"
    )
    one = bring("receipts", text)

    assert (one.loaded, one.rejected) == (1, 0)
    assert Receipt.objects.get().profile_id == anna.pk
    told = dict(ReceiptRole.objects.values_list("role", "profile"))
    assert told == {"payer": bank.pk, "recipient": petya.pk, "beneficiary": petya.pk}
    assert bring("receipts", text).unchanged == 1


def test_a_role_of_nobody_known_spoils_the_receipt(bring: Bring, rejects: Rejects) -> None:
    one = bring("receipts", receipt(payer="nobody-1"))

    assert (one.loaded, one.rejected) == (0, 2)
    assert rejects(one)[0][-2:] == ["Плательщик", in_words("unknown_customer", {"value": "nobody-1"})]


def test_what_several_are_known_by_asks_for_its_kind(bring: Bring, rejects: Rejects, petya: Profile) -> None:
    customers.register(NewCustomer(external_id="77001", first_name="Вера"), by=SYSTEM, at=NOON)

    one = bring("receipts", receipt(payer="77001"))
    assert rejects(one)[0][-1] == in_words("several_customers", {"value": "77001"})
    assert bring("receipts", receipt(payer="card: 77001")).loaded == 1
    assert ReceiptRole.objects.get().profile_id == petya.pk


def test_the_card_and_the_buyer_mean_one_person(
    bring: Bring, rejects: Rejects, petya: Profile, bank: Profile
) -> None:
    other = bring("receipts", receipt(card="77001", buyer="7707083893"))
    assert rejects(other)[0][-1] == in_words("other_buyer", {"value": "7707083893"})
    assert bring("receipts", receipt(card="77001", buyer="petya")).loaded == 1
