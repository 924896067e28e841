"""Uploaded lists: whatever a value is, it is recognised; nobody's are told by row; the worker takes long ones."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from prilavok.company import actions as company
from prilavok.company.models import Employee, Shop
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.facts import client as engine
from prilavok.kernel import clock, jobs, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import Work
from prilavok.segments import actions, lists, queries
from prilavok.segments.models import Segment
from prilavok.segments.problems import ListTooLong, NothingLoaded
from tests.cast import NOON, actor, hire, login


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    """Where long lists lie until they are recognised."""
    settings.HOME = tmp_path
    return tmp_path / "lists"


@pytest.fixture
def people(anna: Profile) -> list[Profile]:
    """Anna, and two who share a telephone."""
    new = (
        NewCustomer(external_id="boris", first_name="Борис", cards=("290000777",), phone="+79165550101"),
        NewCustomer(external_id="vera", first_name="Вера", email="vera@example.org", phone="+79165550101"),
    )
    return [anna, *(customers.register(one, by=SYSTEM, at=NOON) for one in new)]


def test_every_way_to_name_a_customer_is_understood_and_rubbish_is_told_by_row(people: list[Profile]) -> None:
    anna, boris, vera = people
    values = [
        str(anna.public_id),
        "2900 0077-7",
        "",
        "Vera@Example.ORG",
        "nobody@example.org",
        "8 (916) 555-01-01",
        "boris",
        "290000777\x00",
        "boris",
        "@@@",
        "x" * 300,
        "=1+1",
    ]
    loaded = actions.load_list(name="Mixed", values=values, by=SYSTEM, at=NOON)

    assert sorted(queries.member_ids(loaded.segment.pk)) == sorted(one.pk for one in (anna, boris, vera))
    assert (loaded.lines, loaded.done, loaded.segment.size) == (11, True, 3)
    told = queries.unknown_lines(loaded.segment.pk, SYSTEM).values_list("row", "reason")
    assert list(told) == [
        (5, "nobody"),
        (6, "several"),
        (9, "repeated"),
        (10, "malformed"),
        (11, "malformed"),
        (12, "nobody"),
    ]


def test_a_long_list_is_recognised_by_the_worker_portion_by_portion(
    people: list[Profile], marina: Employee, client: Client, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lines wait in a file; a worker that was stopped goes on where it was and knows what stood before."""
    monkeypatch.setattr(lists, "AT_ONCE", 3)
    monkeypatch.setattr(lists, "PORTION", 2)
    values = ["boris", "", "vera\n@example.org", "vera@example.org", "nobody", "x" * 201, "boris", "nobody"]
    loaded = actions.load_list(name="Long", values=values, by=actor(marina), at=NOON)
    assert (loaded.lines, loaded.done, loaded.segment.size) == (7, False, 0)
    assert [queries.lines_waiting(loaded.segment.pk), len(list(home.iterdir()))] == [7, 1]

    stopped = lists._recognised(loaded.segment, SYSTEM, NOON)
    assert [next(stopped), next(stopped)] == [2, 4]
    stopped.close()
    page = login(client, marina).get(reverse("segments:segment", args=[loaded.segment.public_id]))
    assert page.context["lines_waiting"] == 3

    work = Work.objects.get()
    given = {"segment_id": loaded.segment.pk, "work_id": work.pk}
    for _twice in range(2):  # whoever recognised all was killed before saying so
        jobs.call("prilavok.segments.lists.recognise_later", given)
        work.refresh_from_db()
        assert Segment.objects.get().size == 2
        assert (work.total, work.done, work.failed) == (7, 7, False)
        assert work.finished_at
        assert not list(home.iterdir())
    told = queries.unknown_lines(loaded.segment.pk, SYSTEM).values_list("row", "reason")
    assert list(told) == [
        (3, "malformed"), (5, "nobody"), (6, "malformed"), (7, "repeated"), (8, "repeated")
    ]  # fmt: skip


