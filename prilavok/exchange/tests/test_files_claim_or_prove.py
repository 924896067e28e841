"""A file of customers claims its cards and contacts unless whoever brings it answers for them, and says by what."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from prilavok.company.models import Employee, Shop
from prilavok.customers import actions as customers
from prilavok.customers import queries
from prilavok.customers.models import Candidate, Contact, Identifier, Profile
from prilavok.customers.ports import NewCustomer
from prilavok.customers.queries import Certainty, Presented
from prilavok.exchange.actions import UnknownOrigin
from prilavok.exchange.cli import imports
from prilavok.exchange.models import Import
from prilavok.exchange.tests.conftest import Bring
from prilavok.kernel.actors import SYSTEM
from prilavok.orders.models import Receipt
from tests.cast import NOON, login

CARD = "2900000000010"
HEADER = "card,last_name,first_name,email,phone,consent_email\n"
ANNA = f"{CARD},Ковалёва,Анна,anna@example.org,+79161234567,да\n"
SURE = {"verified": "card"}


@pytest.fixture(autouse=True)
def _ground(shop_on_lenina: Shop) -> None: ...


def who(kind: str, value: str) -> str:
    return queries.identify([Presented(kind, value)], SYSTEM).certainty


def test_without_a_word_cards_are_claims_and_the_file_again_changes_nothing(bring: Bring) -> None:
    bring("customers", HEADER + ANNA)
    again = bring("customers", HEADER + ANNA)

    assert (again.loaded, again.changed, again.unchanged) == (0, 0, 1)
    card = Identifier.objects.get(kind="card")
    assert (card.proof, card.alone, card.rule) == ("claimed", False, "import")
    assert not Contact.objects.exclude(verified_at=None).exists()
    assert again.notes[0]["code"] == "claimed"


def test_a_claimed_card_takes_nobodys_and_waits_in_the_queue(bring: Bring) -> None:
    owner = customers.register(NewCustomer(first_name="Вера", cards=(CARD,)), by=SYSTEM, at=NOON)

    one = bring("customers", HEADER + ANNA)
    again = bring("customers", HEADER + ANNA.replace("Анна", "Аня"))

    assert (one.loaded, again.changed, Profile.objects.count()) == (1, 1, 2)
    assert queries.profile_ids_by_identifier("card", [CARD], claimed=True) == {CARD: owner.pk}
    pair = Candidate.objects.get()
    assert (pair.source, pair.left_id, pair.reasons) == ("claim", owner.pk, [{"code": "card_claimed"}])
    owner.person.refresh_from_db()
    assert owner.person.full_name == "Вера"


def test_two_who_claim_one_card_wait_for_somebody_to_look(bring: Bring) -> None:
    rows = f"A,{CARD},Анна\nB,{CARD},Борис\n"

    one = bring("customers", "external_id,card,first_name\n" + rows)

    assert (one.loaded, one.rejected, Candidate.objects.count()) == (2, 0, 1)
    assert queries.profile_ids_by_identifier("card", [CARD], claimed=True) == {}


def test_whoever_brings_the_file_may_answer_for_it_and_that_is_kept(bring: Bring) -> None:
    one = bring("customers", HEADER + ANNA, options=SURE)

    rule = f"file.card.{one.public_id}"
    card, contacts = Identifier.objects.get(kind="card"), Contact.objects.all()
    assert (card.proof, card.alone, card.rule, card.at, card.by_kind) == (
        "verified",
        True,
        rule,
        NOON,
        "system",
    )
    assert {(its.verified_rule, its.verified_at, its.verified_by_kind) for its in contacts} == {
        (rule, NOON, "system")
    }
    assert who("phone", "+79161234567") == who("card", CARD) == Certainty.CERTAIN


def test_the_same_file_answered_for_later_proves_what_was_claimed(bring: Bring) -> None:
    bring("customers", HEADER + ANNA)

    later = bring("customers", HEADER + ANNA, options=SURE)
    again = bring("customers", HEADER + ANNA, options=SURE)

    assert (later.loaded, later.changed, again.changed, again.unchanged) == (0, 1, 0, 1)
    assert Identifier.objects.get(kind="card").alone
    assert Contact.objects.exclude(verified_at=None).count() == 2


def test_a_phone_of_two_people_is_proved_to_be_neither_s(bring: Bring) -> None:
    bring("customers", HEADER + ANNA + ANNA.replace("10,К", "20,К").replace("Анна", "Олег"), options=SURE)

    again = bring(
        "customers", HEADER + ANNA + ANNA.replace("10,К", "20,К").replace("Анна", "Олег"), options=SURE
    )
    assert (again.changed, again.unchanged, Identifier.objects.filter(alone=True).count()) == (0, 2, 2)
    assert not Contact.objects.exclude(verified_at=None).exists()


def test_what_a_file_proved_another_that_answers_replaces_and_a_claim_does_not(bring: Bring) -> None:
    bring("customers", HEADER + ANNA, options=SURE)
    keyed = HEADER + ANNA.replace("+79161234567", "+79160000001")

    bring("customers", keyed, options=SURE)
    assert list(Contact.objects.filter(kind="phone").values_list("value", flat=True)) == ["+79160000001"]
    bring("customers", keyed.replace("+79160000001", "+79160000002"))

    assert Contact.objects.filter(kind="phone").count() == 2


def test_receipts_are_counted_for_whoever_claims_the_card_and_showing_it_proves_it(
    bring: Bring, goods: None, client: Client, klara: Employee, shop_on_lenina: Shop
) -> None:
    bring("customers", HEADER + ANNA)
    head = "receipt,shop,paid_at,card,product,quantity,revenue\n"
    bring("receipts", head + f"1,{shop_on_lenina.code},2026-03-01 10:15,{CARD},P1,1,3.50\n")
    anna = Profile.objects.get()
    assert Receipt.objects.get().profile_id == anna.pk
    assert not Identifier.objects.get(kind="card").alone

    body = {
        "shop": shop_on_lenina.code, "number": "2", "paid_at": "2026-03-02T10:15:00+03:00",
        "customer": {"card": CARD}, "lines": [{"product": "P1", "quantity": "1", "paid": "3.50"}],
    }  # fmt: skip
    answer = login(client, klara).post(
        "/api/v1/receipts", body, content_type="application/json", headers={"Idempotency-Key": "r2"}
    )

    assert answer.status_code == 200, answer.content
    card = Identifier.objects.get(kind="card")
    assert (card.alone, card.rule, Receipt.objects.filter(profile=anna).count()) == (True, "till", 2)


def test_it_is_said_on_the_page_by_command_and_by_the_api(
    client: Client, ada: Employee, tmp_path: Path
) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(HEADER + ANNA)
    told = CliRunner().invoke(imports, ["customers", str(path), "--verified"])
    assert told.exit_code == 0, told.output
    assert Import.objects.get().options == SURE
    login(client, ada)
    with path.open("rb") as file:
        client.post("/exchange/new/", {"kind": "customers", "file": file})
    one = Import.objects.latest("pk")
    page = client.get(f"/exchange/{one.public_id}/").content.decode()
    assert 'name="option_verified"' in page
    begin: Any = {"content_type": "application/json", "headers": {"Idempotency-Key": "s1"}}
    bad = client.post(f"/api/v1/imports/{one.public_id}/start", {"options": {"verified": "x"}}, **begin)
    assert (bad.status_code, bad.json()["code"]) == (422, UnknownOrigin.code)
    client.post(f"/exchange/{one.public_id}/start/", {"column_card": "card", "option_verified": "system"})
    one.refresh_from_db()
    assert one.options == {"verified": "system"}
    anna = Profile.objects.get()
    shown = client.get(f"/customers/{anna.public_id}/contacts/").content.decode()
    assert "declared" in shown or "заявлен" in shown


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"options": {"add_shops": True}}, "options.add_shops"),  # receipts have it, customers do not
        ({"options": {"verifed": "card"}}, "options.verifed"),
        ({"mapping": {"lastname": "Фамилия"}}, "mapping.lastname"),
        ({"mapping": {"last_name": "mapping.last_name"}}, "mapping.last_name"),  # no such column in the file
    ],
)
def test_what_an_import_does_not_know_is_told_and_starts_nothing(
    client: Client, ada: Employee, wrong: dict[str, Any], field: str
) -> None:
    login(client, ada)
    client.post(
        "/exchange/new/", {"kind": "customers", "file": SimpleUploadedFile("c.csv", (HEADER + ANNA).encode())}
    )
    one = Import.objects.get()
    told = client.post(
        f"/api/v1/imports/{one.public_id}/start",
        wrong,
        content_type="application/json",
        headers={"Idempotency-Key": "s2", "Accept-Language": "en"},
    )
    assert (told.status_code, told.json()["field"]) == (422, field)
    assert field.partition(".")[2] in told.json()["title"]
    one.refresh_from_db()
    assert one.state == Import.State.WAITING
