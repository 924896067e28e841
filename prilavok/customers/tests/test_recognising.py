"""Who is this: told at once, as surely as the proof goes; what is merely claimed shows nothing and joins nobody."""

import json
from typing import Any

import pytest
from django.test import Client

from prilavok.customers import actions, queries
from prilavok.customers.models import Candidate, Identifier, Profile
from prilavok.customers.ports import NewCustomer
from prilavok.customers.queries import Certainty, Presented
from prilavok.kernel import limits
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, login

CARD, PHONE, EMAIL = "2900000012345", "+79161234567", "anna@example.org"


def claimed(kind: str, value: str) -> Presented:
    return Presented(kind, value, "claimed")


def link(*presented: Presented) -> Any:
    return actions.link(presented, by=SYSTEM, at=NOON, source="site")


def who(*presented: Presented) -> Any:
    return queries.identify(presented, SYSTEM)


@pytest.fixture
def anna(the_company: None) -> Profile:
    return actions.register(
        NewCustomer(external_id="anna", first_name="Анна", phone=PHONE, email=EMAIL, cards=(CARD,)),
        by=SYSTEM,
        at=NOON,
    )


def test_a_card_at_the_till_is_certain_and_a_phone_that_nobody_proved_is_likely(anna: Profile) -> None:
    assert who(Presented("card", "2900 0000 1234-5")).certainty == Certainty.CERTAIN
    by_phone = who(Presented("phone", "8 (916) 123-45-67"))
    assert (by_phone.certainty, by_phone.public_id, by_phone.matched) == (
        Certainty.LIKELY,
        anna.public_id,
        ("phone",),
    )


def test_a_claim_shows_nobody(anna: Profile) -> None:
    found = who(claimed("email", EMAIL), claimed("card", CARD))

    assert found.certainty == Certainty.CLAIMED
    assert (found.public_id, found.profile_id, found.known_since, found.matched) == (None, None, None, ())


def test_nobody_is_unknown(anna: Profile) -> None:
    assert who(Presented("phone", "+79990000000")).certainty == Certainty.UNKNOWN


def test_two_people_with_one_phone_are_several_until_one_proves_it(anna: Profile) -> None:
    boris = actions.register(NewCustomer(first_name="Борис", phone=PHONE), by=SYSTEM, at=NOON)
    assert who(Presented("phone", PHONE)).certainty == Certainty.SEVERAL
    contact = queries.contacts_of([boris.pk], SYSTEM)[boris.pk][0]
    actions.verify_contact(contact_id=contact.id, by=SYSTEM, at=NOON)

    assert who(Presented("phone", PHONE)).public_id == boris.public_id


def test_whatever_is_typed_is_answered(anna: Profile) -> None:
    for kind, value in (
        ("phone", "x" * 10_000),
        ("card", "\u202e54321"),
        ("email", "\u200b"),
        ("nothing", "1"),
        ("wifi", "00:1b:63:84:45:e6"),
        ("phone", ""),
    ):
        assert who(Presented(kind, value)).certainty == Certainty.UNKNOWN


def test_a_visitor_who_logs_in_becomes_the_known_customer(anna: Profile) -> None:
    visitor = link(Presented("cookie", "c-1")).profile
    assert visitor.person.full_name == ""
    done = link(Presented("cookie", "c-1"), Presented("external", "anna"))

    assert (done.profile, done.new, done.merged) == (anna, False, 1)
    assert queries.get(visitor.public_id, SYSTEM) == anna
    assert who(Presented("cookie", "c-1")).public_id == anna.public_id


def test_a_claimed_email_joins_nobody_and_waits(anna: Profile) -> None:
    actions.verify_contact(
        contact_id=queries.contacts_of([anna.pk], SYSTEM)[anna.pk][0].id, by=SYSTEM, at=NOON
    )
    shown = queries.contacts_of([anna.pk], SYSTEM)[anna.pk][0]
    visitor = link(Presented("cookie", "c-2"), claimed(shown.kind, shown.value)).profile

    assert queries.heads_of([visitor.pk, anna.pk]) == {visitor.pk: visitor.pk, anna.pk: anna.pk}
    pair = Candidate.objects.get()
    assert {pair.left_id, pair.right_id} == {visitor.pk, anna.pk} and pair.source == "claim"
    assert who(Presented(shown.kind, shown.value)).public_id == anna.public_id


def test_two_known_customers_are_not_joined_by_one_call_but_wait(anna: Profile) -> None:
    vera = actions.register(NewCustomer(external_id="vera", first_name="Вера"), by=SYSTEM, at=NOON)
    done = link(Presented("card", CARD), Presented("external", "vera"))

    assert (done.merged, done.waiting) == (0, 1)
    assert queries.heads_of([vera.pk])[vera.pk] == vera.pk
    assert Candidate.objects.get().source == "proof"


def test_a_claimed_card_stays_its_owners(anna: Profile) -> None:
    thief = link(Presented("cookie", "c-3"), claimed("card", CARD)).profile

    assert queries.profile_ids_by_identifier("card", [CARD]) == {CARD: anna.pk}
    assert Identifier.objects.get(profile=thief, kind="card").proof == "claimed"


def test_one_person_with_ten_phones_is_one(anna: Profile) -> None:
    for number in range(10):
        actions.add_contact(profile_id=anna.pk, value=f"+7916000000{number}", by=SYSTEM, at=NOON)

    assert who(Presented("phone", "+79160000007")).public_id == anna.public_id