def test_a_list_whose_file_is_lost_says_so(
    people: list[Profile], marina: Employee, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "AT_ONCE", 1)
    loaded = actions.load_list(name="Lost", values=["boris", "who"], by=actor(marina), at=NOON)
    next(home.iterdir()).unlink()
    given = {"segment_id": loaded.segment.pk, "work_id": Work.objects.get().pk}
    jobs.call("prilavok.segments.lists.recognise_later", given)
    assert Work.objects.get().failed
    assert Work.objects.get().note


def test_a_long_list_full_of_rubbish_is_taken_apart_to_the_last_line(
    people: list[Profile], marina: Employee, client: Client
) -> None:
    """More lines than one portion: names of customers among blanks, repeats, bytes of nothing and overlong lines."""
    rubbish = [
        "",
        "@@@",
        "=1+1",
        "\u202e\u200b",
        "NaN",
        "x" * 300,
        "\x00",
        "’; DROP TABLE x",
        "8 (916)",
        "1e308",
    ]
    lines = [f"{rubbish[number % 10]}" if number % 4 else f"nobody-{number}" for number in range(11_000)]
    lines[7_000], lines[10_999] = "boris", "VERA@example.org"
    sent = SimpleUploadedFile("list.csv", "\r\n".join(lines).encode("utf-16"))
    login(client, marina).post(reverse("segments:from_list"), {"name": "Rubbish", "file": sent})

    made, work = Segment.objects.get(name="Rubbish"), Work.objects.get()
    given = {"segment_id": made.pk, "work_id": work.pk}
    jobs.call("prilavok.segments.lists.recognise_later", given)
    made.refresh_from_db()
    work.refresh_from_db()
    told = queries.unknown_lines(made.pk, SYSTEM)
    assert (made.size, work.failed, bool(work.finished_at)) == (2, False, True)
    assert (
        told.filter(reason="nobody", value__startswith="nobody-").count() == 2_749
    )  # one made room for Boris
    assert told.count() + 2 == work.total


