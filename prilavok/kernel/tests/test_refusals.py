"""Whatever a schema of ours refuses is told in the language that was asked for."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from pydantic import BaseModel, ValidationError

from prilavok.company import actions as company
from prilavok.company.models import Employee, Shop
from prilavok.kernel import refusals
from tests.cast import NOON, actor
from tests.described import api_schema

RUBBISH: tuple[Any, ...] = (
    None,
    "",
    "x",
    "x" * 70_000,
    "\x00",
    -1,
    1.5,
    10**40,
    True,
    [],
    [None] * 3,
    {},
    {"x": 1},
    "2026-11-21",
)


def schemas(one: type[BaseModel] = BaseModel) -> Iterator[type[BaseModel]]:
    for below in one.__subclasses__():
        yield from schemas(below)
        if below.__module__.startswith("prilavok."):
            yield below


def refused(schema: type[BaseModel]) -> Iterator[dict[str, Any]]:
    """What it says of rubbish in each of its fields, and of nothing at all."""
    names = {field.alias or name for name, field in schema.model_fields.items()} | {"no_such_field"}
    for told in [{}, 7, *({name: value} for name in names for value in RUBBISH)]:
        try:
            schema.model_validate(told)
        except ValidationError as error:
            yield from map(dict, error.errors(include_url=False, include_input=False))


def test_there_are_words_for_all_that_our_schemas_refuse() -> None:
    assert api_schema()  # every schema is loaded
    seen = {error["type"]: error for schema in set(schemas()) for error in refused(schema)}
    assert len(seen) > 25
    assert {kind for kind in seen if not refusals.is_known(kind)} == set()
    for error in seen.values():
        for language in ("en", "ru"):
            with translation.override(language):
                assert "%(" not in refusals.words(error)


@pytest.fixture
def token(olga: Employee) -> str:
    return company.make_token(name="Till", permissions_wanted=["loyalty.redeem"], by=actor(olga), at=NOON)


WRONG = {
    "shop": "lenina",
    "till": 7,
    "lines": [{"product": "milk", "quantity": "-1", "price": "much"}],
    "more": 1,
}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_till_hears_what_is_wrong_in_its_language(
    language: str, client: Client, token: str, shop_on_lenina: Shop
) -> None:
    answer = client.post(
        "/api/v1/till/calculate",
        WRONG,
        content_type="application/json",
        headers={"Accept-Language": language, "Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 422
    told = {one["field"].split(".", 1)[1]: one["message"] for one in answer.json()["errors"]}
    with translation.override(language):
        assert told == {
            "till": refusals.words({"type": "string_type"}),
            "lines.0.quantity": refusals.words({"type": "greater_than_equal", "ctx": {"ge": 0}}),
            "lines.0.price": refusals.words({"type": "decimal_parsing"}),
            "more": refusals.words({"type": "extra_forbidden"}),
        }


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_body_that_is_no_json_is_told_so(language: str, client: Client, token: str) -> None:
    answer = client.post(
        "/api/v1/till/calculate",
        "{",
        content_type="application/json",
        headers={"Accept-Language": language, "Authorization": f"Bearer {token}"},
    )
    title = json.loads(answer.content)["title"]
    assert answer.status_code == 400
    assert "Cannot parse" not in title and "JSON" in title


@pytest.mark.parametrize(
    ("error", "russian"),
    [
        ({"type": "missing"}, "Заполните."),
        ({"type": "string_too_short", "ctx": {"min_length": 1}}, "Заполните."),
        (
            {"type": "literal_error", "ctx": {"expected": "'shop' or 'site'"}},
            "Выберите одно из: 'shop' или 'site'.",
        ),
        ({"type": "value_error", "ctx": {"error": ValueError("Свои слова.")}}, "Свои слова."),
        ({"type": "of_tomorrow"}, "Это сюда не подходит."),
    ],
)
def test_words_are_russian(error: dict[str, Any], russian: str) -> None:
    with translation.override("ru"):
        assert refusals.words(error) == russian
