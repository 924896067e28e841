"""Points are corrected by hand with four eyes: Oleg proposes, Sasha decides."""

import json
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM, Actor, Refused
from prilavok.kernel.models import StoredEvent, Work
from prilavok.ledger import queries as ledger
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty import queries
from prilavok.loyalty.models import Account, Correction
from prilavok.loyalty.ports import NewCorrection
from prilavok.loyalty.problems import (
    AccountClosed,
    BadCorrection,
    CorrectionDecided,
    EmployeesOnly,
    OwnCorrection,
    TooFewPoints,
)
from tests.cast import NOON, actor, hire, login

pytestmark = pytest.mark.django_db


@pytest.fixture
def sasha(the_company: None) -> Employee:
    return hire("Sasha", "supervisor")


@pytest.fixture
def account(anna: Profile) -> Account:
    programme = loyalty.make_programme(code="club", name="Club", lifetime_days=30, by=SYSTEM, at=NOON)
    return loyalty.open_accounts([anna.pk], programme.pk, by=SYSTEM, at=NOON)[anna.pk]


def propose(account: Account, by: Employee, amount: str = "150", cause: UUID | None = None) -> Correction:
    new = NewCorrection(
        account_id=account.pk,
        amount=Decimal(amount),
        reason="missed",
        note="Receipt 4711 went by without the card",
        cause=cause or uuid4(),
    )
    return loyalty.propose_correction(new, by=actor(by), at=NOON)


def stands(account: Account) -> Decimal:
    return queries.balances([account], at=NOON)[account.pk].available


def told() -> list[str]:
    types = StoredEvent.objects.order_by("id").values_list("type", flat=True)
    return [one for one in types if "Correction" in one or "PointsMoved" in one]


def test_points_move_only_when_a_colleague_approved(
    account: Account, oleg: Employee, sasha: Employee
) -> None:
    asked = propose(account, oleg)
    assert stands(account) == 0

    loyalty.approve_correction(asked.pk, by=actor(sasha), at=NOON)
    loyalty.approve_correction(asked.pk, by=actor(sasha), at=NOON)  # the same click twice

    balance = queries.balances([account], at=NOON)[account.pk]
    assert balance.available == 150
    assert balance.next_lapse is not None and balance.next_lapse[0].isoformat() == "2026-04-01T21:00:00+00:00"
    assert told() == [
        "loyalty.CorrectionProposed",
        "loyalty.CorrectionApproved",
        "loyalty.PointsMoved",
    ]
    assert Work.objects.get(employee_id=oleg.pk).notice
    [moved] = ledger.flows(account.programme.unit, since=NOON.replace(year=2025), until=NOON)
    assert (moved.adjusted, moved.issued) == (Decimal(150), Decimal(0))


def test_points_are_taken_as_well_but_no_more_than_there_are(
    account: Account, oleg: Employee, sasha: Employee
) -> None:
    loyalty.approve_correction(propose(account, oleg).pk, by=actor(sasha), at=NOON)
    loyalty.approve_correction(propose(account, oleg, "-100").pk, by=actor(sasha), at=NOON)
    too_much = propose(account, oleg, "-51")

    with pytest.raises(TooFewPoints):
        loyalty.approve_correction(too_much.pk, by=actor(sasha), at=NOON)
    too_much.refresh_from_db()
    assert (stands(account), too_much.state) == (Decimal(50), "waiting")
    assert ledger.open_units() == []


