"""A file of companies: each known by its INN and KPP or by the key of the other system, with its place in a holding."""

from collections.abc import Callable

import pytest

from prilavok.company.models import Shop
from prilavok.customers import actions as customers
from prilavok.customers import queries
from prilavok.customers.models import Address, Company, Contact, FieldChange, Identifier, Profile
from prilavok.customers.ports import NewCompany
from prilavok.exchange.models import Import
from prilavok.exchange.tests.conftest import Bring
from prilavok.exchange.wording import in_words
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import StoredEvent
from prilavok.relations import queries as relations
from prilavok.relations.problems import Circle
from tests.cast import NOON

Rejects = Callable[[Import], list[list[str]]]
HEADER = "Код контрагента;Наименование;ИНН;КПП;ОГРН;БИК;Расчетный счет;Телефон;Фактический адрес;Теги;ИНН головной\n"
SBER = "K-1;ПАО «Банк»;7707083893;773601001;1027700132195;044525225;40702810200000000001;+79161234567;;vip;\n"
BRANCH = "K-2;Филиал;7707083893;503601001;;;;;Москва, Ленина, 1;;7736050003\n"
GAZ = "K-3;ГАЗ;7736050003;;;;;;;;\n"


@pytest.fixture(autouse=True)
def _ground(shop_on_lenina: Shop) -> None: ...


def by_key(key: str) -> Profile:
    return Profile.objects.select_related("person").get(identifiers__kind="external", identifiers__value=key)


def balanced(one: Import) -> bool:
    counted = one.loaded + one.changed + one.unchanged + one.rejected
    return counted == one.rows and all(line["difference"] == 0 for line in one.reconciliation)


def test_companies_come_in_with_all_that_the_file_says(bring: Bring) -> None:
    one = bring("companies", HEADER + SBER + BRANCH + GAZ)

    assert (one.loaded, one.rejected) == (3, 0) and balanced(one)
    bank = by_key("K-1")
    details = Company.objects.get(person=bank.person_id)
    assert (bank.person.kind, bank.person.full_name) == ("company", "ПАО Банк")
    assert (details.inn, details.kpp, details.bic, details.form) == (
        "7707083893", "773601001", "044525225", "legal",
    )  # fmt: skip
    assert Contact.objects.get(profile=bank).value == "+79161234567"
    assert [tag.name for tag in queries.tags_of([bank.pk], SYSTEM)[bank.pk]] == ["vip"]
    branch = by_key("K-2")
    assert Address.objects.get(profile=branch).city == "Москва"
    assert relations.path_up(branch.pk) == [by_key("K-3").pk]
    assert not StoredEvent.objects.filter(live=True, customer_id__in=[bank.pk, branch.pk]).exists()


def test_the_same_file_again_changes_nothing(bring: Bring) -> None:
    bring("companies", HEADER + SBER + BRANCH + GAZ)
    before = StoredEvent.objects.count()

    again = bring("companies", HEADER + SBER + BRANCH + GAZ + GAZ)

    assert (again.loaded, again.changed, again.unchanged, again.rejected) == (0, 0, 4, 0)
    assert StoredEvent.objects.count() == before + 1  # that a file was imported


def test_what_the_file_says_now_holds_and_what_it_leaves_empty_stays(bring: Bring) -> None:
    bring("companies", HEADER + SBER)

    one = bring("companies", "ИНН;КПП;Наименование;Банк;ОГРН\n7707083893;773601001;Сбер;Свой банк;\n")

    assert (one.changed, one.rejected) == (1, 0)
    details = Company.objects.get()
    assert (details.bank, details.ogrn, by_key("K-1").person.full_name) == (
        "Свой банк", "1027700132195", "Сбер",
    )  # fmt: skip
    noted = FieldChange.objects.filter(profile=by_key("K-1"), rule="import")
    assert {"name", "bank"} <= set(noted.values_list("field", flat=True))


