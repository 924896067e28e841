"""A list as somebody likes it, kept under a name and shown to colleagues."""

import pytest
from django.test import Client

from prilavok.company import actions
from prilavok.company.models import ApiToken, Employee, SavedView
from prilavok.company.tests.test_access_by_the_api import send
from tests.cast import NOON, actor, login

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


def test_a_view_is_shown_to_a_role_and_a_colleague_opens_the_list_with_it(
    marina: Employee, oleg: Employee, klara: Employee, client: Client
) -> None:
    login(client, marina).post(VIEWS, {"name": "Для операторов", "query": "status=active"})
    view = SavedView.objects.get()
    client.post(f"{VIEWS}{view.pk}/sharing/", {"roles": ["operator", "nobody"]})
    assert "Для операторов" not in login(Client(), klara).get("/customers/").content.decode()
    operator = login(Client(), oleg)
    assert "Для операторов" in operator.get("/customers/").content.decode()
    assert "Для операторов" in operator.get(VIEWS).content.decode()

    operator.post(f"{VIEWS}{view.pk}/opening/")
    assert operator.get("/customers/").headers["Location"] == "/customers/?status=active"
    assert 'href="?view=all"' in operator.get("/customers/?status=active").content.decode()
    assert operator.get("/customers/?view=all").status_code == 200
    operator.post(f"{VIEWS}{view.pk}/opening/")
    assert operator.get("/customers/").status_code == 200

    client.post(f"{VIEWS}{view.pk}/sharing/")
    assert "Для операторов" not in operator.get("/customers/").content.decode()
    assert operator.post(f"{VIEWS}{view.pk}/opening/").status_code == 404


def test_showing_views_to_colleagues_is_a_right_of_its_own(oleg: Employee, client: Client) -> None:
    assert login(client, oleg).post(VIEWS, {"name": "Мои", "query": "", "shared": "on"}).status_code == 403
    client.post(VIEWS, {"name": "Мои", "query": ""})
    assert client.post(f"{VIEWS}{SavedView.objects.get().pk}/sharing/", {"shared": "on"}).status_code == 403
    assert not SavedView.objects.get().shared


@pytest.mark.parametrize("path", ["/orders/", "/tasks/"])
def test_every_list_with_views_opens_with_the_chosen_one(path: str, marina: Employee, client: Client) -> None:
    views = f"/views{path}"
    login(client, marina).post(views, {"name": "Мои", "query": "q=anna"})
    client.post(f"{views}{SavedView.objects.get().pk}/opening/")
    assert client.get(path).headers["Location"] == f"{path}?q=anna"
    assert client.get(f"{path}?view=all").status_code == client.get(f"{path}?q=anna").status_code == 200


def test_views_are_kept_shared_and_opened_by_the_api(olga: Employee, oleg: Employee, client: Client) -> None:
    desk, operator = login(client, olga), login(Client(), oleg)
    active = {"page": "customers", "name": "Наши", "query": {"status": ["active"]}, "roles": ["operator"]}
    view = send(desk, "POST", "/me/views", active).json()
    assert (view["query"], view["roles"], view["own"]) == ({"status": ["active"]}, ["operator"], True)
    [seen] = operator.get("/api/v1/me/views?page=customers").json()
    assert (seen["id"], seen["own"], seen["opens"]) == (view["id"], False, False)
    [opened] = send(operator, "PUT", "/me/views/opening", {"page": "customers", "view": view["id"]}).json()
    assert opened["opens"] and operator.get("/customers/").headers["Location"] == "/customers/?status=active"
    assert send(operator, "DELETE", f"/me/views/{view['id']}").status_code == 204  # a colleague's stays
    assert send(operator, "PUT", f"/me/views/{view['id']}/sharing", {"shared": True}).status_code == 403
    assert send(desk, "PUT", f"/me/views/{view['id']}/sharing", {"shared": False}).json()["roles"] == []
    assert operator.get("/api/v1/me/views?page=customers").json() == []
    assert send(desk, "DELETE", f"/me/views/{view['id']}").status_code == 204
    assert not SavedView.objects.exists()


def test_a_token_owns_no_views(olga: Employee, client: Client) -> None:
    login(client, olga).post(VIEWS, {"name": "Мои", "query": ""})
    view = SavedView.objects.get()
    key = actions.make_token(name="Site", permissions_wanted=["company.share_views"], by=actor(olga), at=NOON)
    ApiToken.objects.update(id=olga.pk)  # whose number is an employee's, too
    site = Client(headers={"Authorization": f"Bearer {key}"})
    assert site.get("/api/v1/me/views?page=customers").json() == []
    kept = send(site, "POST", "/me/views", {"page": "customers", "name": "Мои"})
    assert (kept.status_code, kept.json()["code"]) == (403, "employees_only")
    assert send(site, "PUT", f"/me/views/{view.pk}/sharing", {"shared": True}).status_code == 404
    assert send(site, "DELETE", f"/me/views/{view.pk}").status_code == 204
    view.refresh_from_db()
    assert not view.shared
