"""The letter with a code goes to the address that is to be proved; one that is refused is told to the card."""

import re
from typing import Any

import pytest

from prilavok.customers import actions as customers
from prilavok.customers import queries
from prilavok.customers.models import ContactCode
from prilavok.customers.ports import NewCustomer
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.messaging.catcher.store import Store
from prilavok.messaging.tests.conftest import Catcher, free_port
from tests.cast import NOON


def _asked(address: str) -> tuple[int, int]:
    """A customer's profile and contact, to whom a code is on its way."""
    vera = customers.register(NewCustomer(external_id="vera", email=address), by=SYSTEM, at=NOON)
    contact = queries.contact_of(vera.pk, address, SYSTEM)
    customers.ask_for_code(contact_id=contact, by=SYSTEM, at=clock.now())
    return vera.pk, contact


@pytest.mark.django_db(transaction=True)
def test_the_code_of_the_letter_proves_the_address(the_company: None, catcher: Catcher) -> None:
    profile, contact = _asked("vera@town.test")
    journal.deliver()

    assert catcher.letters() == ["vera@town.test"]
    (letter,) = Store(catcher.path).page(search="", size=1)
    _caught, message = Store(catcher.path).one(letter.id) or (None, None)
    assert message is not None
    code = re.search(r"\b\d{6}\b", message.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert code
    done = customers.prove_contact(contact_id=contact, code=code.group(), by=SYSTEM, at=clock.now())
    assert done.right and queries.contacts_of([profile], SYSTEM)[profile][0].verified_rule == "code"


@pytest.mark.django_db(transaction=True)
def test_a_letter_that_nobody_takes_is_told_to_the_card(the_company: None, settings: Any) -> None:
    settings.SMTP_URL = f"smtp://127.0.0.1:{free_port()}"
    _asked("vera@town.test")
    journal.deliver()

    assert ContactCode.objects.get().failed