def test_one_side_may_lack_the_kpp_while_one_company_only_has_the_inn(bring: Bring, rejects: Rejects) -> None:
    bring("companies", "ИНН;Наименование\n7707083893;Банк\n")
    one = bring("companies", "id;ИНН;КПП;Наименование\nK-1;7707083893;773601001;Банк\n")
    assert (one.changed, Company.objects.get().kpp, Identifier.objects.get().value) == (1, "773601001", "K-1")

    bring("companies", HEADER + BRANCH.replace("7736050003", ""))
    several = bring("companies", "ИНН;Наименование\n7707083893;Банк\n")
    assert rejects(several)[0][-1] == in_words("several_companies", {})
    assert balanced(several)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (SBER.replace("7707083893", "7707083894"), "bad_inn"),
        (SBER.replace("773601001", "77360"), "bad_kpp"),
        (SBER.replace("1027700132195", "1027700132196"), "bad_ogrn"),
        (SBER.replace("40702810200000000001", "40702810300000000001"), "bad_account"),
        (SBER.replace("ПАО «Банк»", ""), "name_missing"),
        (SBER.replace("+79161234567", "12"), "bad_phone"),
        (BRANCH, "unknown_company"),
    ],
)
def test_a_bad_row_is_put_aside_with_its_reason(bring: Bring, rejects: Rejects, row: str, code: str) -> None:
    one = bring("companies", HEADER + row + GAZ.replace("7736050003", "5000000009").replace("5000000009", ""))

    assert (one.loaded, one.rejected) == (1, 1) and balanced(one)
    assert rejects(one)[0][-1] == in_words(code, {"value": "7736050003"})


def test_a_circle_is_refused_and_the_rest_of_the_holding_stands(bring: Bring, rejects: Rejects) -> None:
    one = bring(
        "companies",
        "id;Наименование;ИНН;ИНН головной\nA;А;7707083893;7736050003\nB;Б;7736050003;7707083893\n",
    )

    assert (one.loaded, one.rejected) == (1, 1) and balanced(one)
    assert rejects(one)[0][-1] == str(Circle())
    assert relations.path_up(by_key("A").pk) == [by_key("B").pk]


def test_a_person_is_no_company_and_the_other_way_round(bring: Bring, rejects: Rejects) -> None:
    bring("customers", "external_id,Фамилия\nA-1,Ковалёва\n")
    bring("companies", "id;Наименование;ИНН\nK-1;Банк;7707083893\n")

    company = bring("companies", "id;Наименование\nA-1;Банк\n")
    person = bring("customers", "external_id,Фамилия\nK-1,Ковалёва\n")

    for one in (company, person):
        assert rejects(one)[0][-1] == in_words("other_kind", {}) and balanced(one)


def test_a_file_takes_no_inn_of_another_company(bring: Bring, rejects: Rejects) -> None:
    bring("companies", HEADER + SBER + GAZ)

    one = bring("companies", HEADER + GAZ.replace("7736050003;;", "7707083893;773601001;"))

    assert (one.changed, one.rejected) == (0, 1) and balanced(one)


def test_an_erased_company_does_not_come_back(bring: Bring, rejects: Rejects) -> None:
    sole = customers.register_company(
        NewCompany(name="ИП Белов", form="sole", inn="500100732259"), by=SYSTEM, at=NOON
    )
    customers.erase(profile_id=sole.pk, by=SYSTEM, at=NOON)

    one = bring("companies", "Наименование;ИНН\nИП Белов;500100732259\n")

    assert rejects(one)[0][-1] == in_words("erased", {})


def test_own_fields_of_companies_come_with_the_file(bring: Bring) -> None:
    customers.add_own_field(
        name="Отрасль", code="branch", kind="text", for_people=False, for_companies=True, by=SYSTEM
    )
    bring("companies", "Наименование;ИНН;Отрасль\nБанк;7707083893;Финансы\n")

    assert Profile.objects.get(person__kind="company").own == {"branch": "Финансы"}
