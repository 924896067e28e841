"""Whatever breaks, the logs tell what and where, and of nobody whose data it was about.

Each failure is also written as Python's own formatter would write it, where the person does stand: so that the tests
would notice if they provoked nothing.
"""

import io
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from django.db import connection, transaction
from django.test import Client
from procrastinate.contrib.django import app

from prilavok.company.models import Employee, Shop
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel import delivery, jobs, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.discreet import Formatter
from prilavok.kernel.models import Parked
from tests.cast import NOON, login

EMAIL, PHONE, NAME, CARD = "zaytseva@example.org", "79161230099", "Zaytseva", "2200700112345678"
PERSON = (EMAIL, PHONE, NAME, CARD)


@dataclass
class Logs:
    ours: io.StringIO
    plain: io.StringIO

    def told(self, *words: str) -> str:
        """What our log says, having made sure that it knows these words and nothing of the person."""
        ours, plain = self.ours.getvalue(), self.plain.getvalue()
        assert any(one in plain for one in PERSON), f"nothing was provoked: {plain}"
        assert not [one for one in PERSON if one in ours], ours
        assert not [one for one in words if one not in ours], f"{words}: {ours}"
        return ours


@pytest.fixture
def logs(caplog: pytest.LogCaptureFixture) -> Iterator[Logs]:
    caplog.set_level("WARNING", "django.request")  # as it is outside of tests
    root = logging.getLogger()
    configured = next(one.formatter for one in root.handlers if isinstance(one.formatter, Formatter))
    both = Logs(io.StringIO(), io.StringIO())
    handlers = [logging.StreamHandler(both.ours), logging.StreamHandler(both.plain)]
    handlers[0].setFormatter(configured)
    handlers[1].setFormatter(logging.Formatter("%(name)s %(message)s"))
    for one in handlers:
        root.addHandler(one)
    yield both
    for one in handlers:
        root.removeHandler(one)


def break_table(name: str) -> None:
    """PostgreSQL refuses every row of it and shows the row, as it does when a constraint is hurt."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'refused: %', NEW USING DETAIL = NEW::text; END $$"
        )
        cursor.execute(
            f"CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {name} "
            "FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse()"
        )


@pytest.mark.django_db
def test_a_page_that_breaks_over_what_was_typed(logs: Logs, ada: Employee, shop_on_lenina: Shop) -> None:
    client = Client(raise_request_exception=False)
    login(client, ada)
    break_table("customers_person")
    form = {
        "last_name": NAME,
        "first_name": "Anna",
        "email": EMAIL,
        "phone": PHONE,
        "shop": shop_on_lenina.pk,
    }

    assert client.post("/customers/new/", form).status_code == 500

    assert "customers/new/" in logs.told("customers/", "P0001", "actions")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", [f"/api/v1/coupons/{CARD}", f"/customers/{EMAIL}/?q={PHONE}", f"/{PHONE}/"]
)
def test_an_address_with_a_person_in_it(address: str, logs: Logs, ada: Employee) -> None:
    client = Client(raise_request_exception=False)
    login(client, ada)

    assert client.get(address).status_code == 404

    logs.told("404")


@pytest.mark.django_db(transaction=True)
def test_an_event_that_cannot_be_taken(logs: Logs, anna: Profile) -> None:
    def reaction(_event: object) -> None:
        raise ValueError(f"{NAME} has no {EMAIL}")

    reader = journal.Consumer(
        "of_a_test", [journal.Handler(reaction, frozenset({event_of(anna)}), True, False)]
    )
    journal._consumers[reader.name] = reader
    try:
        delivery.step(reader.name)
    finally:
        del journal._consumers[reader.name]

    parked = Parked.objects.filter(consumer=reader.name, waits_for=None).get()
    assert "ValueError" in parked.reason and not [one for one in PERSON if one in parked.reason]


def event_of(profile: Profile) -> str:
    from prilavok.kernel.models import StoredEvent

    return StoredEvent.objects.filter(customer_id=profile.pk).earliest("recorded_at").type


@jobs.job
def write_to(email: str) -> None:
    """A job that meets a person in a text of its own."""
    raise KeyError(f"{NAME} <{email}>")


@pytest.mark.django_db(transaction=True)
def test_a_job_that_fails_for_good(logs: Logs) -> None:
    with transaction.atomic():
        jobs.later(write_to, email=EMAIL)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET attempts = 9")
    worker = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    with worker.replace_connector(worker.connector), ThreadPoolExecutor(1) as apart:
        # a thread has no event loop of a browser's, which may run in this one
        apart.submit(worker.run_worker, wait=False, install_signal_handlers=False).result(60)

    logs.told("job_error", "write_to", "KeyError")


@pytest.mark.django_db
def test_two_with_one_address(logs: Logs, shop_on_lenina: Shop) -> None:
    """PostgreSQL names the value in its words; what is kept of them is the constraint."""
    newcomer = NewCustomer(external_id=CARD, last_name=NAME, email=EMAIL, shop_id=shop_on_lenina.pk)
    break_table("customers_person")
    try:
        customers.register_many([newcomer], by=SYSTEM, at=NOON)
    except Exception:
        logging.getLogger("prilavok.anywhere").exception("something broke")

    logs.told("something broke", "P0001")
