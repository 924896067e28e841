"""Every value says where it comes from: who, when, before, after; and is corrected where it stands."""

from datetime import date, timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from prilavok.company.models import Employee
from prilavok.customers import actions, queries
from prilavok.customers.models import Contact, FieldChange, Profile
from prilavok.customers.ports import NewCompany, NewCustomer
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, actor, hire, login

HTMX = {"HX-Request": "true"}


def at(name: str, profile: Profile, *key: str) -> str:
    return reverse(f"customers:{name}", args=[profile.public_id, *key])


def told(profile: Profile, by: Employee) -> list[tuple[str, str, str, str, str]]:
    found = queries.history(queries.kin(profile.pk), actor(by))
    return [(one.field, one.before, one.after, one.rule, one.by) for one in found]


def test_a_value_is_corrected_where_it_stands_and_taken_back(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    form = login(client, oleg).get(at("value", anna, "birth_date"), headers=HTMX).content.decode()
    assert 'value="1987-03-08"' in form and "last_name" not in form
    answer = client.post(at("value", anna, "birth_date"), {"birth_date": "1988-03-09"}, headers=HTMX)

    assert answer.headers["HX-Retarget"] == "#card-who" and "1988" in answer.content.decode()
    assert told(anna, oleg) == [("birth_date", "1987-03-08", "1988-03-09", "operator", "Oleg")]
    client.post(at("undo", anna, next(iter(client.session["customers.undo"]))))
    assert Profile.objects.get(pk=anna.pk).person.birth_date == date(1987, 3, 8)
    assert told(anna, oleg)[0][1:3] == ("1988-03-09", "1987-03-08")


def test_what_is_wrong_stands_beside_the_field(client: Client, anna: Profile, oleg: Employee) -> None:
    answer = login(client, oleg).post(
        at("value", anna, "birth_date"), {"birth_date": "2199-01-01"}, headers=HTMX
    )
    assert answer.status_code == 422 and "Nobody was born on this day" in answer.content.decode()
    assert "HX-Retarget" not in answer.headers and not FieldChange.objects.exists()


def test_a_phone_is_corrected_added_and_both_are_taken_back(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    phone = Contact.objects.get(profile=anna, kind="phone")
    actions.verify_contact(contact_id=phone.pk, by=SYSTEM, at=NOON)
    key = f"contact-{phone.pk}"
    login(client, oleg).post(at("value", anna, key), {"value": "8 916 123-45-68"}, headers=HTMX)
    phone.refresh_from_db()
    assert (phone.value, phone.verified_at) == ("+79161234568", None)

    client.post(at("undo", anna, next(iter(client.session["customers.undo"]))))
    client.post(at("value", anna, "email"), {"value": "new@example.org"}, headers=HTMX)
    assert Contact.objects.filter(value="new@example.org").exists()
    client.post(at("undo", anna, next(iter(client.session["customers.undo"]))))
    assert told(anna, oleg)[0][:3] == ("email", "new@example.org", "")
    assert Contact.objects.get(profile=anna, kind="phone").value == "+79161234567"

    both = client.post(at("value", anna, "email"), {"value": "+7 903 111 22 33"}, headers=HTMX)
    assert both.status_code == 422  # a phone is no e-mail


def test_a_contact_that_is_there_is_not_made_twice(client: Client, anna: Profile, oleg: Employee) -> None:
    actions.add_contact(profile_id=anna.pk, value="+79030001122", by=SYSTEM, at=NOON)
    second = Contact.objects.get(value="+79030001122")
    answer = login(client, oleg).post(
        at("value", anna, f"contact-{second.pk}"), {"value": "89161234567"}, headers=HTMX
    )
    assert answer.status_code == 422 and "has this contact already" in answer.content.decode()


def test_why_by_a_value_tells_who_when_and_what_stood_before(
    client: Client, anna: Profile, oleg: Employee, olga: Employee
) -> None:
    page = login(client, olga).get(at("value_why", anna, "sex"), headers=HTMX).content.decode()
    assert "As registered" in page and "at the till" in page
    client.force_login(oleg)
    client.post(at("value", anna, "name"), {"last_name": "Петрова", "first_name": "Анна"}, headers=HTMX)
    page = client.get(at("value_why", anna, "name"), headers=HTMX).content.decode()
    assert "Ковалёва → Петрова" in page and "Oleg" in page and "by hand" in page
    whole = client.get(at("history", anna), {"field": "last_name"}).content.decode()
    assert "Петрова" in whole and "Петровна" not in whole


def test_whoever_may_not_see_contacts_sees_masks_in_the_history_too(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    actions.add_contact(profile_id=anna.pk, value="boss@example.org", preferred=True, by=actor(oleg), at=NOON)
    shown = login(client, hire("Alla", "analyst")).get(at("history", anna)).content.decode()
    assert "boss@example.org" not in shown and shown.count("b•••@e•••.org") == 2


def test_a_file_says_who_loaded_it_and_keeps_what_stood_there(anna: Profile, oleg: Employee) -> None:
    row = NewCustomer(external_id="anna", last_name="Орлова", email="orlova@example.org")
    with CaptureQueriesContext(connection) as asked:
        actions.load_customers([row], by=SYSTEM, at=NOON)
    assert sorted(told(anna, oleg)) == [
        ("email", "anna@example.org", "orlova@example.org", "import", ""),
        ("last_name", "Ковалёва", "Орлова", "import", ""),
    ]
    assert sum("customers_fieldchange" in (query["sql"] or "") for query in asked) == 1


def test_a_merge_and_its_undo_tell_what_is_shown_otherwise(anna: Profile, oleg: Employee) -> None:
    other = actions.register(
        NewCustomer(first_name="Аня", phone="+79160000001", birth_date=date(1999, 1, 1)), by=SYSTEM, at=NOON
    )
    nameless = actions.register(NewCustomer(last_name="К", phone="+79160000009"), by=SYSTEM, at=NOON)
    made = actions.merge(profile_id=nameless.pk, other_id=other.pk, by=SYSTEM, at=NOON)
    actions.undo_merge(merge_id=made.pk, by=SYSTEM, at=NOON + timedelta(hours=1))

    rows = FieldChange.objects.filter(profile=nameless, field="first_name").order_by("id")
    assert [(one.before, one.after, one.rule) for one in rows] == [
        ("", "Аня", "merge"),
        ("Аня", "", "unmerge"),
    ]


def test_a_block_stands_in_the_history_with_its_reason(client: Client, anna: Profile, oleg: Employee) -> None:
    actions.change_status(profile_id=anna.pk, status="blocked", reason="Шумит", by=actor(oleg), at=NOON)
    page = login(client, oleg).get(at("history", anna)).content.decode()
    assert "Active" in page and "Blocked" in page and "Шумит" in page


def test_erasing_forgets_what_stood_there(client: Client, anna: Profile, oleg: Employee) -> None:
    actions.change_person(profile_id=anna.pk, last_name="Орлова", by=actor(oleg), at=NOON)
    actions.erase(profile_id=anna.pk, by=SYSTEM, at=NOON)
    assert not FieldChange.objects.exists()


def test_history_and_values_are_not_for_everybody(
    client: Client, anna: Profile, max_stranger: Employee
) -> None:
    login(client, max_stranger)
    for address in (
        at("history", anna),
        at("value_why", anna, "sex"),
        at("value", anna, "sex"),
        at("who", anna),
    ):
        assert client.get(address).status_code == 403
    login(client, hire("Alla", "analyst"))
    assert client.post(at("value", anna, "sex"), {"sex": "m"}).status_code == 403
    assert client.get(at("value_why", anna, "shoes")).status_code == 404


def test_a_company_is_renamed_on_its_card(client: Client, the_company: None, oleg: Employee) -> None:
    daisy = actions.register_company(NewCompany(name="Ромашка"), by=SYSTEM, at=NOON)
    login(client, oleg).post(at("value", daisy, "name"), {"name": "Василёк"}, headers=HTMX)
    assert told(daisy, oleg) == [("name", "Ромашка", "Василёк", "operator", "Oleg")]
    assert client.get(at("value", daisy, "sex")).status_code == 404
