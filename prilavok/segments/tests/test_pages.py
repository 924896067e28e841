"""Pages of segments by the front door: built with the mouse, refused to strangers."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee, Shop
from prilavok.customers.models import Profile
from prilavok.facts.schema import registry
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.segments import actions, queries, reckoning
from prilavok.segments.models import Segment
from tests.cast import NOON, actor, login

REACHABLE = {"all": [{"trait": "email_ok", "is": True}]}


@pytest.fixture
def reachable(facts: None, anna: Profile) -> Segment:
    journal.deliver()
    return actions.create(name="Reachable", tree=REACHABLE, kind="dynamic", by=SYSTEM, at=NOON)


def test_the_list_shows_the_segment_and_its_conditions(
    reachable: Segment, marina: Employee, client: Client
) -> None:
    page = login(client, marina).get(reverse("segments:list")).content.decode()

    assert "Reachable" in page
    assert "reachable by e-mail with consent" in page


def test_a_segment_is_built_row_by_row_and_counted(
    facts: None, anna: Profile, marina: Employee, client: Client
) -> None:
    journal.deliver()
    login(client, marina)
    form = fields(client.get(reverse("segments:editor")).content.decode())
    for added in ("trait:email_ok", "fact:purchases", "none:purchases", "trait:sex", "trait:age"):
        form = click(client, form | {"c.add": added})
    form = click(client, form | {"do": "remove:c_1"})
    form = click(client, form | {"do": "pick:c_2:values:f"})
    form["c_3.value"] = "18"

    told = client.post(reverse("segments:editor_count"), form).content.decode()
    assert re.search(r"Customers</span>\s*<span class=\"stat-value\">1", told)
    assert "did not buy in the last 60 days" in told
    assert "Ковалёва Анна Петровна" in told

    answer = client.post(reverse("segments:create"), form | {"name": "Quiet women", "kind": "dynamic"})
    made = Segment.objects.get(name="Quiet women")
    assert answer.headers["Location"] == reverse("segments:segment", args=[made.public_id])
    assert made.size == 1
    people = client.get(answer.headers["Location"]).content.decode()
    assert "Ковалёва" in people


def test_an_unfinished_condition_is_named_and_kept(facts: None, marina: Employee, client: Client) -> None:
    login(client, marina)
    form = click(
        client, fields(client.get(reverse("segments:editor")).content.decode()) | {"c.add": "trait:age"}
    )
    answer = client.post(reverse("segments:create"), form | {"name": "Half", "c_0.value": "many"})

    assert answer.status_code == 422
    assert 'value="many"' in answer.content.decode()
    assert not Segment.objects.exists()


def test_the_editor_opens_what_was_saved(reachable: Segment, marina: Employee, client: Client) -> None:
    login(client, marina)
    form = fields(client.get(reverse("segments:edit", args=[reachable.public_id])).content.decode())
    form["c_0.is"] = "no"
    client.post(reverse("segments:save", args=[reachable.public_id]), form | {"name": "Unreachable"})

    reachable.refresh_from_db()
    assert (reachable.name, reachable.size, reachable.versions.count()) == ("Unreachable", 0, 2)


def test_every_row_that_domains_declare_can_be_added(facts: None, marina: Employee, client: Client) -> None:
    login(client, marina)
    empty: dict[str, Any] = fields(client.get(reverse("segments:editor")).content.decode())
    offered = [*(f"trait:{key}" for key in registry().traits), *(f"fact:{key}" for key in registry().facts)]
    offered += ["segment:", "sample:", "group:any", "group:none"]
    for first in range(0, len(offered), 10):  # in one form each click would draw all that came before anew
        form, few = empty, offered[first : first + 10]
        for what in few:
            form = click(client, form | {"c.add": what})
        assert int(form["c.count"]) == int(empty["c.count"]) + len(few)


def test_a_picker_finds_shops_by_letters(shop_on_lenina: Shop, marina: Employee, client: Client) -> None:
    asked = {"place": "c_0", "what": "fact", "of": "purchases", "key": "shop", "q": "лени"}
    page = login(client, marina).get(reverse("segments:picker"), asked).content.decode()
    assert f"pick:c_0:shop:{shop_on_lenina.pk}" in page


def test_the_card_tells_the_customers_segments_and_why(
    reachable: Segment, anna: Profile, marina: Employee, client: Client
) -> None:
    login(client, marina)
    panel = client.get(reverse("segments:panel", args=[anna.public_id])).content.decode()
    assert "Reachable" in panel
    told = client.get(
        reverse("segments:explain", args=[reachable.public_id, anna.public_id])
    ).content.decode()
    assert "meets the conditions" in told


def test_the_list_of_people_leads_to_why_each_is_in(
    reachable: Segment, anna: Profile, marina: Employee, client: Client
) -> None:
    login(client, marina)
    page = client.get(reverse("segments:segment", args=[reachable.public_id])).content.decode()

    assert reverse("segments:explain", args=[reachable.public_id, anna.public_id]) in page


def test_why_of_a_static_segment_is_who_added_the_person_and_when(
    facts: None, anna: Profile, marina: Employee, client: Client
) -> None:
    journal.deliver()
    drawn = actions.create(name="Drawn", tree=REACHABLE, kind="static", by=actor(marina), at=NOON)
    held = actions.hold(name="Ticked", profile_ids=[anna.pk], by=actor(marina), at=NOON)
    login(client, marina)
    of_drawn, of_list = (
        client.get(reverse("segments:explain", args=[one.public_id, anna.public_id])).content.decode()
        for one in (drawn, held)
    )

    assert "when the segment was drawn by its conditions (Marina)" in of_drawn
    assert "The same conditions today" in of_drawn
    assert "with a list (Marina)" in of_list
    assert "meets the conditions" not in of_list


def test_a_condition_taken_away_can_be_put_back_where_it_stood(
    facts: None, marina: Employee, client: Client
) -> None:
    login(client, marina)
    form = fields(client.get(reverse("segments:editor")).content.decode())
    for added in ("trait:email_ok", "fact:purchases", "trait:age"):
        form = click(client, form | {"c.add": added})
    form["c_1.value"] = "7"
    page = client.post(reverse("segments:editor_change"), form | {"do": "remove:c_1"}).content.decode()
    undo = re.search(r'value="(restore:[^"]+)"', page)
    assert undo and "Taken away:" in page and fields(page)["c.count"] == "2"

    back = click(client, fields(page) | {"do": undo[1]})
    assert (back["c.count"], back["c_1.key"], back["c_1.value"]) == ("3", "purchases", "7")


def test_a_list_of_cards_becomes_a_segment(anna: Profile, marina: Employee, client: Client) -> None:
    login(client, marina)
    pasted = "2900000012345\nnobody@example.org\n=1+1\n"
    client.post(reverse("segments:from_list"), {"name": "From the stand", "pasted": pasted})
    made = Segment.objects.get(name="From the stand")
    assert queries.member_ids(made.pk) == [anna.pk]


def test_archiving_can_be_undone(reachable: Segment, marina: Employee, client: Client) -> None:
    login(client, marina)
    client.post(reverse("segments:archive", args=[reachable.public_id]))
    assert (
        "Reachable"
        not in client.get(reverse("segments:list")).content.decode().split("<main")[1].split("toast")[0]
    )
    client.post(reverse("segments:restore", args=[reachable.public_id]))
    assert Segment.objects.live().filter(pk=reachable.pk).exists()


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"c.type": "group", "c.count": "many"},
        {"c.type": "group", "c.count": "1", "c_0.type": "fact", "c_0.key": "telepathy"},
        {"c.type": "group", "do": "remove:c_7"},
        {"c.type": "group", "do": "restore:forged"},
        {"c.type": "group", "segment": "not an id"},
    ],
)
def test_a_form_that_no_page_of_ours_sent_is_refused_as_such(
    form: dict[str, str], facts: None, marina: Employee, client: Client
) -> None:
    assert login(client, marina).post(reverse("segments:editor_change"), form).status_code == 400


@pytest.mark.parametrize("name", ["list", "editor", "from_list", "rfm", "rfm_people", "picker"])
def test_a_stranger_gets_403(name: str, max_stranger: Employee, client: Client) -> None:
    assert login(client, max_stranger).get(reverse(f"segments:{name}")).status_code == 403


@pytest.mark.parametrize("name", ["create", "editor_change", "editor_count", "rfm_segment", "rfm_reckon"])
def test_a_stranger_may_change_nothing(name: str, max_stranger: Employee, client: Client) -> None:
    assert login(client, max_stranger).post(reverse(f"segments:{name}")).status_code == 403


def test_the_pages_say_so_when_facts_are_down(marina: Employee, client: Client) -> None:
    login(client, marina)
    form = fields(client.get(reverse("segments:editor")).content.decode())
    assert "not answering" in client.post(reverse("segments:editor_count"), form).content.decode()
    client.post(reverse("segments:create"), form | {"name": "Later"})
    assert "not answering" in Segment.objects.get(name="Later").trouble


def click(client: Client, form: dict[str, Any]) -> dict[str, Any]:
    return fields(client.post(reverse("segments:editor_change"), form).content.decode())


def fields(page: str) -> dict[str, Any]:
    """What a browser would send of the editor's form."""
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = _attribute(tag, "name"), _attribute(tag, "value")
        if name.startswith("c") and "." in name and 'type="search"' not in tag:
            found.setdefault(name, [])
            found[name] = [*found[name], value] if ".where." in name or name.endswith(".values") else value
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        if name.startswith("c") and not name.endswith(".add") and chosen and ".where." not in name:
            found.setdefault(name, unescape(chosen[1]))
    return found


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""


