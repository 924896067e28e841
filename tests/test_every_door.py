"""Every page and every operation of the API, tried by the stranger, by someone without rights and by each role.

Every page is both read and written to. Addresses are filled with ids of nothing: a door must ask for the right
before it looks for the thing. Bodies for the API are made from its own schema, so that the right is asked for and
not the body. What is open without a right stands below by name, and nothing else may be.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import URLPattern, URLResolver, get_resolver

from prilavok.company import actions as company
from prilavok.company import queries as company_queries
from prilavok.customers.models import Address
from prilavok.kernel import permissions
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, hire, login
from tests.described import api_schema

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
    "/settings/security/": "one's own security",
    "/settings/security/codes/": "one's own one-time codes",
    "/settings/security/codes/removal/": "one's own one-time codes",
    "/settings/security/recovery/": "one's own recovery codes",
    "/settings/security/passkeys/": "one's own passkeys",
    "/settings/security/passkeys/options/": "one's own passkeys",
    f"/settings/security/passkeys/{NOTHING['uuid']}/name/": "one's own passkeys",
    f"/settings/security/passkeys/{NOTHING['uuid']}/removal/": "one's own passkeys",
    "/settings/security/log-ins/end/": "one's own log-ins",
    "/settings/security/log-ins/987654321/end/": "one's own log-ins",
    "/ui/bell/": "one's own long work",
    "/ui/find/": "each source shows only what the actor may see",
    "/ui/check/nothing/nothing/": "the form that is checked names the right of its page",
    "/help/pictures/nothing": "pictures of the manual",
    "/help/nothing/": "the manual",
    "/views/nothing/": "one's own views of lists",
    "/views/nothing/987654321/sharing/": "one's own views of lists",
    "/views/nothing/987654321/opening/": "one's own views of lists",
    "/views/nothing/987654321/removal/": "one's own views of lists",
}
OPEN_OPERATIONS = {
    ("GET", "/api/v1/me"): "who asks",
    ("GET", "/api/v1/me/log-ins"): "one's own log-ins",
    ("DELETE", "/api/v1/me/log-ins"): "one's own log-ins",
    ("DELETE", "/api/v1/me/log-ins/{number}"): "one's own log-ins",
    ("GET", "/api/v1/me/views"): "one's own views of lists",
    ("POST", "/api/v1/me/views"): "one's own views of lists",
    ("PUT", "/api/v1/me/views/opening"): "one's own views of lists",
    ("DELETE", "/api/v1/me/views/{number}"): "one's own views of lists",
    ("GET", "/api/v1/reports/home"): "each of its parts stands there only for who may see it",
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


UNKNOWN = 405
_unknown: dict[tuple[str, str], bool] = {}


def _answers(client: Client, path: str) -> dict[str, int]:
    """What reading and writing answer. A method that the page does not know it refuses before it looks who asks: it
    is asked by the first who comes, and not again.
    """
    found = {}
    for method, ask in (("GET", client.get), ("POST", client.post)):
        if not _unknown.get((method, path)):
            found[method] = ask(path).status_code
            _unknown[method, path] = found[method] == UNKNOWN
    return {method: status for method, status in found.items() if status != UNKNOWN}


def test_every_page_says_who_may_open_it() -> None:
    assert not {path for path, wanted in PAGES.items() if wanted is None}
    assert {path for path, wanted in PAGES.items() if wanted == ()} == set(OPEN_TO_EMPLOYEES)


def test_what_is_open_to_strangers_is_known_by_name() -> None:
    assert PUBLIC == {
        f"/agreements/{NOTHING['uuid']}/",
        "/alive/",
        "/favicon.ico",
        "/language/",
        "/login/",
        "/login/forgotten/",
        "/login/password/nothing/nothing/",
        "/login/second/",
        "/login/second/passkey/",
        "/login/second/passkey/options/",
        "/login/with/nothing/",
        "/login/with/nothing/back/",
        "/logout/",
        "/m/nothing/go/987654321",
        "/m/nothing/letter",
        "/m/nothing/open.gif",
        "/m/nothing/unsubscribe",
        "/my/consent/nothing/",
        "/my/nothing/",
        "/ui/appearance/",
    }


@pytest.mark.django_db
def test_a_stranger_is_led_to_the_log_in_from_every_page(client: Client, the_company: None) -> None:
    astray = {
        path: found for path in PAGES if not {*(found := _answers(client, path)).values()} <= {302, 401}
    }
    assert not astray


@pytest.mark.django_db
def test_an_employee_without_rights_gets_403_on_every_guarded_page(client: Client, the_company: None) -> None:
    login(client, hire("Max"))
    open_doors = {path: found for path in GUARDED if {*(found := _answers(client, path)).values()} != {403}}
    assert not open_doors


@pytest.mark.django_db
@pytest.mark.parametrize("role", permissions.ROLES)
def test_each_role_opens_what_its_rights_open_and_nothing_else(
    role: str, client: Client, the_company: None, facts: object
) -> None:
    login(client, hire("Somebody", role))
    rights = permissions.of_role(role)
    wrong: dict[str, dict[str, int]] = {}
    for path, wanted in GUARDED.items():
        found = _answers(client, path)
        if not rights.issuperset(wanted):
            right = {*found.values()} == {403}
        else:  # to write may need one right more than to read; a page that is only written to needs no other
            right = max(found.values()) < 500 and found.get("GET", found.get("POST")) != 403
        if not right:
            wrong[path] = found
    assert not wrong


# ── The API ──────────────────────────────────────────────────────────────────────────────────────────────

Operation = tuple[str, str]


def _operations() -> list[Operation]:
    return [(method.upper(), path) for path, methods in api_schema()["paths"].items() for method in methods]


def _example(kind: dict[str, Any]) -> Any:
    """The smallest value that a schema takes."""
    if "$ref" in kind:
        return _example(api_schema()["components"]["schemas"][kind["$ref"].rsplit("/", 1)[1]])
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in kind:
            return _example(kind[choice][0])
    for given in ("const", "default"):
        if given in kind:
            return kind[given]
    for given in ("enum", "examples"):
        if given in kind:
            return kind[given][0]
    return _MADE.get(kind.get("format", ""), _MADE.get(kind.get("type", ""), lambda _kind: None))(kind)


def _object(kind: dict[str, Any]) -> dict[str, Any]:
    return {name: _example(kind["properties"][name]) for name in kind.get("required", ())}


_MADE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "uuid": lambda _kind: NOTHING["uuid"],
    "date": lambda _kind: "2026-03-02",
    "date-time": lambda _kind: "2026-03-02T09:00:00+00:00",
    "string": lambda kind: "x" * max(1, kind.get("minLength", 1)),
    "integer": lambda kind: int(kind.get("minimum", 1)),
    "number": lambda kind: kind.get("minimum", 1),
    "boolean": lambda _kind: False,
    "array": lambda kind: [_example(kind["items"]) for _ in range(kind.get("minItems", 0))],
    "object": _object,
}


def _ask(client: Client, method: str, path: str, **headers: str) -> tuple[int, str]:
    """The status, and the right that was found missing."""
    described = api_schema()["paths"][path][method.lower()]
    given = {one["name"]: one["schema"] for one in described.get("parameters", ()) if one["in"] == "path"}
    query = {
        one["name"]: _example(one["schema"])
        for one in described.get("parameters", ())
        if one["in"] == "query" and one.get("required")
    }
    address = re.sub(r"{(\w+)}", lambda found: str(_example(given[found[1]])), path)
    content = described.get("requestBody", {}).get("content", {})
    nothing: tuple[str, dict[str, Any]] = ("application/json", {})
    kind, body = next(iter(content.items()), nothing)
    example = _example(body["schema"]) if body else {}
    sent = (
        (encode_multipart(BOUNDARY, example | {"file": ContentFile(b"a", "a.csv")}), MULTIPART_CONTENT)
        if kind.startswith("multipart/")
        else (json.dumps(example), kind)
    )
    answer = client.generic(
        method,
        address,
        *sent,
        headers={"Idempotency-Key": f"{method} {path} {headers}", **headers},
        query_params=query,
    )
    missing = answer.json().get("permission", "") if answer.status_code == 403 else ""
    return answer.status_code, missing


_asked_for: dict[Operation, tuple[int, str]] = {}


def _needed(client: Client) -> dict[Operation, tuple[int, str]]:
    """The right that each operation asks for first, as a token without any learns it; found out once."""
    if not _asked_for:
        _asked_for.update(_found_needed(client))
    return _asked_for


def _found_needed(client: Client) -> dict[Operation, tuple[int, str]]:
    token = company.make_token(name="Empty", permissions_wanted=[], by=SYSTEM, at=NOON)
    assert company_queries.actor_of_token(token, at=NOON) is not None
    return {op: _ask(client, *op, Authorization=f"Bearer {token}") for op in _operations()}


def test_schemas_of_one_name_are_told_apart() -> None:
    def body(path: str) -> dict[str, Any]:
        [operation] = [one for one in api_schema()["paths"][path].values() if "requestBody" in one]
        told = operation["requestBody"]["content"]["application/json"]["schema"]
        schema: dict[str, Any] = api_schema()["components"]["schemas"][told["$ref"].rsplit("/", 1)[1]]
        return schema

    assert "customers" in body("/api/v1/coupon-series/{series_id}/issue")["properties"]
    assert "programme" in body("/api/v1/card-kinds")["properties"]
    assert "programme" not in body("/api/v1/relation-kinds/{code}")["properties"]
    for path, kinds in (
        ("/api/v1/customers/{public_id}/personal-requests", {"archive", "correction", "erasure"}),
        ("/api/v1/customers/{public_id}/addresses", set(Address.Kind.values)),
    ):
        named = body(path)["properties"]["kind"]
        ref = (named.get("allOf") or [named])[0]["$ref"].rsplit("/", 1)[1]
        assert set(api_schema()["components"]["schemas"][ref]["enum"]) == kinds


@pytest.mark.django_db
def test_the_api_knows_no_stranger(client: Client, the_company: None) -> None:
    open_doors = {op: found for op in _operations() if (found := _ask(client, *op)[0]) != 401}
    assert not open_doors


@pytest.mark.django_db
def test_a_token_without_rights_is_refused_by_every_operation(client: Client, the_company: None) -> None:
    wrong = {
        op: found
        for op, found in _needed(client).items()
        if (found[0] != 403 or not found[1]) and op not in OPEN_OPERATIONS
    }
    assert not wrong


@pytest.mark.django_db
@pytest.mark.parametrize("role", permissions.ROLES)
def test_each_role_does_by_the_api_what_its_rights_open_and_nothing_else(
    role: str, client: Client, the_company: None, facts: object
) -> None:
    needed = _needed(client)
    login(client, hire("Somebody", role))
    rights, wrong = permissions.of_role(role), {}
    for op, (_status, right) in needed.items():
        status, missing = _ask(client, *op)
        opened = missing != right and status < 500
        if op not in OPEN_OPERATIONS and opened != (right in rights):
            wrong[op] = (status, missing, right)
    assert not wrong
