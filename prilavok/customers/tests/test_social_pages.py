"""Social networks and messengers stand on the card together; only pages of known networks are links."""

from uuid import uuid4

from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee
from prilavok.customers.models import Identifier, Profile
from tests.cast import NOON, hire, login


def test_identifiers_become_links_to_known_networks_only(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    for kind, value in (
        ("vk", "id1"),
        ("telegram", "@anna_k"),
        ("max", "anna"),
        ("ok", "javascript:alert(1)"),
    ):
        Identifier.objects.create(profile=anna, kind=kind, value=value, at=NOON)
    address = reverse("customers:contacts", args=[anna.public_id])
    page = login(client, oleg).get(address).content.decode()
    safe = 'target="_blank" rel="noopener noreferrer nofollow"'
    assert f'<a href="https://vk.com/id1" {safe}>id1</a>' in page
    assert f'<a href="https://t.me/anna_k" {safe}>@anna_k</a>' in page
    assert page.count(safe) == 2
    assert "javascript:alert(1)" in page and "MAX" in page

    headers = {"Idempotency-Key": uuid4().hex}
    told = client.get(f"/api/v1/customers/{anna.public_id}", headers=headers).json()["identifiers"]
    pages = {one["kind"]: one["page"] for one in told}
    assert (pages["vk"], pages["telegram"]) == ("https://vk.com/id1", "https://t.me/anna_k")
    assert pages["max"] == pages["ok"] == ""

    analyst = hire("Alla", "analyst")  # sees no contacts
    assert "https://t.me" not in login(client, analyst).get(address).content.decode()