def test_a_card_that_is_issued_again_needs_the_first_to_give_it_up(anna: Profile) -> None:
    vera = actions.register(NewCustomer(first_name="Вера"), by=SYSTEM, at=NOON)
    with pytest.raises(actions.IdentifierTaken):
        actions.add_identifier(profile_id=vera.pk, kind="card", value=CARD, by=SYSTEM, at=NOON)
    held = Identifier.objects.get(kind="card", value=CARD)
    actions.remove_identifier(identifier_id=held.pk, by=SYSTEM, at=NOON)
    actions.add_identifier(profile_id=vera.pk, kind="card", value=CARD, by=SYSTEM, at=NOON)

    assert who(Presented("card", CARD)).public_id == vera.public_id


def test_what_many_share_is_quarantined_and_tells_nobody(the_company: None) -> None:
    for number in range(5):
        actions.register(
            NewCustomer(first_name=f"Ш{number}", email="shop@lavka.test", phone=PHONE), by=SYSTEM, at=NOON
        )
    assert actions.quarantine_common(at=NOON) == 2  # the phone of many, and the address of the office

    found = who(Presented("email", "shop@lavka.test"))
    assert (found.certainty, found.too_common) == (Certainty.UNKNOWN, ("email",))
    held = queries.quarantined(SYSTEM).get(kind="email")
    actions.release(quarantine_id=held.pk, by=SYSTEM, at=NOON)
    assert who(Presented("email", "shop@lavka.test")).certainty == Certainty.SEVERAL
    assert actions.quarantine_common(at=NOON) == 0  # what a person released stays free


def test_the_kinds_are_the_companys_to_change(anna: Profile) -> None:
    with pytest.raises(actions.BadKind):
        actions.change_kind(code="Ozon!", by=SYSTEM)
    actions.change_kind(code="ozon", name="Ozon", shape="digits", min_length=5, by=SYSTEM)
    with pytest.raises(actions.BadShape):
        actions.add_identifier(profile_id=anna.pk, kind="ozon", value="12a45", by=SYSTEM, at=NOON)
    actions.add_identifier(profile_id=anna.pk, kind="ozon", value="123 456", by=SYSTEM, at=NOON)
    assert who(Presented("ozon", "123456")).public_id == anna.public_id

    actions.change_kind(code="card", shape="ean13", by=SYSTEM)
    assert queries.identifier_kinds()["card"].shape == "ean13"
    actions.restore_kind(code="card", by=SYSTEM)
    assert queries.identifier_kinds()["card"].shape == "card"


# ── By the API ───────────────────────────────────────────────────────────────────────────────────────────


def post(client: Client, path: str, body: object, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)


def test_the_till_asks_who_it_is(anna: Profile, klara, client: Client) -> None:
    answer = post(
        login(client, klara), "/customers/identify", {"identifiers": [{"kind": "card", "value": CARD}]}
    )

    assert answer.status_code == 200
    told = answer.json()
    assert (told["certainty"], told["public_id"], told["new"]) == ("certain", str(anna.public_id), False)


def test_who_may_not_recognise_may_not(anna: Profile, max_stranger, marina, client: Client) -> None:
    for employee in (max_stranger, marina):
        answer = post(
            login(client, employee), "/customers/identify", {"identifiers": [{"kind": "card", "value": CARD}]}
        )
        assert answer.status_code == 403


def test_the_site_joins_by_the_api_and_the_same_call_again_answers_the_same(
    anna: Profile, ada, client: Client
) -> None:
    body = {
        "identifiers": [{"kind": "cookie", "value": "c-9"}, {"kind": "external", "value": "anna"}],
        "source": "site",
    }
    first = post(login(client, ada), "/customers/link", body, "k1").json()

    assert first["public_id"] == str(anna.public_id)
    assert post(client, "/customers/link", body, "k1").json() == first


def test_merging_previewing_and_undoing_by_the_api(anna: Profile, ada, client: Client) -> None:
    vera = actions.register(NewCustomer(first_name="Вера", middle_name="Петровна"), by=SYSTEM, at=NOON)
    login(client, ada)
    preview = client.get(f"/api/v1/customers/{anna.public_id}/merge-preview?other={vera.public_id}").json()
    fields = {one["name"]: one for one in preview["fields"]}
    assert (fields["first_name"]["result"], fields["first_name"]["differs"]) == ("Анна", True)
    assert fields["middle_name"]["result"] == "Петровна"

    made = post(client, f"/customers/{anna.public_id}/merges", {"other": str(vera.public_id)}, "m1").json()
    assert client.get(f"/api/v1/customers/{vera.public_id}").json()["public_id"] == str(anna.public_id)
    assert post(client, f"/merges/{made['public_id']}/undo", {}, "u1").json()["undone_at"]
    assert client.get(f"/api/v1/customers/{vera.public_id}").json()["public_id"] == str(vera.public_id)
    assert len(client.get(f"/api/v1/customers/{anna.public_id}/merges").json()) == 1


def test_whoever_tries_phone_after_phone_is_slowed_down(
    anna: Profile, klara, client: Client, settings: Any
) -> None:
    settings.IDENTIFY_PER_MINUTE = 3
    limits.forget()
    login(client, klara)
    asked = [
        post(client, "/customers/identify", {"identifiers": [{"kind": "phone", "value": f"+7916000000{n}"}]})
        for n in range(4)
    ]
    limits.forget()

    assert [answer.status_code for answer in asked] == [200, 200, 200, 429]
    assert asked[-1].json()["code"] == "too_often"
