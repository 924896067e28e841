"""The frame shows to each what is theirs."""

import json

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import translation

from prilavok.company.models import Employee
from prilavok.kernel.actors import STRANGER, Actor
from prilavok.ui import ports
from prilavok.ui.context import menu_of
from prilavok.ui.searches import find
from prilavok.ui.toasts import ToastsMiddleware, toast
from tests.cast import actor, login


def menu_for(by: Actor, path: str = "/settings/styleguide/") -> list[str]:
    request = RequestFactory().get(path)
    request.actor = by  # type: ignore[attr-defined]
    return [str(entry.label) for entry in menu_of(request)]


def test_a_stranger_has_no_menu() -> None:
    assert menu_for(STRANGER) == []


def test_the_menu_stands_in_the_order_of_work(olga: Employee) -> None:
    order = [str(section.label) for section in ports.SECTIONS]
    shown = menu_for(actor(olga))
    assert shown == sorted(shown, key=order.index)
    assert "Settings" in shown or "Настройки" in shown


def test_the_settings_stand_under_headings(ada: Employee) -> None:
    request = RequestFactory().get("/settings/styleguide/")
    request.actor = actor(ada)  # type: ignore[attr-defined]
    with translation.override("en"):
        entries = {entry.key: entry for entry in menu_of(request)}
    pages = [(page.heading, page.key) for page in entries["settings"].children]
    assert [heading for heading, _key in pages if heading] == ["Company", "About customers", "Data", "System"]
    assert pages[0] == ("Company", "shops")
    assert [key for _heading, key in pages].index("own_indicators") < [key for _heading, key in pages].index(
        "looks"
    )
    assert not any(page.heading for page in entries["customers"].children)


@pytest.mark.parametrize(
    ("section", "path", "item"),
    [
        ("settings", "/settings/styleguide/", "styleguide"),
        ("segments", "/segments/rfm/moves/", "rfm"),
        ("segments", "/segments/actives/people/", "rfm"),
        ("loyalty", "/loyalty/coupons/", "coupons"),
    ],
)
def test_the_current_page_is_marked_by_its_address(
    section: str, path: str, item: str, olga: Employee
) -> None:
    request = RequestFactory().get(path)
    request.actor = actor(olga)  # type: ignore[attr-defined]
    shown = next(entry for entry in menu_of(request) if entry.key == section)
    assert not shown.current
    assert [child.key for child in shown.children if child.current] == [item]


@pytest.mark.parametrize("path, key", [("/settings/me/password/", "settings"), ("/today/worth/", "today")])
def test_a_page_without_an_entry_opens_its_section(olga: Employee, path: str, key: str) -> None:
    request = RequestFactory().get(path)
    request.actor = actor(olga)  # type: ignore[attr-defined]
    assert [entry.key for entry in menu_of(request) if entry.open] == [key]


def test_the_palette_finds_pages_that_the_actor_may_open(ada: Employee, max_stranger: Employee) -> None:
    found = [hit.url for group in find(actor(ada), "") for hit in group.hits]
    assert "/settings/styleguide/" in found
    assert "/settings/styleguide/" not in [
        hit.url for group in find(actor(max_stranger), "") for hit in group.hits
    ]


def test_the_palette_offers_what_the_actor_may_do(marina: Employee, max_stranger: Employee) -> None:
    def offered(by: Employee, text: str) -> list[str]:
        return [hit.url for group in find(actor(by), text) for hit in group.hits]

    with translation.override("en"):
        assert "/segments/new/" in offered(marina, "make seg")
        assert "/segments/new/" not in offered(max_stranger, "make seg")


def test_the_catalogue_of_parts_is_for_administrators(
    client: Client, ada: Employee, max_stranger: Employee
) -> None:
    assert login(client, ada).get("/settings/styleguide/").status_code == 200
    assert login(client, max_stranger).get("/settings/styleguide/").status_code == 403


def test_the_panel_at_the_side_gets_the_page_without_its_frame(client: Client, ada: Employee) -> None:
    whole = login(client, ada).get("/settings/styleguide/0/").content.decode()
    beside = client.get("/settings/styleguide/0/", headers={"HX-Request": "true", "HX-Target": "side-body"})
    assert "shell-menu" in whole
    assert "shell-menu" not in beside.content.decode()
    assert 'id="side-title"' in beside.content.decode()


def test_the_choice_of_language_stays_with_the_employee(client: Client, ada: Employee) -> None:
    login(client, ada).post("/ui/appearance/", {"language": "ru", "theme": "dark"})
    ada.refresh_from_db()
    assert (ada.language, ada.theme) == ("ru", "dark")


@pytest.mark.parametrize("elsewhere", ["https://evil.test/", "//evil.test/"])
def test_a_choice_leads_nowhere_else(client: Client, db: None, elsewhere: str) -> None:
    assert client.post("/ui/appearance/", {"theme": "dark", "next": elsewhere}).headers["Location"] == "/"


def test_a_field_is_checked_alone(client: Client, ada: Employee) -> None:
    url = "/ui/check/prilavok.ui.styleguide.ExampleForm/share/"
    wrong = login(client, ada).post(url, {"share": "80"}).content.decode()
    assert 'class="error"' in wrong
    assert client.post(url, {"share": "20"}).content.decode().strip() == ""


def test_a_field_of_a_strangers_form_is_not_checked(client: Client, max_stranger: Employee) -> None:
    url = "/ui/check/prilavok.ui.styleguide.ExampleForm/share/"
    assert login(client, max_stranger).post(url, {"share": "80"}).status_code == 403


def test_an_answer_to_htmx_carries_its_toasts(client: Client, ada: Employee) -> None:
    request = RequestFactory().post("/", headers={"HX-Request": "true"})
    request.session = login(client, ada).session
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    toast(request, "Archived", undo="/undo/")
    answer = ToastsMiddleware(lambda _: HttpResponse("done"))(request)
    assert json.loads(answer["HX-Trigger"])["toasts"] == [
        {"text": "Archived", "undo": "/undo/", "bad": False}
    ]
