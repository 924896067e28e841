"""Codes tried at a till that are nobody's, or another customer's, are seen by whoever looks after it."""

from datetime import timedelta

from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee
from prilavok.customers.models import Profile
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.ids import uuid7
from prilavok.loyalty import actions
from prilavok.loyalty.models import CodeAttempt, CouponSeries
from prilavok.loyalty.tests.till import Till
from tests.cast import NOON, hire, login


def test_a_code_of_annas_and_guesses_are_seen_by_marina(
    client: Client, till: Till, anna: Profile, ann: Profile, march: CouponSeries, marina: Employee
) -> None:
    """Ann names Anna's code, the basket is reckoned three times; somebody guesses; Anna's own use is no attempt."""
    code = actions.issue(march.pk, [anna.pk], cause=uuid7(), by=SYSTEM, at=NOON)[anna.pk]
    for typed in (code, code.lower().replace("-", " "), code):
        till.reckon("100.00", to=ann, coupons=(typed,))
    till.reckon("100.00", coupons=("весна-99", "ВЕСНА99"))
    till.reckon("100.00", to=anna, coupons=(code,))
    found = CodeAttempt.objects.order_by("pk").values_list(
        "code", "reason", "profile", "times", "coupon__series"
    )
    assert list(found) == [
        (code, "other_customer", ann.pk, 3, march.pk),
        ("BECHA99", "unknown", None, 1, None),
    ]
    till.reckon("100.00", to=ann, coupons=(code,), at=NOON + timedelta(days=1))
    assert CodeAttempt.objects.count() == 3  # another day

    login(client, marina)
    page = client.get(reverse("loyalty:attempts"), {"reason": "other_customer", "q": code[:4].lower()})
    shown = page.content.decode()
    assert code in shown and "На Ленина" in shown and "BECHA99" not in shown
    told = client.get("/api/v1/coupon-attempts", {"reason": "unknown"}).json()["items"]
    assert [(one["code"], one["times"], one["customer"]) for one in told] == [("BECHA99", 1, None)]
    login(client, hire("Max"))
    assert client.get(reverse("loyalty:attempts")).status_code == 403


def test_attempts_go_with_the_customer_and_with_time(till: Till, ann: Profile) -> None:
    till.reckon("100.00", to=ann, coupons=("GUESS-1",))
    till.reckon("100.00", coupons=("GUESS-1",))
    actions.forget_attempts([ann.pk], by=SYSTEM)
    assert CodeAttempt.objects.get().profile is None
    CodeAttempt.objects.update(at=NOON - timedelta(days=4000))
    actions.forget_old_attempts()
    assert not CodeAttempt.objects.exists()
