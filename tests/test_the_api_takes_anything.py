"""Every operation of the API, given whatever its schema allows and then what it does not: no answer is a failure.

The schema is the API's own, the cases are schemathesis's. An id in an address is now and then one that exists, so
that more is reached than "nothing of this name".
"""

from collections.abc import Iterator
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from prilavok.company.models import Shop
from prilavok.customers.models import Profile
from prilavok.experiments.tests.people import load
from tests.cast import NOON, hire, login
from tests.described import api_schema
from tests.properties import cases

pytestmark = pytest.mark.chaos

SCHEMA = api_schema()
OPERATIONS = [f"{method.upper()} {path}" for path, methods in SCHEMA["paths"].items() for method in methods]
NAMES = {"public_id", "code", "id"}


@pytest.fixture
def annas_receipt(anna: Profile, shop_on_lenina: Shop) -> None:
    load(shop_on_lenina, [(anna.pk, NOON.date(), 150.0)])


@pytest.fixture
def names(anna: Profile, annas_receipt: None) -> list[str]:
    """By what the things that stand in the base are called."""
    return sorted(set(_names()))


def _names() -> Iterator[str]:
    for model in apps.get_models():
        for name in NAMES & {field.name for field in model._meta.fields}:
            yield from map(str, model._default_manager.order_by("pk").values_list(name, flat=True)[:3])


@pytest.mark.django_db
@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_answer_is_a_failure(
    operation: str, client: Client, standing_facts: None, names: list[str]
) -> None:
    login(client, hire("Somebody", "owner"))
    method, path = operation.split()

    @settings(
        max_examples=cases(20),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # the first that fails is told; a smaller one is not looked for
    )
    @given(case=_cases()[method, path], known=st.none() | st.sampled_from(names))
    def no_case_fails(case: Any, known: str | None) -> None:
        if known and case.path_parameters:
            case.path_parameters = {**case.path_parameters, **_of_one_kind(case.path_parameters, known)}
        status, answer = _ask(client, case)
        assert status < 500, answer[-3000:]

    no_case_fails()


def _of_one_kind(asked: dict[str, Any], known: str) -> dict[str, Any]:
    """The known name in all places of the address that might hold it."""
    return {name: known for name, value in asked.items() if isinstance(value, str) or known.isdigit()}


@cache
def _cases() -> dict[tuple[str, str], Any]:
    """What may be asked of each operation: as the schema says, and otherwise than it says."""
    from schemathesis.generation.modes import GenerationMode
    from schemathesis.openapi import from_dict  # loaded only when these tests run

    found = {}
    for one in from_dict(SCHEMA).get_all_operations():
        operation = one.ok()  # type: ignore[union-attr]  # a schema that isn't one fails here
        modes = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]
        found[operation.method.upper(), operation.path] = st.one_of(modes)
    return found


_keys = count()


def _ask(client: Client, case: Any) -> tuple[int, str]:
    """The status and the text of the answer, asked in this process and its transaction by who is logged in."""
    import requests

    told = case.as_transport_kwargs(base_url="http://testserver")
    told.pop("cookies", None)
    kept = {
        name: value for name, value in told.pop("headers").items() if name not in ("Authorization", "Cookie")
    }
    sent = requests.Request(**told, headers=kept | {"Idempotency-Key": f"key-{next(_keys)}"}).prepare()
    address = urlsplit(str(sent.url))
    answer = client.generic(
        str(sent.method),
        address.path,
        sent.body or b"",
        str(sent.headers.get("Content-Type", "")),
        headers={name: str(value) for name, value in sent.headers.items() if name.lower() != "content-type"},
        query_params=None,
        QUERY_STRING=address.query,
    )
    return answer.status_code, answer.getvalue().decode(errors="replace")
