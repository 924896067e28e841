"""Time zones are called as people call them."""

from django.test import Client

from prilavok.company.models import Employee
from tests.cast import login


def test_a_zone_is_found_by_its_country_and_city(marina: Employee, client: Client) -> None:
    login(client, marina)
    client.post("/settings/me/", {"language": "ru", "theme": "auto", "timezone": "Asia/Novosibirsk"})
    page = client.get("/settings/me/").content.decode()

    assert '<option value="Asia/Novosibirsk" selected>Россия: Новосибирск (Asia/Novosibirsk)</option>' in page
    assert '<option value="UTC">UTC</option>' in page
    assert page.index("Россия: Москва") < page.index("Россия: Новосибирск") < page.index('value="UTC"')
