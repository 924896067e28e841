"""A list as somebody likes it, kept under a name and shown to colleagues."""

from django.test import Client

from prilavok.company.models import Employee, SavedView
from tests.cast import login

VIEWS = "/views/customers/"


def test_a_view_brings_the_list_back_with_every_value(marina: Employee, client: Client) -> None:
    login(client, marina)
    client.post(VIEWS, {"name": "Мои", "query": "q=anna&columns=name&columns=card"})
    page = client.get("/customers/").content.decode()
    assert "?q=anna&amp;columns=name&amp;columns=card" in page


def test_a_shared_view_is_seen_by_colleagues_and_its_maker_is_named(
    marina: Employee, oleg: Employee, client: Client
) -> None:
    login(client, marina).post(VIEWS, {"name": "Для всех", "query": "status=active", "shared": "on"})
    client.post(VIEWS, {"name": "Только моё", "query": "status=blocked"})
    page = login(Client(), oleg).get("/customers/").content.decode()
    assert "Для всех" in page and "Marina" in page
    assert "Только моё" not in page


def test_nobody_takes_a_colleagues_view_away(marina: Employee, oleg: Employee, client: Client) -> None:
    login(client, marina).post(VIEWS, {"name": "Для всех", "query": "", "shared": "on"})
    view = SavedView.objects.get()
    login(Client(), oleg).post(f"{VIEWS}{view.pk}/removal/")
    assert SavedView.objects.exists()
    client.post(f"{VIEWS}{view.pk}/removal/")
    assert not SavedView.objects.exists()


def test_the_page_offers_to_save_and_to_share(marina: Employee, client: Client) -> None:
    for path in ("/customers/", "/orders/"):
        assert f'data-save-view="/views{path}"' in login(client, marina).get(path).content.decode()
