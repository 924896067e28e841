"""Every page and every operation of the API, tried by the stranger, by someone without rights and by each role.

Addresses are filled with ids of nothing: a door must ask for the right before it looks for the thing. What is open
without a right stands below by name, and nothing else may be.
"""

import json
import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from prilavok.company import actions as company
from prilavok.company import queries as company_queries
from prilavok.config.api import api
from prilavok.kernel import permissions
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, hire, login

NOTHING = {
    "uuid": str(UUID(int=7)),
    "int": "987654321",
    "slug": "nothing",
    "str": "nothing",
    "path": "nothing",
}
# What a person without any right may still do: read what each part of shows only to who may see it, tend what is
# their own, find only what they may open, read the manual.
OPEN_TO_EMPLOYEES = {
    "/": "each part of the first page stands there only for who may see it",
    "/settings/me/": "one's own settings",
    "/settings/me/password/": "one's own password",
    "/ui/bell/": "one's own long work",
    "/ui/find/": "each source shows only what the actor may see",
    "/ui/check/nothing/nothing/": "the form that is checked names the right of its page",
    "/help/nothing/": "the manual",
    "/views/nothing/": "one's own views of lists",
    "/views/nothing/987654321/removal/": "one's own views of lists",
}
# Operations that a token without any right may still ask.
OPEN_OPERATIONS = {
    ("GET", "/api/v1/me"),
    ("GET", "/api/v1/reports/home"),  # each of its parts stands there only for who may see it
}


def _pages(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _pages(pattern, path)
        elif not path.startswith("/api/"):
            yield path, pattern


def _fill(path: str) -> str:
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: NOTHING.get(found.group(1) or "str", "nothing"), path)


PATTERNS = {_fill(path): pattern.callback for path, pattern in _pages()}
PUBLIC = {path for path, view in PATTERNS.items() if getattr(view, "public_reason", "")}
PAGES = {path: getattr(view, "permissions", None) for path, view in PATTERNS.items() if path not in PUBLIC}
GUARDED = {path: wanted for path, wanted in PAGES.items() if wanted}


def _tried(client: Client, path: str) -> set[int]:
    """What reading and writing answer; a method that the page doesn't know says nothing."""
    return {client.get(path).status_code, client.post(path).status_code} - {405}


def test_every_page_says_who_may_open_it() -> None:
    assert not {path for path, wanted in PAGES.items() if wanted is None}
    assert {path for path, wanted in PAGES.items() if wanted == ()} == set(OPEN_TO_EMPLOYEES)


def test_what_is_open_to_strangers_is_known_by_name() -> None:
    assert PUBLIC == {
        "/favicon.ico",
        "/language/",
        "/login/",
        "/login/forgotten/",
        "/login/password/nothing/nothing/",
        "/logout/",
        "/m/nothing/go/987654321",
        "/m/nothing/letter",
        "/m/nothing/open.gif",
        "/m/nothing/unsubscribe",
        "/ui/appearance/",
    }


@pytest.mark.django_db
def test_a_stranger_is_led_to_the_log_in_from_every_page(client: Client, the_company: None) -> None:
    astray = {path: found for path in PAGES if not (found := _tried(client, path)) <= {302, 401}}
    assert not astray


@pytest.mark.django_db
def test_an_employee_without_rights_gets_403_on_every_guarded_page(client: Client, the_company: None) -> None:
    login(client, hire("Max"))
    open_doors = {path: found for path in GUARDED if (found := _tried(client, path)) != {403}}
    assert not open_doors


@pytest.mark.django_db
@pytest.mark.parametrize("role", permissions.ROLES)
def test_each_role_opens_what_its_rights_open_and_nothing_else(
    role: str, client: Client, the_company: None, facts: object
) -> None:
    login(client, hire("Somebody", role))
    rights = permissions.of_role(role)
    wrong: dict[str, int] = {}
    for path, wanted in GUARDED.items():
        held = role == "owner" or rights.issuperset(wanted)
        answer = client.get(path)
        if answer.status_code >= 500 or ((answer.status_code == 403) == held and answer.status_code != 405):
            wrong[path] = answer.status_code
        if answer.status_code == 405 and not held and client.post(path).status_code != 403:
            wrong[path] = 405
    assert not wrong


def _operations() -> list[tuple[str, str]]:
    paths = api.get_openapi_schema()["paths"]
    return [
        (method.upper(), re.sub(r"{\w+}", NOTHING["uuid"], path))
        for path, methods in paths.items()
        for method in methods
    ]


def _ask(client: Client, method: str, path: str, **headers: str) -> int:
    return client.generic(
        method,
        path,
        json.dumps({}),
        "application/json",
        headers={"Idempotency-Key": f"{method} {path}", **headers},
    ).status_code


@pytest.mark.django_db
def test_the_api_knows_no_stranger(client: Client, the_company: None) -> None:
    open_doors = {op: status for op in _operations() if (status := _ask(client, *op)) != 401}
    assert not open_doors


@pytest.mark.django_db
def test_a_token_without_rights_opens_nothing_of_the_api(client: Client, the_company: None) -> None:
    token = company.make_token(name="Empty", permissions_wanted=[], by=SYSTEM, at=NOON)
    assert company_queries.actor_of_token(token, at=NOON) is not None
    answers = {op: _ask(client, *op, Authorization=f"Bearer {token}") for op in _operations()}
    wrong = {
        op: status
        for op, status in answers.items()
        if status not in (403, 404, 422) and op not in OPEN_OPERATIONS
    }
    assert not wrong


@pytest.mark.django_db
def test_the_owner_gets_an_answer_from_every_operation(
    client: Client, the_company: None, facts: object
) -> None:
    login(client, hire("Olga", "owner"))
    broken = {op: status for op in _operations() if (status := _ask(client, *op)) >= 500}
    assert not broken
