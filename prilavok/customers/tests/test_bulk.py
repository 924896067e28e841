"""Many customers changed at once, in the list and by the API, and taken back except where changed since."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee, Shop
from prilavok.customers import actions, queries
from prilavok.customers.actions import bulk
from prilavok.customers.models import BulkEdit, FieldChange, Profile, StatusChange, Tag
from prilavok.customers.ports import NewCustomer
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.kernel.models import Work
from tests.cast import NOON, actor, hire, login


@pytest.fixture
def six(anna: Profile, shop_on_lenina: Shop) -> list[Profile]:
    """Anna and five others."""
    actions.add_own_field(name="Размер", code="size", kind="number", filtered=True, by=SYSTEM)
    new = [NewCustomer(external_id=f"c{one}", shop_id=shop_on_lenina.pk) for one in range(5)]
    loaded = actions.load_customers(new, by=SYSTEM, at=NOON)
    return [anna, *Profile.objects.filter(pk__in=[one for one in loaded.profile_ids if one]).order_by("pk")]


def sizes(people: list[Profile]) -> list[str | None]:
    return [Profile.objects.get(pk=one.pk).own.get("size") for one in people]


def change(people: list[Profile], by: Employee, **what: Any) -> BulkEdit:
    ids = [one.pk for one in people]
    return actions.change_many(change=what, profile_ids=ids, found=None, by=actor(by), at=NOON)


def write(one: Profile, size: int) -> None:
    actions.change_own(profile_id=one.pk, values={"size": size}, by=SYSTEM, at=NOON)


def test_the_chosen_are_tagged_in_the_list_and_untagged_by_the_toast(
    client: Client, six: list[Profile], ada: Employee
) -> None:
    actions.tag(profile_id=six[1].pk, names=["лето"], by=SYSTEM, at=NOON)
    login(client, ada)
    assert "data-tick" in client.get("/customers/").content.decode()
    selected = [str(one.public_id) for one in six[:3]]
    page = client.post(reverse("customers:bulk"), {"selected": selected}).content.decode()
    assert "3 customers will be changed" in page
    nothing = client.post(reverse("customers:bulk"), {"selected": selected, "go": "1"})
    assert nothing.status_code == 422
    done = client.post(
        reverse("customers:bulk"), {"selected": selected, "go": "1", "tags": "лето"}, follow=True
    )
    assert "Changed: 2 customers" in done.content.decode()
    tag = Tag.objects.get()
    assert queries.listed(actor(ada), wanted={"tag": str(tag.pk)}).count() == 3
    client.post(reverse("customers:undo_bulk", args=[BulkEdit.objects.get().public_id]))
    assert [one.pk for one in queries.listed(actor(ada), wanted={"tag": str(tag.pk)})] == [six[1].pk]


def test_an_own_field_is_set_for_all_that_are_found_and_taken_back_except_where_changed_since(
    client: Client, six: list[Profile], ada: Employee
) -> None:
    write(six[0], 38)
    write(six[1], 40)
    actions.merge(profile_id=six[0].pk, other_id=six[5].pk, by=SYSTEM, at=NOON)
    login(client, ada)
    client.post(reverse("customers:bulk") + "?shop=lenina", {"go": "1", "own.size": "40"})
    edit = BulkEdit.objects.get()
    assert (edit.total, edit.changed) == (5, 4)
    assert sizes(six) == ["40"] * 5 + [None]
    write(six[2], 44)
    client.post(reverse("customers:undo_bulk", args=[edit.public_id]))
    assert sizes(six) == ["38", "40", "44", None, None, None]
    told = [(one.before, one.after) for one in queries.history([six[0].pk], SYSTEM, fields=["own.size"])]
    assert ("38", "40") in told and ("40", "38") in told


def test_many_are_changed_in_the_background_part_by_part(
    six: list[Profile], ada: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    monkeypatch.setattr(bulk, "CHUNK", 2)
    edit = change(six, ada, what="status", status="blocked", reason="test")
    assert edit.finished_at is None and not StatusChange.objects.exists()
    bulk.go_on(public_id=str(edit.public_id))
    assert StatusChange.objects.filter(new="blocked").count() == 6
    assert Work.objects.get().done == 6
    actions.change_status(profile_id=six[0].pk, status="active", by=SYSTEM, at=NOON)
    actions.undo_many(public_id=edit.public_id, by=actor(ada), at=NOON)
    bulk.go_back(public_id=str(edit.public_id))
    assert not Profile.objects.filter(status="blocked").exists()
    edit.refresh_from_db()
    assert (edit.changed, edit.restored) == (6, 5)
    with pytest.raises(actions.AlreadyUndone):
        actions.undo_many(public_id=edit.public_id, by=actor(ada), at=NOON)


def test_what_stood_before_goes_with_time_and_then_nothing_is_taken_back(
    six: list[Profile], ada: Employee
) -> None:
    edit = change(six, ada, what="status", status="blocked", reason="test")
    assert actions.count_old_bulk_changes(timedelta(days=1)) == 0

    assert actions.forget_old_bulk_changes(timedelta()) == 6
    with pytest.raises(actions.AlreadyUndone):
        actions.undo_many(public_id=edit.public_id, by=actor(ada), at=NOON)
    assert Profile.objects.filter(status="blocked").count() == 6


def test_each_change_needs_its_own_right_too(
    client: Client, six: list[Profile], marina: Employee, oleg: Employee
) -> None:
    with pytest.raises(Refused):
        change(six, marina, what="status", status="blocked")
    with pytest.raises(Refused):
        change(six, oleg, what="tag", names=["лето"])
    assert login(client, oleg).get(reverse("customers:bulk")).status_code == 403
    edit = change(six, marina, what="tag", names=["лето"])
    assert (
        login(client, hire("Mila", "marketer"))
        .get(reverse("customers:bulk_edit", args=[edit.public_id]))
        .status_code
        == 404
    )


def test_a_program_changes_many_too(client: Client, six: list[Profile], ada: Employee) -> None:
    def send(path: str, body: Any) -> Any:
        headers = {"Idempotency-Key": str(uuid4())}
        text = json.dumps(body)
        return client.post(
            f"/api/v1/customer-changes{path}", text, content_type="application/json", headers=headers
        )

    login(client, ada)
    write(six[1], 40)
    done = send(
        "", {"change": {"what": "own", "code": "size", "value": 41}, "filters": {"own.size.from": "40"}}
    )
    assert (done.status_code, done.json()["changed"]) == (201, 1)
    assert sizes(six)[1] == "41"
    assert send(f"/{done.json()['public_id']}/undo", {}).json()["restored"] == 1
    bad = [
        {},
        {"what": "tag"},
        {"what": "tag", "names": [[1]]},
        {"what": "untag", "tag": "x"},
        {"what": "own"},
    ]
    bad += [{"what": "own", "code": "size", "value": "x"}, {"what": "status", "status": {}}]
    for one in bad:
        assert send("", {"change": one}).status_code == 422, one


def test_an_unknown_filter_changes_nobody(client: Client, six: list[Profile], ada: Employee) -> None:
    login(client, ada)
    answer = client.post(
        "/api/v1/customer-changes",
        json.dumps(
            {"change": {"what": "status", "status": "blocked"}, "q": "", "filters": {"statuss": "active"}}
        ),
        "application/json",
        headers={"Idempotency-Key": "1"},
    )

    assert answer.status_code == 422
    assert not Profile.objects.filter(status="blocked").exists()


def test_sex_is_set_for_many_and_taken_back_except_where_corrected_since(
    client: Client, six: list[Profile], ada: Employee
) -> None:
    actions.change_person(profile_id=six[1].pk, sex="f", by=SYSTEM, at=NOON)
    actions.merge(profile_id=six[2].pk, other_id=six[3].pk, by=SYSTEM, at=NOON)

    def sexes() -> list[str]:
        return [Profile.objects.get(pk=one.pk).person.sex for one in (*six[1:3], *six[4:])]

    login(client, ada)
    selected = [str(one.public_id) for one in (*six[1:3], *six[4:])]
    client.post(reverse("customers:bulk"), {"selected": selected, "go": "1", "sex": "m"})
    assert sexes() == ["m", "m", "m", "m"]
    told = [one.after for one in FieldChange.objects.filter(profile=six[4], field="sex")]
    assert told == ["m"]
    actions.change_person(profile_id=six[5].pk, sex="f", by=SYSTEM, at=NOON)
    client.post(reverse("customers:undo_bulk", args=[BulkEdit.objects.get().public_id]))
    assert sexes() == ["f", "", "", "f"]
    with pytest.raises(actions.UnknownSex):
        change(six, ada, what="sex", sex="x")
