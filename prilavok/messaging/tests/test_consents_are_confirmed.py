"""The letter that asks for a click goes to the address it asks about, once."""

import re

import pytest
from django.test import Client

from prilavok.customers import actions as customers
from prilavok.customers import queries
from prilavok.customers.ports import NewConsent, NewCustomer
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.messaging.catcher.store import Store
from prilavok.messaging.tests.conftest import Catcher
from tests.cast import NOON


@pytest.mark.django_db(transaction=True)
def test_the_letter_leads_to_the_button(the_company: None, catcher: Catcher, client: Client) -> None:
    customers.demand_click(channel="email", on=True, by=SYSTEM)
    new = NewCustomer(
        external_id="vera", email="vera@town.test", consents=(NewConsent(channel="email"),), source="site"
    )
    vera = customers.register(new, by=SYSTEM, at=NOON)
    journal.deliver()

    assert catcher.letters() == ["vera@town.test"]
    (letter,) = Store(catcher.path).page(search="", size=1)
    _caught, message = Store(catcher.path).one(letter.id) or (None, None)
    assert message is not None
    address = re.search(r"/my/consent/[^/\s]+/", message.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert address
    client.post(address.group())
    assert queries.why_unreachable([vera.pk], "email")[vera.pk] is None