def test_a_sequence_is_made_with_the_mouse_and_told_in_words(
    facts: None, shop_on_lenina: Shop, marina: Employee, client: Client
) -> None:
    login(client, marina)
    form = fields(client.get(reverse("segments:editor")).content.decode())
    form = click(client, form | {"c.add": "sequence:"})
    form = click(client, form | {"do": f"pick:c_0:first.shop:{shop_on_lenina.pk}"})
    form = click(client, form | {"c_0.then.key": "letters", "c_0.within": "14"})
    form = click(client, form | {"c_0.happened": "yes"})
    assert form["c_0.first.where.shop"] == [str(shop_on_lenina.pk)]

    told = client.post(reverse("segments:editor_change"), form).content.decode()
    assert f"bought “{shop_on_lenina.name}”, then received letters within 14 days" in unescape(told)
    asked = {"place": "c_0", "what": "fact", "of": "purchases", "key": "first.shop", "q": "лени"}
    page = client.get(reverse("segments:picker"), asked).content.decode()
    assert f"pick:c_0:first.shop:{shop_on_lenina.pk}" in page


def test_the_home_shop_is_picked_from_the_shops(
    facts: None, shop_on_lenina: Shop, marina: Employee, client: Client
) -> None:
    login(client, marina)
    form = fields(client.get(reverse("segments:editor")).content.decode())
    form = click(client, form | {"c.add": "fact:purchases"})
    form = click(client, form | {"c_0.measure": "home_shop"})
    form = click(client, form | {"do": f"pick:c_0:values:{shop_on_lenina.pk}"})

    told = client.post(reverse("segments:editor_change"), form).content.decode()
    assert f"home shop: the one visited most: {shop_on_lenina.name}" in told


