"""Addresses, dates, alerts and notes: on the card, by the API, in the search for duplicates, gone with the erased."""

import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from prilavok.company.models import Employee
from prilavok.customers import actions, queries
from prilavok.customers.actions import addresses, dates, notes
from prilavok.customers.actions.looking import _records
from prilavok.customers.actions.problems import EmptyAddress
from prilavok.customers.models import Address, Alert, Note, PersonalDate, Profile
from prilavok.customers.ports import NewCustomer
from prilavok.customers.queries.postal import days_of
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, actor, hire, login

HTMX = {"HX-Request": "true"}


def at(name: str, profile: Profile, *more: object) -> str:
    return reverse(f"customers:{name}", args=[profile.public_id, *more])


def undo(client: Client, profile: Profile) -> None:
    client.post(at("undo", profile, list(client.session["customers.undo"])[-1]))


def test_an_address_in_one_line_is_taken_apart_corrected_removed_and_brought_back(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    line = "125009, г. Москва, Тверская улица, дом 4 корп. 2, кв. 12"
    login(client, oleg).post(at("addresses", anna), {"kind": "home", "line": line}, headers=HTMX)
    home = Address.objects.get()
    assert home.line == "125009, Москва, ул. Тверская, д. 4к2, кв. 12"

    typed = {
        "kind": "delivery",
        "city": "Москва",
        "street": "Арбат ул.",
        "house": "1",
        "flat": "",
        "rest": "",
    }
    client.post(at("address", anna, home.public_id), typed, headers=HTMX)
    home.refresh_from_db()
    assert (home.kind, home.line) == ("delivery", "Москва, ул. Арбат, д. 1")
    undo(client, anna)
    home.refresh_from_db()
    assert (home.kind, home.flat) == ("home", "12")

    client.post(at("remove_address", anna, home.public_id), headers=HTMX)
    assert not Address.objects.exists()
    undo(client, anna)
    assert Address.objects.get().line == "125009, Москва, ул. Тверская, д. 4к2, кв. 12"
    told = queries.history([anna.pk], actor(oleg), fields=["postal_address"])
    assert len(told) == 5 and all(one.by == "Oleg" for one in told)


def test_an_address_of_nothing_is_refused_and_the_same_one_is_one(anna: Profile) -> None:
    for _again in range(2):
        addresses.add_address(profile_id=anna.pk, line="г Пермь, ул Мира 1", by=SYSTEM, at=NOON)
    assert Address.objects.count() == 1
    with pytest.raises(EmptyAddress):
        addresses.add_address(profile_id=anna.pk, line=" ,, ", by=SYSTEM, at=NOON)


def test_whoever_may_not_see_contacts_sees_no_address(client: Client, anna: Profile) -> None:
    addresses.add_address(profile_id=anna.pk, line="г. Пермь, ул. Мира, 1", by=SYSTEM, at=NOON)
    page = login(client, hire("Alla", "analyst")).get(at("addresses", anna)).content.decode()
    assert "Пермь" not in page and "one needs the right" in page
    assert client.get(f"/api/v1/customers/{anna.public_id}/addresses").json() == []
    assert not queries.history([anna.pk], actor(hire("Anton", "analyst")), fields=["postal_address"])


def test_duplicates_are_also_told_by_the_home_address(anna: Profile) -> None:
    addresses.add_address(profile_id=anna.pk, kind="legal", line="г. Пермь, ул. Мира, 1", by=SYSTEM, at=NOON)
    line = "г. Москва, ул. Тверская, д. 4 корп. 2, кв. 12"
    addresses.add_address(profile_id=anna.pk, kind="home", line=line, by=SYSTEM, at=NOON)
    record = next(_records())
    assert (record.street, record.house, record.city) == ("ул. Тверская", "4 2 12", "Москва")


def test_days_come_again_every_year_also_the_29th_of_february(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    login(client, oleg).post(
        at("dates", anna), {"kind": "wedding", "day": 29, "month": 2, "year": 2016}, headers=HTMX
    )
    client.post(at("dates", anna), {"kind": "child", "day": 1, "month": 3, "note": "Лёша"}, headers=HTMX)
    days = days_of(anna, [anna.pk], actor(oleg), today=date(2027, 2, 28))
    assert [(one.kind, one.next, one.years) for one in days] == [
        ("wedding", date(2027, 2, 28), 11),
        ("child", date(2027, 3, 1), None),
        ("birthday", date(2027, 3, 8), 40),
    ]
    wrong = client.post(at("dates", anna), {"kind": "wedding", "day": 30, "month": 2}, headers=HTMX)
    assert wrong.status_code == 422 and "There is no such day" in wrong.content.decode()

    client.post(at("remove_date", anna, PersonalDate.objects.get(kind="child").public_id), headers=HTMX)
    undo(client, anna)
    assert PersonalDate.objects.get(kind="child").note == "Лёша"


def test_the_company_adds_a_kind_of_dates(client: Client, anna: Profile, ada: Employee) -> None:
    login(client, ada).post(reverse("customers:date_kinds"), {"code": "pet", "name": "День кота"})
    dates.add_date(profile_id=anna.pk, kind="pet", day=1, month=3, by=actor(ada), at=NOON)
    assert "День кота" in client.get(at("addresses", anna)).content.decode()


def test_an_alert_stands_over_the_card_and_reaches_the_till_until_its_day_is_over(
    client: Client, anna: Profile, oleg: Employee, klara: Employee
) -> None:
    today = clock.now().date()
    login(client, oleg).post(
        at("alerts", anna), {"text": "Аллергия на орехи", "severity": "critical"}, headers=HTMX
    )
    old = notes.raise_alert(
        profile_id=anna.pk, text="Вернуть долг", until=today - timedelta(days=2), by=SYSTEM, at=NOON
    )
    card = client.get(at("card", anna)).content.decode()
    assert "Аллергия на орехи" in card and "Вернуть долг" not in card
    assert "Вернуть долг" in client.get(at("alerts", anna)).content.decode()

    asked = {"identifiers": [{"kind": "card", "value": "2900000012345"}]}
    login(client, klara)
    told = client.post("/api/v1/customers/identify", json.dumps(asked), content_type="application/json")
    assert [(one["severity"], one["text"]) for one in told.json()["alerts"]] == [
        ("critical", "Аллергия на орехи")
    ]
    asked["identifiers"][0]["proof"] = "claimed"
    told = client.post("/api/v1/customers/identify", json.dumps(asked), content_type="application/json")
    assert told.json()["alerts"] == []

    alert = Alert.objects.exclude(pk=old.pk).get()
    client.post(at("settle_alert", anna, alert.public_id, "end"), headers=HTMX)
    assert "Аллергия" not in client.get(at("card", anna)).content.decode()
    client.post(at("settle_alert", anna, alert.public_id, "reopen"), headers=HTMX)
    assert "Аллергия" in client.get(at("card", anna)).content.decode()


def test_alerts_of_a_merged_record_stand_too(client: Client, anna: Profile, oleg: Employee) -> None:
    other = actions.register(NewCustomer(phone="+79160000001"), by=SYSTEM, at=NOON)
    notes.raise_alert(profile_id=other.pk, text="Ходит с собакой", by=SYSTEM, at=NOON)
    actions.merge(profile_id=anna.pk, other_id=other.pk, by=SYSTEM, at=NOON)
    assert "Ходит с собакой" in login(client, oleg).get(at("card", anna)).content.decode()


def test_notes_are_written_pinned_corrected_deleted_and_brought_back(
    client: Client, anna: Profile, oleg: Employee, klara: Employee
) -> None:
    for text in ("Любит синий", "Просила не звонить"):
        login(client, oleg).post(at("notes", anna), {"text": text}, headers=HTMX)
    blue = Note.objects.get(text="Любит синий")
    client.post(at("settle_note", anna, blue.public_id, "pin"), headers=HTMX)
    page = client.get(at("notes", anna)).content.decode()
    assert page.index("Любит синий") < page.index("Просила не звонить") and "Oleg" in page

    login(client, klara)  # the cashier may write notes, and not change those of others
    assert client.post(at("settle_note", anna, blue.public_id, "delete"), headers=HTMX).status_code == 403
    refused = client.post(at("note", anna, blue.public_id), {"text": "Любит красный"}, headers=HTMX)
    assert refused.status_code == 403

    login(client, oleg).post(at("settle_note", anna, blue.public_id, "delete"), headers=HTMX)
    assert "Любит синий" not in client.get(at("notes", anna)).content.decode()
    client.post(at("settle_note", anna, blue.public_id, "restore"), headers=HTMX)
    assert "Любит синий" in client.get(at("notes", anna)).content.decode()
    assert client.post(at("notes", anna), {"text": " "}, headers=HTMX).status_code == 422


def test_what_was_deleted_a_month_ago_is_gone(anna: Profile) -> None:
    for days in (40, 3):
        made = notes.write_note(profile_id=anna.pk, text=f"{days}", by=SYSTEM, at=NOON)
        Note.objects.filter(pk=made.pk).update(deleted_at=clock.now() - timedelta(days=days))
    notes.forget_deleted_notes()
    assert [one.text for one in Note.objects.all()] == ["3"]


def test_by_the_api_all_of_it(client: Client, anna: Profile, oleg: Employee) -> None:
    login(client, oleg)
    base = f"/api/v1/customers/{anna.public_id}"

    def ask(method: str, path: str, body: object = None) -> Any:
        answer = client.generic(
            method,
            base + path,
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": f"{method}{path}{body}"},
        )
        assert answer.status_code < 300, answer.content
        return answer.json() if answer.content else None

    made = ask("POST", "/addresses", {"kind": "home", "line": "Казань, Баумана 5"})
    assert (made["city"], made["street"], made["house"]) == ("Казань", "Баумана", "5")
    assert (
        ask("PATCH", f"/addresses/{made['id']}", {"flat": "кв. 7"})["line"] == "Казань, Баумана, д. 5, кв. 7"
    )
    ask("DELETE", f"/addresses/{made['id']}")
    assert ask("POST", "/dates", {"kind": "wedding", "day": 5, "month": 6})[0]["years"] is not None
    wedding = next(one for one in ask("GET", "/dates") if one["kind"] == "wedding")
    ask("DELETE", f"/dates/{wedding['id']}")
    alert = ask("POST", "/alerts", {"text": "VIP", "severity": "info"})
    ask("DELETE", f"/alerts/{alert['id']}")
    assert ask("GET", "/alerts") == []
    note = ask("POST", "/notes", {"text": "Любит синий"})
    assert ask("PATCH", f"/notes/{note['id']}", {"pinned": True})["pinned"]
    ask("DELETE", f"/notes/{note['id']}")
    ask("POST", f"/notes/{note['id']}/restoration", {})
    assert len(ask("GET", "/notes")["items"]) == 1
    assert {one["field"] for one in ask("GET", "/history")} == {"postal_address", "personal_date"}


def test_a_date_in_the_history_is_named_in_the_readers_language(anna: Profile) -> None:
    dates.change_date_kind(code="pet", name="День кота", by=SYSTEM)
    with override("ru"):
        dates.add_date(profile_id=anna.pk, kind="wedding", day=5, month=6, note="Пётр", by=SYSTEM, at=NOON)
        dates.add_date(profile_id=anna.pk, kind="pet", day=7, month=8, by=SYSTEM, at=NOON)
    with override("en"):
        told = {one.after for one in queries.history([anna.pk], SYSTEM)}

    assert told == {"Wedding anniversary (Пётр): 05.06", "День кота: 07.08"}


def test_the_erased_leave_none_of_it_and_the_archive_has_it(anna: Profile) -> None:
    addresses.add_address(profile_id=anna.pk, line="г. Пермь, ул. Мира, 1", by=SYSTEM, at=NOON)
    dates.add_date(profile_id=anna.pk, kind="other", day=1, month=3, note="Новоселье", by=SYSTEM, at=NOON)
    notes.raise_alert(profile_id=anna.pk, text="Аллергия", by=SYSTEM, at=NOON)
    notes.write_note(profile_id=anna.pk, text="Любит синий", by=SYSTEM, at=NOON)
    kept = {one.key: str(one.rows) for one in queries.archive(anna.public_id, SYSTEM)}
    for key, word in {
        "addresses": "Мира",
        "dates": "Новоселье",
        "alerts": "Аллергия",
        "notes": "синий",
    }.items():
        assert word in kept[key]

    actions.erase(profile_id=anna.pk, by=SYSTEM, at=NOON)
    assert not any(model.objects.exists() for model in (Address, PersonalDate, Alert, Note))


def test_it_is_not_for_everybody(client: Client, anna: Profile, max_stranger: Employee) -> None:
    login(client, max_stranger)
    for name in ("addresses", "alerts", "notes"):
        assert client.get(at(name, anna)).status_code == 403
    assert client.post(at("dates", anna)).status_code == 403
    login(client, hire("Alla", "analyst"))
    for name in ("addresses", "alerts", "notes"):
        assert client.post(at(name, anna), {}).status_code == 403
    assert client.post(at("settle_note", anna, UUID(int=7), "delete")).status_code == 403
