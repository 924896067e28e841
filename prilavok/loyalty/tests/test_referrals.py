"""Anna brings Petr: his first purchase with her code gives both something, and a return takes it back."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import queries as ledger
from prilavok.loyalty import actions, queries
from prilavok.loyalty.models import Coupon, CouponSeries, Programme, Referral, RefusedUse
from prilavok.loyalty.problems import BadReferralTerms
from prilavok.loyalty.tests.till import Till
from prilavok.relations import actions as relations
from tests.cast import NOON, login

DAY = timedelta(days=1)
TOLD = pytest.mark.django_db(transaction=True)  # what is recorded is delivered after the commit


def person(name: str, **more: Any) -> Profile:
    return customers.register(
        NewCustomer(external_id=name, first_name=name, source="site", **more), by=SYSTEM, at=NOON
    )


@pytest.fixture
def petr(anna: Profile) -> Profile:
    return person("Petr")


@pytest.fixture
def terms(programme: Programme) -> None:
    """300 points for a friend, 500 for who brought them, from 500 on; at most two friends."""
    actions.set_referral_terms(
        programme.pk, friend_points=Decimal(300), giver_points=Decimal(500), minimum=Decimal(500), most=2,
        by=SYSTEM, at=NOON,
    )  # fmt: skip


@pytest.fixture
def code(anna: Profile) -> str:
    return actions.make_referral_codes([anna.pk], by=SYSTEM, at=NOON)[anna.pk]


def reasons() -> list[str]:
    return list(Referral.objects.order_by("pk").values_list("reason", flat=True))


@TOLD
def test_a_friends_first_purchase_rewards_both(
    till: Till, anna: Profile, petr: Profile, code: str, terms: None
) -> None:
    told = till.reckon("900.00", to=petr, coupons=(code.lower(),))
    assert told.answer.total == 900 and told.own_codes == (code.lower(),)
    till.pay(told, "1")
    journal.deliver()
    assert [till.balance(petr), till.balance(anna)] == [Decimal(300), Decimal(0)]
    assert till.balance(anna, at=NOON + 15 * DAY) == 500
    assert actions.reward_friends(NOON + 15 * DAY) == 1
    assert Referral.objects.get().state == "given"
    assert not RefusedUse.objects.exists()
    [brought] = queries.givers(SYSTEM)
    assert (brought.giver, brought.friends, brought.rewarded, brought.paid) == (anna.pk, 1, 1, Decimal(900))
    assert ledger.open_units() == []


@TOLD
def test_a_return_takes_it_back_from_both(
    till: Till, anna: Profile, petr: Profile, code: str, terms: None
) -> None:
    sold = till.sell("1", "900.00", "100.00", to=petr, coupons=(code,))
    journal.deliver()
    till.take_back(sold, "1-1", {2: "1"})
    journal.deliver()
    assert Referral.objects.get().state == "waiting"  # 900 are left, which is enough
    till.take_back(sold, "1-2", {1: "1"})
    journal.deliver()
    assert Referral.objects.get().state == "reversed"
    assert till.balance(petr) == till.balance(anna, at=NOON + 30 * DAY) == 0
    assert ledger.open_units() == []
    till.sell("2", "900.00", to=person("Ira"), coupons=(code,))
    journal.deliver()
    assert queries.referral_figures(SYSTEM).friends == 1


@TOLD
def test_who_does_not_count_is_kept_with_the_reason(
    till: Till, anna: Profile, petr: Profile, code: str, terms: None
) -> None:
    wife = person("Wife")
    relations.make_household(head_id=anna.pk, members=[(wife.pk, "spouse")], by=SYSTEM, at=NOON)
    twin = person("Twin", phone="+7 916 123-45-67")
    till.sell("0", "900.00", to=petr, at=NOON - DAY / 2)
    for number, (who, price) in enumerate(
        [(anna, "900"), (wife, "900"), (twin, "900"), (petr, "900"), (person("Ira"), "499"),
         (person("A"), "900"), (person("B"), "900"), (person("C"), "900")], start=1,
    ):  # fmt: skip
        till.sell(str(number), f"{price}.00", to=who, coupons=(code,))
        journal.deliver()
    own, household, *rest = reasons()
    assert (own, household) == ("same_person", "same_household")
    assert rest == ["same_contacts", "not_first", "too_little", "", "", "limit"]


@TOLD
def test_coupons_are_issued_when_the_purchase_stands(
    till: Till, anna: Profile, petr: Profile, code: str, programme: Programme, march: CouponSeries
) -> None:
    actions.set_referral_terms(
        programme.pk, friend_series=march, giver_series=march, stands_days=3, by=SYSTEM, at=NOON
    )
    till.sell("1", "900.00", to=petr, coupons=(code,))
    journal.deliver()
    assert actions.reward_friends(NOON + DAY) == 0
    assert actions.reward_friends(NOON + 3 * DAY) == 1
    assert set(Coupon.objects.values_list("profile", flat=True)) == {anna.pk, petr.pk}


def test_terms_that_cannot_be_are_refused(programme: Programme, spring: CouponSeries) -> None:
    for terms in ({"giver_series": spring}, {"friend_points": Decimal(5), "friend_series": spring}):
        with pytest.raises(BadReferralTerms):
            actions.set_referral_terms(programme.pk, by=SYSTEM, at=NOON, **terms)


def test_codes_are_made_once_and_forgotten_with_their_owner(anna: Profile, petr: Profile, code: str) -> None:
    again = actions.make_referral_codes([anna.pk, petr.pk], by=SYSTEM, at=NOON)
    assert (again[anna.pk], len(again[petr.pk])) == (code, 9)
    actions.forget_referral_codes([anna.pk], by=SYSTEM)
    assert queries.referral_code([anna.pk], SYSTEM) == ""


def send(client: Client, path: str, body: dict[str, Any], method: str = "POST") -> Any:
    return client.generic(
        method,
        f"/api/v1/{path}",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )


def test_the_programme_is_set_by_page_and_by_the_api(
    client: Client, ada: Employee, programme: Programme, marina: Employee, anna: Profile, code: str
) -> None:
    login(client, ada)
    path = f"programmes/{programme.public_id}/referral-terms"
    wanted = {"friend_points": "100", "giver_points": "200", "stands_days": 7}
    assert send(client, path, wanted, "PUT").json()["giver_points"] == "200.00"
    page = reverse("loyalty:referral_terms", args=[programme.public_id])
    assert client.get(page).status_code == 200
    typed = {"active": "on", "friend_points": "10", "giver_points": "20", "minimum": "0", "stands_days": "3"}
    client.post(page, typed)
    assert client.get(f"/api/v1/{path}").json()["giver_points"] == "20.00"
    assert client.get(reverse("loyalty:referrals")).status_code == 200
    login(client, marina)
    made = send(client, f"customers/{anna.public_id}/referral-code", {})
    assert made.json() == {"code": code}


def test_a_stranger_sees_and_makes_nothing(
    client: Client, max_stranger: Employee, programme: Programme, anna: Profile
) -> None:
    login(client, max_stranger)
    answers = [
        client.get("/api/v1/referrals"),
        client.get(f"/api/v1/programmes/{programme.public_id}/referral-terms"),
        send(client, f"programmes/{programme.public_id}/referral-terms", {}, "PUT"),
        send(client, f"customers/{anna.public_id}/referral-code", {}),
        client.get(reverse("loyalty:referrals")),
    ]
    assert {one.status_code for one in answers} == {403}
