"""A file of customers brought again: what it says now holds, what it leaves empty stays, nothing is doubled."""

import pytest

from prilavok.company.models import Shop
from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.customers.models import Consent, Contact, Identifier, Person, Profile
from prilavok.customers.ports import NewCustomer
from prilavok.exchange.tests.conftest import Bring
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import StoredEvent
from tests.cast import NOON

HEADER = "external_id,card,last_name,first_name,birth_date,email,phone,consent_email\n"
ANNA = "A-1,2900000000010,Ковалёва,Анна,1990-05-06,anna@example.org,+79161234567,да\n"
BORIS = "B-1,2900000000020,Белов,Борис,,boris@example.org,,нет\n"


@pytest.fixture(autouse=True)
def _ground(shop_on_lenina: Shop) -> None: ...


def by_key(key: str) -> Profile:
    return Profile.objects.select_related("person").get(identifiers__kind="external", identifiers__value=key)


def test_the_same_file_again_changes_nothing(bring: Bring) -> None:
    bring("customers", HEADER + ANNA + BORIS)
    before = StoredEvent.objects.filter(type__startswith="customers.").count()

    again = bring("customers", HEADER + ANNA + BORIS)

    assert (again.loaded, again.changed, again.unchanged, again.rejected) == (0, 0, 2, 0)
    assert (Person.objects.count(), Contact.objects.count(), Consent.objects.count()) == (2, 3, 2)
    assert StoredEvent.objects.filter(type__startswith="customers.").count() == before


def test_what_the_file_says_holds_and_what_it_leaves_empty_stays(bring: Bring) -> None:
    bring("customers", HEADER + ANNA + BORIS)

    again = bring("customers", HEADER + "A-1,,Орлова,,,anna@new.example.org,,\n" + BORIS)

    assert (again.loaded, again.changed, again.unchanged, again.rejected) == (0, 1, 1, 0)
    anna = by_key("A-1")
    assert (anna.person.last_name, anna.person.first_name, str(anna.person.birth_date)) == (
        "Орлова", "Анна", "1990-05-06",
    )  # fmt: skip
    assert set(anna.contacts.values_list("value", flat=True)) == {"anna@new.example.org", "+79161234567"}
    told = StoredEvent.objects.get(type="customers.CustomerChanged", customer_id=anna.pk)
    assert (told.body["fields"], told.live) == (["last_name", "email"], False)
    assert all(line["difference"] == 0 for line in again.reconciliation)


def test_a_verified_address_stays_beside_the_new_one(bring: Bring) -> None:
    bring("customers", HEADER + ANNA)
    Contact.objects.filter(value="anna@example.org").update(verified_at=Profile.objects.get().registered_at)

    bring("customers", HEADER + ANNA.replace("anna@example.org", "anna@new.example.org"))

    emails = Contact.objects.filter(kind="email").order_by("id").values_list("value", flat=True)
    assert list(emails) == ["anna@example.org", "anna@new.example.org"]


def test_a_consent_that_changes_is_one_more_line(bring: Bring) -> None:
    bring("customers", HEADER + ANNA)

    bring("customers", HEADER + ANNA.replace(",да", ",нет"))
    bring("customers", HEADER + ANNA.replace(",да", ",нет"))
    bring("customers", HEADER + ANNA.replace(",да", ","))

    assert list(Consent.objects.order_by("id").values_list("given", flat=True)) == [True, False]
    assert StoredEvent.objects.filter(type="customers.ConsentWithdrawn").count() == 1


def test_a_new_card_is_added_and_somebody_elses_refused(bring: Bring) -> None:
    sure = {"options": {"verified": "card"}}
    bring("customers", HEADER + ANNA + BORIS, **sure)

    one = bring("customers", HEADER + ANNA.replace("2900000000010", "2900000000011"), **sure)
    other = bring("customers", HEADER + ANNA.replace("2900000000010", "2900000000020"), **sure)

    assert (one.changed, other.rejected) == (1, 1)
    cards = Identifier.objects.filter(kind="card", profile=by_key("A-1")).order_by("value")
    assert [card.value for card in cards] == ["2900000000010", "2900000000011"]


def test_a_column_fills_an_own_field_and_a_bad_cell_tells_why(bring: Bring) -> None:
    customers.add_own_field(
        name="Семейное положение", code="marital", kind="choice", options=["Замужем"], by=SYSTEM
    )
    customers.add_own_field(name="Рост", code="height", kind="number", low="50", by=SYSTEM)
    done = bring(
        "customers",
        "external_id,Фамилия,Семейное положение,height\nA-1,Ковалёва,замужем,168\n"
        "B-1,Белов,может быть,\nC-1,Орлов,,20\n",
    )
    assert (done.loaded, done.rejected) == (1, 2)
    assert by_key("A-1").own == {"marital": "Замужем", "height": "168"}
    again = bring("customers", "external_id,Рост\nA-1,170\n")
    assert (again.changed, by_key("A-1").own) == (1, {"marital": "Замужем", "height": "170"})


def test_a_column_brings_consents_to_a_purpose(bring: Bring) -> None:
    customers.make_purpose(code="partners", name_ru="Предложения партнёров", by_channel=True, by=SYSTEM)
    header = "external_id,email,consent.processing,consent.partners.sms\n"

    first = bring("customers", header + "A-1,anna@example.org,да,да\nB-1,,может быть,\n")
    again = bring("customers", header + "A-1,anna@example.org,да,нет\n")

    assert (first.loaded, first.rejected, again.changed) == (1, 1, 1)
    assert list(Consent.objects.order_by("id").values_list("purpose", "channel", "given")) == [
        ("processing", "", True),
        ("partners", "sms", True),
        ("partners", "sms", False),
    ]


def test_a_file_gives_no_consent_back_that_the_customer_withdrew(bring: Bring) -> None:
    bring("customers", HEADER + ANNA)
    twin = customers.register(NewCustomer(first_name="Анна", cards=("2900000000099",)), by=SYSTEM, at=NOON)
    customers.merge(profile_id=by_key("A-1").pk, other_id=twin.pk, by=SYSTEM, at=NOON)
    for of in (by_key("A-1").pk, twin.pk):  # said to either record, it is the person's
        customers.withdraw_consent(profile_id=of, channel="email", source="letter:page", by=SYSTEM, at=NOON)

        again = bring("customers", HEADER + ANNA)

        assert [note["code"] for note in again.notes] == ["claimed", "held_back"]
        assert customer_queries.why_unreachable([twin.pk], "email") == {twin.pk: "withdrawn"}
        customers.give_consent(profile_id=twin.pk, channel="email", source="till", by=SYSTEM, at=NOON)

    bring("customers", HEADER + ANNA.replace(",да", ",нет"))
    bring("customers", HEADER + ANNA)
    assert customer_queries.why_unreachable([twin.pk], "email") == {
        twin.pk: None
    }  # what a list took it gives back