def test_nobody_approves_their_own(account: Account, sasha: Employee) -> None:
    own = propose(account, sasha)

    with pytest.raises(OwnCorrection):
        loyalty.approve_correction(own.pk, by=actor(sasha), at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.update(state="approved", decided_by=sasha, decided_at=NOON)
    assert stands(account) == 0


def test_a_rejection_keeps_its_reason_and_is_the_end(
    account: Account, oleg: Employee, sasha: Employee
) -> None:
    asked = propose(account, oleg)
    with pytest.raises(BadCorrection):
        loyalty.reject_correction(asked.pk, " ", by=actor(sasha), at=NOON)
    loyalty.reject_correction(asked.pk, "The card was on the receipt", by=actor(sasha), at=NOON)

    with pytest.raises(CorrectionDecided):
        loyalty.approve_correction(asked.pk, by=actor(sasha), at=NOON)
    asked.refresh_from_db()
    assert (asked.state, asked.answer) == ("rejected", "The card was on the receipt")
    assert stands(account) == 0
    assert told()[-1] == "loyalty.CorrectionRejected"
    assert "The card was on the receipt" in Work.objects.get(employee_id=oleg.pk).note


def test_who_proposed_withdraws_and_others_without_the_right_do_nothing(
    account: Account, oleg: Employee, klara: Employee, sasha: Employee
) -> None:
    asked, other = propose(account, oleg), propose(account, sasha)
    with pytest.raises(Refused):
        loyalty.approve_correction(other.pk, by=actor(oleg), at=NOON)
    with pytest.raises(Refused):
        loyalty.reject_correction(other.pk, "No", by=actor(oleg), at=NOON)
    with pytest.raises(Refused):
        propose(account, klara)

    withdrawn = loyalty.reject_correction(asked.pk, "Typed wrong", by=actor(oleg), at=NOON)
    assert (withdrawn.state, withdrawn.decided_by_id) == ("rejected", oleg.pk)


def test_a_request_proposes_once_and_says_what_is_wrong(account: Account, oleg: Employee) -> None:
    cause = uuid4()
    assert propose(account, oleg, cause=cause) == propose(account, oleg, cause=cause)
    for amount in ("0", "0.00001", "1e13"):
        with pytest.raises(BadCorrection):
            propose(account, oleg, amount)
    Account.objects.update(closed_at=NOON)
    with pytest.raises(AccountClosed):
        propose(account, oleg)


def test_a_token_is_no_pair_of_eyes(account: Account, oleg: Employee) -> None:
    asked = propose(account, oleg)
    token = Actor("token", 1, frozenset({"loyalty.correct", "loyalty.approve_corrections"}))
    with pytest.raises(EmployeesOnly):
        loyalty.approve_correction(asked.pk, by=token, at=NOON)
    with pytest.raises(EmployeesOnly):
        loyalty.reject_correction(asked.pk, "No", by=SYSTEM, at=NOON)


def test_the_pages_from_the_account_to_the_decision(
    client: Client, account: Account, oleg: Employee, sasha: Employee
) -> None:
    login(client, oleg)
    address = reverse("loyalty:corrections_of_account", args=[account.public_id])
    assert account.profile is not None
    from_the_card = reverse("loyalty:corrections_of_customer", args=[account.profile.public_id])
    assert "Ковалёва" in client.get(from_the_card, follow=True).content.decode()
    typed = {"cause": str(uuid4()), "amount": "150", "reason": "goodwill", "note": "Waited an hour"}
    assert client.post(address, typed | {"amount": "0"}).status_code == 422
    for _click in range(2):
        page = client.post(address, typed, follow=True).content.decode()
        assert "You proposed this correction yourself" in page and "Withdraw" in page
    one = Correction.objects.get()
    assert client.post(reverse("loyalty:correction_approval", args=[one.public_id])).status_code == 403

    login(client, sasha)
    waiting = client.get(reverse("loyalty:corrections")).content.decode()
    assert "Goodwill after a complaint" in waiting and "+150" in waiting
    assert (
        "Waited an hour" in client.get(reverse("loyalty:correction", args=[one.public_id])).content.decode()
    )
    assert client.post(reverse("loyalty:correction_rejection", args=[one.public_id])).status_code == 422
    done = client.post(reverse("loyalty:correction_approval", args=[one.public_id]), follow=True)
    assert "approved" in done.content.decode()
    assert stands(account) == 150
    timeline = client.get(reverse("customers:timeline", args=[account.profile.public_id])).content.decode()
    assert "Correction approved: +150 points" in timeline
    assert "Goodwill" not in client.get(reverse("loyalty:corrections")).content.decode()
    assert "Goodwill" in client.get(reverse("loyalty:corrections"), {"state": "approved"}).content.decode()


def test_of_several_accounts_one_is_chosen(
    client: Client, account: Account, anna: Profile, oleg: Employee
) -> None:
    address = reverse("loyalty:corrections_of_customer", args=[anna.public_id])
    Account.objects.create(programme=account.programme, profile=anna, name="Wedding", opened_at=NOON)
    assert "Wedding" in login(client, oleg).get(address).content.decode()
    Account.objects.update(closed_at=NOON)
    assert "no account of points yet" in client.get(address).content.decode()


def test_the_api_does_the_same(client: Client, account: Account, oleg: Employee, sasha: Employee) -> None:
    def send(method: str, path: str, body: dict[str, Any]) -> Any:
        ask = getattr(client, method)
        headers = {"Idempotency-Key": str(uuid4())}
        return ask(
            f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers
        ).json()

    login(client, oleg)
    wanted = {"amount": "-5", "reason": "abuse", "note": "Twice for one receipt", "cause": str(uuid4())}
    made = send("post", f"/accounts/{account.public_id}/corrections", wanted)
    assert (made["state"], made["proposed_by"]) == ("waiting", str(oleg.public_id))
    assert send("post", f"/accounts/{account.public_id}/corrections", wanted)["id"] == made["id"]
    decision = f"/corrections/{made['id']}/decision"
    assert send("put", decision, {"outcome": "approved"})["code"] == "refused"

    login(client, sasha)
    assert send("put", decision, {"outcome": "approved"})["code"] == "too_few_points"
    assert send("put", decision, {"outcome": "rejected"})["field"] == "reason"
    rejected = send("put", decision, {"outcome": "rejected", "reason": "It was one"})
    assert (rejected["state"], rejected["answer"]) == ("rejected", "It was one")
    [listed] = client.get("/api/v1/corrections?state=rejected").json()["items"]
    assert listed == rejected == client.get(f"/api/v1/corrections/{made['id']}").json()


@pytest.mark.django_db(transaction=True)
def test_the_archive_has_them_and_erasing_empties_what_was_written(
    account: Account, anna: Profile, oleg: Employee
) -> None:
    propose(account, oleg)
    assert queries.archived_corrections([anna.pk])[0]["note"] == "Receipt 4711 went by without the card"

    customers.erase(profile_id=anna.pk, by=SYSTEM, at=NOON)
    journal.deliver()

    [kept] = queries.archived_corrections([anna.pk])
    assert (kept["note"], kept["amount"]) == ("", 150)


def test_a_stranger_sees_no_correction(
    client: Client, account: Account, max_stranger: Employee, oleg: Employee
) -> None:
    asked = propose(account, oleg)
    login(client, max_stranger)
    addresses = [
        reverse("loyalty:corrections"),
        reverse("loyalty:correction", args=[asked.public_id]),
        reverse("loyalty:corrections_of_account", args=[account.public_id]),
        reverse("loyalty:corrections_of_customer", args=[uuid4()]),
        "/api/v1/corrections",
    ]
    assert {client.get(address).status_code for address in addresses} == {403}
