"""Anna's family, and the companies around the shop called Daisy."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from django.test import Client

from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCompany, NewCustomer
from prilavok.kernel.actors import SYSTEM
from prilavok.relations import actions
from prilavok.relations.models import Relation
from prilavok.relations.ports import NewRelation
from tests.cast import NOON

Named = Callable[..., Profile]
_keys = count()


def send(client: Client, method: str, address: str, body: dict[str, Any] | None = None) -> Any:
    return getattr(client, method)(
        f"/api/v1{address}",
        body or {},
        content_type="application/json",
        headers={"Idempotency-Key": f"relations-{next(_keys)}"},
    )


def related(kind: str, first: Profile, second: Profile, **more: Any) -> Relation:
    new = NewRelation(kind=kind, first_id=first.pk, second_id=second.pk, **more)
    return actions.relate(new, by=SYSTEM, at=NOON)


@pytest.fixture
def person(the_company: None) -> Named:
    def make(name: str, **more: Any) -> Profile:
        return customers.register(NewCustomer(first_name=name, **more), by=SYSTEM, at=NOON)

    return make


@pytest.fixture
def firm(the_company: None) -> Named:
    def make(name: str) -> Profile:
        return customers.register_company(NewCompany(name=name), by=SYSTEM, at=NOON)

    return make
