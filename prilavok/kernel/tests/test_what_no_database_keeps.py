"""NUL and halves of surrogate pairs are refused at the door, on pages and by the API alike."""

import json

import pytest
from django.test import Client

from prilavok.company.models import Employee
from tests.cast import login


@pytest.mark.django_db
def test_a_search_for_nul_is_told_so(client: Client, olga: Employee) -> None:
    answer = login(client, olga).get("/customers/", {"q": "Анна\0"})

    assert answer.status_code == 400
    assert "NUL" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Анна\0", "half a smile \ud83d"])
def test_the_api_names_the_trouble_whatever_the_content_is_called(
    client: Client, olga: Employee, name: str
) -> None:
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        answer = login(client, olga).post(
            "/api/v1/customers", json.dumps({"last_name": name}), kind, headers={"Idempotency-Key": kind}
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "unwritable")


@pytest.mark.django_db
def test_a_smile_is_a_character_like_any_other(client: Client, olga: Employee) -> None:
    answer = login(client, olga).post(
        "/api/v1/customers",
        json.dumps({"last_name": "Анна 😀"}),
        "application/json",
        headers={"Idempotency-Key": "1"},
    )
    assert answer.status_code == 201