def test_the_people_are_portrayed_and_compared_with_other_segments(
    reachable: Segment, anna: Profile, marina: Employee, client: Client
) -> None:
    actions.create(
        name="Women", tree={"trait": "sex", "op": "in", "value": ["f"]}, kind="dynamic", by=SYSTEM, at=NOON
    )
    login(client, marina)
    page = client.get(reverse("segments:portrait", args=[reachable.public_id])).content.decode()
    assert re.search(r"Female</th><td class=\"figure\">100", page)
    assert "Women" in page and "Reachable" not in page

    form = click(
        client, fields(client.get(reverse("segments:editor")).content.decode()) | {"c.add": "trait:email_ok"}
    )
    drawn = client.post(reverse("segments:editor_portrait"), form).content.decode()
    assert "Women" in drawn and "Reachable" in drawn
    told = client.post(
        "/api/v1/segments/portrait",
        {"conditions": REACHABLE},
        content_type="application/json",
        headers={"Idempotency-Key": "portrait"},
    ).json()
    assert (told["people"], told["asked"]) == (1, 1)
    assert {one["name"] for one in told["overlaps"]} == {"Women", "Reachable"}


def test_anybody_is_looked_up_by_name_and_explained(
    reachable: Segment, anna: Profile, marina: Employee, max_stranger: Employee, client: Client
) -> None:
    address = reverse("segments:who", args=[reachable.public_id])
    page = login(client, marina).get(address, {"q": "ковал"}).content.decode()
    assert reverse("segments:explain", args=[reachable.public_id, anna.public_id]) in page
    assert "Nobody is found" in client.get(address, {"q": "zzz"}).content.decode()
    assert login(client, max_stranger).get(address).status_code == 403


def test_a_large_base_is_first_estimated(
    facts: None, anna: Profile, marina: Employee, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.deliver()
    monkeypatch.setattr(reckoning, "ESTIMATED_FROM", 1)
    monkeypatch.setattr(reckoning, "BLOCKS", 1)
    monkeypatch.setattr(reckoning, "PART_READ", 1)
    login(client, marina)
    form = click(
        client, fields(client.get(reverse("segments:editor")).content.decode()) | {"c.add": "trait:email_ok"}
    )
    form = click(client, form | {"c.add": "none:purchases"})
    about = client.post(reverse("segments:editor_count"), form).content.decode()
    assert "≈ 1" in about and "the exact figure is being counted" in about
    exactly = client.post(reverse("segments:editor_count") + "?exactly", form).content.decode()
    assert "≈" not in exactly


def test_segments_are_tagged_and_found_by_the_tag(
    reachable: Segment, marina: Employee, client: Client
) -> None:
    login(client, marina)
    form = fields(client.get(reverse("segments:edit", args=[reachable.public_id])).content.decode())
    sent = form | {"name": "Reachable", "tags": " spring,  mail , spring,"}
    client.post(reverse("segments:save", args=[reachable.public_id]), sent)
    reachable.refresh_from_db()
    assert reachable.tags == ["spring", "mail"]
    assert "Reachable" in client.get(reverse("segments:list"), {"tag": "mail"}).content.decode()
    copied = actions.copy(segment_id=reachable.pk, name="Twin", by=SYSTEM, at=NOON)
    assert copied.tags == reachable.tags
