"""Two records turn out to be one person, or not to be: nothing is lost either way."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation

from prilavok.customers import actions, queries
from prilavok.customers.models import Consent, Contact, Identifier, Kin, Merge, Person, Profile
from prilavok.customers.ports import NewConsent, NewCustomer
from prilavok.kernel.actors import SYSTEM, Refused
from tests.cast import NOON, actor, login

HOUR = timedelta(hours=1)


def known(external_id: str = "", **values: Any) -> Profile:
    return actions.register(NewCustomer(external_id=external_id, **values), by=SYSTEM, at=NOON)


@pytest.fixture
def anna(the_company: None) -> Profile:
    return known("anna", first_name="Анна", last_name="Ковалёва", cards=("2900000012345",))


@pytest.fixture
def anya(the_company: None) -> Profile:
    return known(
        "anya",
        first_name="Аня",
        birth_date=date(1990, 5, 1),
        email="anya@example.org",
        phone="+79161234567",
        consents=(NewConsent(channel="email", source="site"),),
    )


@pytest.fixture
def vera(the_company: None) -> Profile:
    return known("vera", first_name="Вера", middle_name="Петровна", sex="f", birth_date=date(1985, 1, 1))


def merge(into: Profile, other: Profile, *, hours: int = 1, **more: Any) -> Merge:
    return actions.merge(profile_id=into.pk, other_id=other.pk, by=SYSTEM, at=NOON + hours * HOUR, **more)


def shown(profile: Profile) -> dict[str, object]:
    person = queries.get(profile.public_id, SYSTEM).person
    return {name: getattr(person, name) for name in ("last_name", "first_name", "birth_date")}


def test_the_survivor_shows_what_it_knew_and_what_it_lacked(anna: Profile, anya: Profile) -> None:
    merge(anna, anya)

    assert shown(anna) == {"last_name": "Ковалёва", "first_name": "Анна", "birth_date": date(1990, 5, 1)}


def test_the_old_id_answers_for_ever(anna: Profile, anya: Profile) -> None:
    merge(anna, anya)

    assert queries.get(anya.public_id, SYSTEM) == anna
    assert queries.sheet(anya.public_id, SYSTEM).profile == anna
    assert {one.value for one in queries.sheet(anya.public_id, SYSTEM).identifiers} == {
        "anna",
        "anya",
        "2900000012345",
    }


def test_one_person_stands_once_in_the_list_and_is_found_by_whatever_either_had(
    anna: Profile, anya: Profile
) -> None:
    merge(anna, anya)

    assert list(queries.listed(SYSTEM)) == [anna]
    for text in ("Ковалёва", "+7 916 123-45-67", "anya@", "2900000012345"):
        assert list(queries.listed(SYSTEM, text)) == [anna], text
    line = queries.lines(queries.listed(SYSTEM), SYSTEM)[0]
    assert (line.email, line.card, line.reachable) == ("anya@example.org", "2900000012345", True)
    assert list(queries.listed(SYSTEM, wanted={"reach": "email"})) == [anna]


def test_a_merged_customer_may_be_written_to_by_what_either_agreed_to(anna: Profile, anya: Profile) -> None:
    assert queries.why_unreachable([anna.pk], "email") == {anna.pk: "no_address"}
    merge(anna, anya)

    assert queries.why_unreachable([anna.pk, anya.pk], "email")[anna.pk] is None
    assert queries.addresses([anna.pk], "email") == {anna.pk: "anya@example.org"}
    actions.withdraw_consent(
        profile_id=anya.pk, channel="email", source="unsubscribe", by=SYSTEM, at=NOON + 2 * HOUR
    )
    assert queries.why_unreachable([anna.pk], "email") == {anna.pk: "withdrawn"}


def test_an_undo_gives_everything_back(anna: Profile, anya: Profile) -> None:
    before = rows()
    made = merge(anna, anya)
    actions.undo_merge(merge_id=made.pk, by=SYSTEM, at=NOON + 2 * HOUR)

    assert rows() == before
    assert shown(anna)["birth_date"] is None
    assert shown(anya) == {"last_name": "", "first_name": "Аня", "birth_date": date(1990, 5, 1)}
    assert queries.why_unreachable([anna.pk, anya.pk], "email") == {anna.pk: "no_address", anya.pk: None}
    assert not Kin.objects.exists()


def test_what_was_corrected_meanwhile_stays(anna: Profile, anya: Profile) -> None:
    made = merge(anna, anya, modes={"first_name": "take"})
    assert shown(anna)["first_name"] == "Аня"
    actions.change_person(profile_id=anya.pk, first_name="Анастасия", by=SYSTEM, at=NOON + 2 * HOUR)
    assert shown(anna)["first_name"] == "Анастасия"
    actions.undo_merge(merge_id=made.pk, by=SYSTEM, at=NOON + 3 * HOUR)

    assert shown(anna)["first_name"] == "Анастасия"
    assert shown(anya)["first_name"] == "Аня"


def test_an_earlier_merge_is_undone_under_a_later_one(anna: Profile, anya: Profile, vera: Profile) -> None:
    first = merge(anna, anya, hours=1)
    merge(vera, anna, hours=2, modes={"birth_date": "take"})
    assert shown(vera) == {"last_name": "Ковалёва", "first_name": "Вера", "birth_date": date(1990, 5, 1)}
    actions.undo_merge(merge_id=first.pk, by=SYSTEM, at=NOON + 3 * HOUR)

    assert shown(vera) == {"last_name": "Ковалёва", "first_name": "Вера", "birth_date": date(1985, 1, 1)}
    assert queries.kin(anna.pk) == sorted([anna.pk, vera.pk])
    assert queries.kin(anya.pk) == [anya.pk]
    assert queries.get(anna.public_id, SYSTEM) == vera


def test_a_file_corrects_the_person_behind_a_merged_record(anna: Profile, anya: Profile) -> None:
    made = merge(anna, anya)
    actions.load_customers(
        [NewCustomer(external_id="anya", middle_name="Ивановна")], by=SYSTEM, at=NOON + 2 * HOUR
    )
    assert queries.get(anna.public_id, SYSTEM).person.middle_name == "Ивановна"
    actions.undo_merge(merge_id=made.pk, by=SYSTEM, at=NOON + 3 * HOUR)

    assert queries.get(anna.public_id, SYSTEM).person.middle_name == "Ивановна"


def test_the_known_customer_wins_over_the_anonymous_one(anna: Profile) -> None:
    visitor = actions.register(NewCustomer(email="visitor@example.org"), by=SYSTEM, at=NOON)
    merge(visitor, anna)

    assert queries.get(visitor.public_id, SYSTEM) == anna


def test_who_is_one_already_is_not_merged_again(anna: Profile, anya: Profile) -> None:
    merge(anna, anya)
    with pytest.raises(actions.AlreadyOne):
        merge(anya, anna)
    with pytest.raises(actions.AlreadyOne):
        merge(anna, anna)


def test_an_undone_merge_is_not_undone_again(anna: Profile, anya: Profile) -> None:
    made = merge(anna, anya)
    actions.undo_merge(merge_id=made.pk, by=SYSTEM, at=NOON)
    with pytest.raises(actions.AlreadyUndone):
        actions.undo_merge(merge_id=made.pk, by=SYSTEM, at=NOON)
    merge(anna, anya)  # but they may be merged again


def test_a_company_is_not_merged_into_a_person(anna: Profile, anya: Profile) -> None:
    Person.objects.filter(pk=anya.person_id).update(kind=Person.Kind.COMPANY)
    with pytest.raises(actions.NotOfOneKind):
        merge(anna, anya)


def test_fields_and_ways_that_there_are_not_are_refused(anna: Profile, anya: Profile) -> None:
    with pytest.raises(actions.UnknownMode):
        merge(anna, anya, modes={"first_name": "guess"})
    with pytest.raises(actions.UnknownMode):
        merge(anna, anya, modes={"salary": "take"})


def test_merging_is_a_right_of_its_own(anna: Profile, anya: Profile, oleg, marina) -> None:
    made = merge(anna, anya)
    for stranger in (oleg, marina):
        with pytest.raises(Refused):
            actions.undo_merge(merge_id=made.pk, by=actor(stranger), at=NOON)


def rows() -> dict[str, list[tuple[object, ...]]]:
    """Whose is what, row by row: no merge and no undo may change a line of it."""
    found: dict[str, list[tuple[object, ...]]] = {}
    with connection.cursor() as cursor:
        for model in (Contact, Identifier, Consent, Profile):
            table = model._meta.db_table
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            found[table] = cursor.fetchall()
    return found


def test_ids_that_nobody_has_are_nobody(the_company: None) -> None:
    with pytest.raises(Profile.DoesNotExist):
        queries.get(uuid4(), SYSTEM)


def test_a_phone_that_both_records_have_tells_the_one_person(anna: Profile, anya: Profile) -> None:
    actions.add_contact(profile_id=anna.pk, value="+79161234567", by=SYSTEM, at=NOON)
    assert queries.profile_ids_by_contact("phone", ["+79161234567"]) == {}
    merge(anna, anya)

    assert queries.profile_ids_by_contact("phone", ["+79161234567"]) == {"+79161234567": anna.pk}


def test_before_a_merge_it_is_shown_what_belongs_to_whom(anna: Profile, anya: Profile) -> None:
    preview = queries.preview(anna.pk, anya.pk, SYSTEM)

    with translation.override("en"):
        names = {str(label) for label, _count in preview.left.belongings}
    assert names >= {"Receipts", "Coupons", "Messages", "Tasks", "Relations"}
    assert all(count == 0 for _label, count in preview.left.belongings)


def test_a_contact_of_both_records_is_one_on_the_card(ada, client: Client, the_company: None) -> None:
    told: dict[str, Any] = {"phone": "+79161234567", "email": "anna@example.org"}
    anna = actions.register(NewCustomer(first_name="Анна", **told), by=SYSTEM, at=NOON)
    anya = actions.register(NewCustomer(first_name="Аня", **told), by=SYSTEM, at=NOON)
    hers = Contact.objects.get(profile=anya, kind="email").pk
    actions.verify_contact(contact_id=hers, by=SYSTEM, at=NOON)
    made = actions.merge(profile_id=anna.pk, other_id=anya.pk, by=SYSTEM, at=NOON)

    shown = queries.sheet(anna.public_id, SYSTEM).contacts
    assert sorted(one.kind for one in shown) == ["email", "phone"]
    assert all(one.verified_at for one in shown if one.kind == "email")
    bounced: dict[str, Any] = {"channel": "email", "value": "anna@example.org", "reason": "no such box"}
    assert actions.fail_contact(profile_id=anna.pk, by=SYSTEM, at=NOON, **bounced)
    assert queries.contacts_of([anna.pk], SYSTEM)[anna.pk][-1].failed_at  # in neither record does it work

    login(client, ada)
    phone = next(one.id for one in shown if one.kind == "phone")
    removed = reverse("customers:removals", args=[anna.public_id])
    client.post(removed, {"contact": phone})
    assert not Contact.objects.filter(kind="phone").exists()
    (undo,) = client.session["customers.undo"]
    client.post(reverse("customers:undo", args=[anna.public_id, undo]))
    actions.undo_merge(merge_id=made.pk, by=SYSTEM, at=NOON)
    assert {one.profile_id for one in Contact.objects.filter(kind="phone")} == {anna.pk, anya.pk}