def test_a_list_of_nobody_or_of_too_many_makes_no_segment(
    anna: Profile, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MAX_LINES", 3)
    monkeypatch.setattr(lists, "AT_ONCE", 2)
    for values, problem in (
        (["who", "ever"], NothingLoaded),
        (["", " "], NothingLoaded),
        ("abcd", ListTooLong),
    ):
        with pytest.raises(problem):
            actions.load_list(name="None", values=values, by=SYSTEM, at=NOON)
    assert not Segment.objects.exists()
    assert not list(home.iterdir())


def test_the_page_takes_a_file_and_hands_the_rubbish_out(
    people: list[Profile], marina: Employee, client: Client
) -> None:
    login(client, marina)
    text = 'boris;Борис\n\n=HYPERLINK(1);x\n"vera@example.org",Вера\n'.encode("cp1251")
    sent = {"name": "From a file", "file": SimpleUploadedFile("list.csv", text)}
    answer = client.post(reverse("segments:from_list"), sent)
    made = Segment.objects.get(name="From a file")
    assert made.size == 2
    assert "1 line of the list was not recognised" in client.get(answer.headers["Location"]).content.decode()

    address = reverse("segments:unknown", args=[made.public_id])
    assert "=HYPERLINK(1)" in client.get(address).content.decode()
    file = b"".join(client.get(address, {"csv": ""}).streaming_content).decode()  # type: ignore[attr-defined]
    assert "3,'=HYPERLINK(1),no customer has it" in file
    told = client.get(f"/api/v1/segments/{made.public_id}/unknown").json()
    assert told["items"] == [{"row": 3, "value": "=HYPERLINK(1)", "reason": "nobody"}]


def test_lines_of_nobody_are_forgotten_with_time(
    people: list[Profile], max_stranger: Employee, client: Client
) -> None:
    made = actions.load_list(
        name="Old", values=["boris", "who"], by=SYSTEM, at=clock.now() - timedelta(days=31)
    )
    month = timedelta(days=30)
    assert lists.count_old_lines(month) == lists.forget_old_lines(month) == 1
    assert queries.member_ids(made.segment.pk)

    address = reverse("segments:unknown", args=[made.segment.public_id])
    assert login(client, max_stranger).get(address).status_code == 403


def test_a_list_is_a_condition_however_long_and_those_who_build_on_it_follow(
    facts: None, people: list[Profile]
) -> None:
    anna, boris, _vera = people
    listed = actions.load_list(name="Listed", values=["boris"], by=SYSTEM, at=clock.now()).segment
    tree = {
        "all": [{"segment": str(listed.public_id)}, {"not": {"trait": "sex", "op": "in", "value": ["f"]}}]
    }
    upon = actions.create(name="Upon", tree=tree, kind="dynamic", by=SYSTEM, at=clock.now())
    journal.deliver()
    assert queries.member_ids(upon.pk) == [boris.pk]

    customers.merge(profile_id=anna.pk, other_id=boris.pk, by=SYSTEM, at=clock.now())
    journal.deliver()
    told = dict(engine.rows("SELECT profile_id, segments FROM listed FINAL"))
    assert told == {anna.pk: [listed.pk]}
    assert queries.member_ids(upon.pk) == []


def test_a_list_stays_itself_whatever_becomes_of_it_and_of_its_people(
    facts: None, people: list[Profile], olga: Employee, client: Client
) -> None:
    """It has no conditions: it is not drawn anew, and who is not on it is told to be out."""
    anna, boris, vera = people
    journal.deliver()
    listed = actions.load_list(name="Two", values=["boris", "vera"], by=SYSTEM, at=clock.now()).segment
    outer = actions.create(
        name="Outer", tree={"segment": str(listed.public_id)}, kind="dynamic", by=SYSTEM, at=clock.now()
    )
    journal.deliver()

    actions.archive(segment_id=outer.pk, by=SYSTEM, at=clock.now())
    actions.archive(segment_id=listed.pk, by=SYSTEM, at=clock.now())
    for one in (listed, outer):
        actions.restore(segment_id=one.pk, by=SYSTEM, at=clock.now())
        actions.refresh_later(segment_id=one.pk)
        assert set(queries.member_ids(one.pk)) == {boris.pk, vera.pk}
    copy = actions.copy(segment_id=listed.pk, name="Copy", by=SYSTEM, at=clock.now())
    assert set(queries.member_ids(copy.pk)) == {boris.pk, vera.pk}

    olga.language = "en"
    olga.save()
    login(client, olga)
    page = client.get(f"/api/v1/segments/{listed.public_id}").json()
    assert page["in_words"] == "customers named one by one"

    def verdict(segment: Segment, who: Profile) -> dict[str, Any]:
        told = client.get(f"/api/v1/segments/{segment.public_id}/members/{who.public_id}")
        return dict(told.json())

    assert (verdict(listed, anna)["inside"], verdict(listed, boris)["inside"]) == (False, True)
    assert verdict(outer, boris)["conditions"] == [{"in_words": "in segment “Two”", "holds": True}]

    customers.merge(profile_id=anna.pk, other_id=boris.pk, by=SYSTEM, at=clock.now())
    customers.erase(profile_id=vera.pk, by=SYSTEM, at=clock.now())
    journal.deliver()
    listed.refresh_from_db()
    assert (queries.member_ids(listed.pk), listed.size) == ([boris.pk], 1)
    assert queries.member_ids(outer.pk) == [anna.pk]
    merged = verdict(listed, boris)
    assert merged["inside"] and merged["since"]
    who = client.get(reverse("segments:who", args=[listed.public_id]), {"q": "290000777"}).content.decode()
    assert ">in<" in who


def test_lines_of_nobody_are_shown_to_those_who_see_every_shop_and_to_whoever_loaded_them(
    people: list[Profile], shop_on_lenina: Shop, client: Client
) -> None:
    of_lenina = hire("Lena")
    company.give_role(
        employee_id=of_lenina.pk, role="marketer", shops=[shop_on_lenina.pk], by=SYSTEM, at=NOON
    )
    others, own = (
        actions.load_list(name="L", values=["boris", "secret@example.org"], by=by, at=NOON).segment
        for by in (SYSTEM, actor(of_lenina))
    )
    login(client, of_lenina)

    def lines(segment: Segment) -> list[Any]:
        return list(client.get(f"/api/v1/segments/{segment.public_id}/unknown").json()["items"])

    assert (lines(others), len(lines(own))) == ([], 1)


def test_a_list_in_the_editor_says_what_it_is_and_stays_one(
    client: Client, people: list[Profile], marina: Employee, klara: Employee
) -> None:
    values = ["boris", "nobody@example.org", "", "boris", "290000777", str(people[0].public_id)]
    made = actions.load_list(name="Fair", values=values, by=actor(marina), at=NOON).segment
    told = queries.told_of_list(made, actor(marina))
    assert (told.by, told.people, told.lines, told.recognised, told.unknown, told.kept) == (
        marina.name,
        2,
        5,
        3,
        2,
        2,
    )
    login(client, marina)
    edit = reverse("segments:edit", args=[made.public_id])
    page = client.get(edit).content.decode()
    assert "segment-listed" in page and "segment-conditions" not in page
    assert reverse("segments:unknown", args=[made.public_id]) in page and marina.name in page
    further = client.get(f"{reverse('segments:editor')}?add=segment:{made.public_id}").content.decode()
    assert str(made.public_id) in further
    client.post(reverse("segments:save", args=[made.public_id]), {"name": "Fair 2026", "folder": "Fairs"})
    made.refresh_from_db()
    assert (made.name, made.folder, made.is_list, made.size) == ("Fair 2026", "Fairs", True, 2)
    whole = client.get(f"/api/v1/segments/{made.public_id}").json()
    assert whole["listed"] == {
        "by": marina.name,
        "at": whole["listed"]["at"],
        "lines": 5,
        "waiting": 0,
        "recognised": 3,
        "unknown": 2,
    }

    ticked = actions.hold(name="Ticked", profile_ids=[people[0].pk], by=actor(marina), at=NOON)
    assert queries.told_of_list(ticked, actor(marina)).lines is None
    assert "segment-listed" in client.get(reverse("segments:edit", args=[ticked.public_id])).content.decode()
    login(client, klara)
    assert client.get(edit).status_code == 403


def test_who_works_for_one_shop_is_told_sizes_and_shares_of_their_own_customers(
    people: list[Profile], shop_on_lenina: Shop, client: Client, facts: object
) -> None:
    lena = hire("Lena")
    company.give_role(employee_id=lena.pk, role="marketer", shops=[shop_on_lenina.pk], by=SYSTEM, at=NOON)
    own = customers.register(NewCustomer(external_id="olga", shop_id=shop_on_lenina.pk), by=SYSTEM, at=NOON)
    everybody = [*(one.pk for one in people[1:]), own.pk]
    fair = actions.hold(name="Fair", profile_ids=everybody, by=SYSTEM, at=NOON)
    actions.hold(name="Second", profile_ids=everybody[1:], by=SYSTEM, at=NOON)
    journal.deliver()
    login(client, lena)
    page = client.get(reverse("segments:segment", args=[fair.public_id])).content.decode()
    assert "Customers of your shops" in page and '<span class="count">1</span>' in page
    assert {one["size"] for one in client.get("/api/v1/segments").json()["items"]} == {1}
    assert "1 customer " in client.get(reverse("campaigns:new")).content.decode()
    told = client.post(
        "/api/v1/segments/portrait",
        {"conditions": {"segment": str(fair.public_id)}},
        content_type="application/json",
        headers={"Idempotency-Key": "portrait"},
    ).json()
    assert [told["people"], *((one["name"], one["share"], one["of_it"]) for one in told["overlaps"])] == [
        1,
        ("Fair", 1, 1),
        ("Second", 1, 1),
    ]
