from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from prilavok.company.models import Employee, Shop
from prilavok.customers import actions, queries
from prilavok.customers.models import Consent, Profile
from prilavok.customers.ports import NewConsent, NewCustomer
from prilavok.facts import client
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.kernel.models import StoredEvent
from tests.cast import NOON, actor


def test_anna_is_found_by_her_card_and_her_own_id(anna: Profile) -> None:
    assert queries.profile_ids_by_identifier("card", ["2900000012345"]) == {"2900000012345": anna.pk}
    assert queries.profile_ids_by_identifier("external", ["anna", "nobody"]) == {"anna": anna.pk}
    assert queries.profile_ids_by_identifier("phone", ["+79161234567"]) == {"+79161234567": anna.pk}


def test_registration_is_told_without_personal_data(anna: Profile) -> None:
    told = StoredEvent.objects.get(customer_id=anna.pk)

    assert told.type == "customers.CustomerRegistered"
    assert told.body["consents"] == ["email"]
    assert "Анна" not in str(told.body)


def test_the_same_list_again_changes_nothing(shop_on_lenina: Shop) -> None:
    rows = [
        NewCustomer(
            external_id=str(n), first_name=f"N{n}", phone=f"+7916000{n:04}", shop_id=shop_on_lenina.pk
        )
        for n in range(120)
    ]
    first = actions.register_many(rows, by=SYSTEM, at=NOON)
    again = actions.load_customers(rows, by=SYSTEM, at=NOON)

    assert len(set(first.values())) == 120
    assert (again.created, again.known, again.rejects) == (0, 120, [])
    assert again.profile_ids == list(first.values())
    assert not StoredEvent.objects.filter(live=True, type="customers.CustomerRegistered").exists()


def test_rows_of_one_customer_in_one_list_make_one_customer(the_company: None) -> None:
    rows = [NewCustomer(cards=("77",), first_name="Пётр"), NewCustomer(cards=("77",), first_name="Петр")]
    loaded = actions.load_customers(rows, by=SYSTEM, at=NOON)

    assert loaded.created == 1
    assert loaded.profile_ids[0] == loaded.profile_ids[1]


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        (NewCustomer(), "last_name", "nobody_named"),
        (NewCustomer(phone="12"), "phone", "bad_phone"),
        (NewCustomer(email="anna@"), "email", "bad_email"),
        (NewCustomer(cards=("№5!",)), "cards", "bad_card"),
        (NewCustomer(first_name="Анна", birth_date=date(2199, 1, 1)), "birth_date", "bad_birth_date"),
        (NewCustomer(first_name="Анна", sex="?"), "sex", "unknown_sex"),
        (
            NewCustomer(first_name="Анна", consents=(NewConsent(channel="fax"),)),
            "consents",
            "unknown_channel",
        ),
    ],
)
def test_a_wrong_row_is_rejected_with_its_field_and_reason(
    row: NewCustomer, field: str, code: str, the_company: None
) -> None:
    loaded = actions.load_customers([NewCustomer(first_name="Добрый"), row], by=SYSTEM, at=NOON)

    assert loaded.created == 1
    assert [(r.index, r.field, r.code) for r in loaded.rejects] == [(1, field, code)]


def test_a_card_of_one_and_the_id_of_another_contradict(anna: Profile) -> None:
    actions.register(NewCustomer(external_id="boris", first_name="Борис"), by=SYSTEM, at=NOON)
    row = NewCustomer(external_id="boris", cards=("2900000012345",))

    assert actions.load_customers([row], by=SYSTEM, at=NOON).rejects[0].code == "identifier_taken"
    with pytest.raises(actions.IdentifierTaken):
        actions.register(NewCustomer(first_name="Вор", cards=("2900000012345",)), by=SYSTEM, at=NOON)


def test_consents_keep_when_and_where_they_were_given(shop_on_lenina: Shop) -> None:
    then = datetime(2025, 5, 5, tzinfo=UTC)
    consent = NewConsent(channel="email", at=then, source="questionnaire", text_version="7")
    actions.register(
        NewCustomer(first_name="Ян", email="ян@пример.рф", consents=(consent,)), by=SYSTEM, at=NOON
    )

    line = Consent.objects.get()
    assert (line.at, line.source, line.text_version, line.given) == (then, "questionnaire", "7", True)


def test_klara_may_register_one_and_not_load_many(klara: Employee) -> None:
    actions.register(NewCustomer(first_name="Анна"), by=actor(klara), at=NOON)
    with pytest.raises(Refused):
        actions.load_customers([NewCustomer(first_name="Анна")], by=actor(klara), at=NOON)


def test_a_stranger_may_not_register(max_stranger: Employee) -> None:
    with pytest.raises(Refused):
        actions.register(NewCustomer(first_name="Анна"), by=actor(max_stranger), at=NOON)


@pytest.mark.django_db(transaction=True)
def test_two_tills_with_one_card_register_one_customer(the_company: None) -> None:
    """Both look, both find nobody, both write: the database lets one of them through."""

    def register(name: str) -> str:
        try:
            actions.register(NewCustomer(first_name=name, cards=("55",)), by=SYSTEM, at=NOON)
            return "registered"
        except actions.IdentifierTaken:
            return "taken"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as tills:
        answers = list(tills.map(register, ["Анна", "Борис", "Вера", "Глеб"]))

    assert sorted(answers) == ["registered", "taken", "taken", "taken"]
    assert queries.profile_ids_by_identifier("card", ["55"]).keys() == {"55"}
    assert Profile.objects.count() == 1


def test_who_registered_long_ago_stops_no_facts(facts: None, the_company: None) -> None:
    years = (1, 1900, 1950, 1970, 1972, 2026)
    old = [
        NewCustomer(external_id=str(year), registered_at=datetime(year, 1, 2, tzinfo=UTC)) for year in years
    ]
    actions.load_customers(old, by=SYSTEM, at=NOON)
    journal.deliver()
    told = client.column("SELECT toYear(registered_at) FROM profiles FINAL ORDER BY profile_id")
    assert told == [1900, *years[1:]]
