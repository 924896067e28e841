"""A promotion with a control group: the lot is drawn at the till, sticks, and stands in the report."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.experiments.models import Assignment, Experiment
from prilavok.experiments.rules.draw import is_control
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.loyalty import actions, queries
from prilavok.loyalty.definitions import PromotionWritten
from prilavok.loyalty.models import Account, Calculation, Programme, Promotion, PromotionUse, Tier
from prilavok.loyalty.problems import BadPromotion
from prilavok.loyalty.reckoning.choosing import Refusal
from prilavok.loyalty.tests.till import Till
from prilavok.segments import actions as segments
from tests.cast import NOON, login

HALF = {"percent": 50, "days": 28}
TEN_OFF: dict[str, Any] = {"name": "Ten off", "give": {"percent_off": 10}}


def live(control: Any = HALF, **more: Any) -> Promotion:
    """Ten per cent off, approved, with a control group."""
    made = actions.create_promotion({**TEN_OFF, "control": control, **more}, by=SYSTEM, at=NOON)
    actions.ask_approval(made.pk, by=SYSTEM, at=NOON)
    actions.approve_promotion(made.pk, by=SYSTEM, at=NOON)
    return made


def change(made: Promotion, **more: Any) -> None:
    actions.change_promotion(made.pk, {**TEN_OFF, **more}, by=SYSTEM, at=NOON + timedelta(days=1))


@pytest.fixture
def draw_of(db: None) -> Callable[[Promotion, str], None]:
    """Give the draw of a promotion this salt, so that a test knows who falls where."""

    def salted(made: Promotion, salt: str) -> None:
        Experiment.objects.filter(subject=queries.subject_of(made.pk)).update(salt=salt)
        queries.forget_book()

    return salted


def salt_where(control: list[int], others: list[int]) -> str:
    """A salt by which exactly these are control."""
    return next(
        salt
        for salt in map(str, range(100_000))
        if all(is_control(salt, one, 0.5) for one in control)
        and not any(is_control(salt, one, 0.5) for one in others)
    )


def arms() -> dict[int, str]:
    return dict(Assignment.objects.values_list("profile", "arm__key"))


def test_the_control_gets_nothing_and_is_written_down_like_the_others(
    till: Till, anna: Profile, ann: Profile, draw_of: Any
) -> None:
    made = live()
    draw_of(made, salt_where([anna.pk], [ann.pk]))

    told = till.reckon("100.00", to=anna, explain=True)
    assert told.answer.total == 100
    assert told.answer.verdicts[made.pk].refusal == Refusal("control")
    assert arms() == {}  # a reckoning moves nothing

    till.pay(told, "1")
    assert till.sell("2", "100.00", to=ann).receipt.paid == 90
    assert arms() == {anna.pk: "control", ann.pk: "offered"}
    assert set(Assignment.objects.values_list("stratum", flat=True)) == {"new"}
    assert PromotionUse.objects.count() == 1

    till.sell("3", "100.00", to=anna)
    assert Assignment.objects.count() == 2


def test_nobody_known_gets_it_and_is_not_measured(till: Till) -> None:
    live()
    assert till.sell("1", "100.00").receipt.paid == 90
    assert arms() == {}


def test_whom_it_does_not_fit_does_not_enter(till: Till, anna: Profile, draw_of: Any) -> None:
    made = live(needs=[{"amount": 500}])
    draw_of(made, salt_where([anna.pk], []))
    told = till.reckon("100.00", to=anna)
    assert told.answer.verdicts[made.pk].refusal == Refusal("control")
    till.sell("1", "100.00", to=anna)
    assert arms() == {}
    till.sell("2", "500.00", to=anna)
    assert arms() == {anna.pk: "control"}


@pytest.mark.parametrize("later_is_control", [True, False])
def test_of_merged_people_the_earliest_arm_holds(
    later_is_control: bool, till: Till, anna: Profile, ann: Profile, draw_of: Any
) -> None:
    """Ann came first; Anna, whose lot is the other one, is the older profile and never came before the merge."""
    made = live()
    draw_of(made, salt_where(*([[anna.pk], [ann.pk]] if later_is_control else [[ann.pk], [anna.pk]])))
    till.sell("1", "100.00", to=ann)
    merged = customers.merge(profile_id=anna.pk, other_id=ann.pk, rule="manual", by=SYSTEM, at=NOON)
    for who in (anna, ann):
        assert till.reckon("100.00", to=who).answer.total == (90 if later_is_control else 100)
    till.sell("2", "100.00", to=anna)
    assert arms() == {ann.pk: "offered" if later_is_control else "control"}

    customers.undo_merge(merge_id=merged.pk, by=SYSTEM, at=NOON)
    assert till.reckon("100.00", to=anna).answer.total == (100 if later_is_control else 90)


def test_everybody_gets_it_when_the_days_are_over(till: Till, anna: Profile, draw_of: Any) -> None:
    made = live({"percent": 50, "days": 7})
    draw_of(made, salt_where([anna.pk], []))
    later = NOON + timedelta(days=7)
    assert till.reckon("100.00", to=anna).answer.total == 100
    assert till.sell("1", "100.00", to=anna, at=later).receipt.paid == 90
    assert arms() == {}


def test_a_basket_that_was_left_enters_all_the_same(
    till: Till, anna: Profile, draw_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else who leaves because the price is not what was hoped for would be missing from one group only."""
    made = live()
    draw_of(made, salt_where([anna.pk], []))
    till.reckon("100.00", to=anna)
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=4))
    actions.forget_calculations()
    assert not Calculation.objects.exists()
    assert arms() == {anna.pk: "control"}
    assert Assignment.objects.get().at == NOON


def test_a_control_group_costs_a_reckoning_no_statement(
    till: Till, anna: Profile, django_assert_num_queries: Any
) -> None:
    live(None, name="Without")
    till.reckon("100.00", to=anna)
    with django_assert_num_queries(3):
        till.reckon("100.00", to=anna)
    live()
    till.reckon("100.00", to=anna)
    with django_assert_num_queries(3):
        till.reckon("100.00", to=anna)


def test_a_drawn_group_stands(till: Till) -> None:
    made = live()
    change(made, control=HALF, give={"percent_off": 15})
    for other in ({"percent": 10}, {"percent": 50, "days": 7}, None):
        with pytest.raises(BadPromotion) as refused:
            change(made, control=other)
        assert refused.value.faults[0].place == "control.percent"
    copied = actions.copy_promotion(made.pk, by=SYSTEM, at=NOON)
    actions.change_promotion(copied.pk, TEN_OFF, by=SYSTEM, at=NOON)


@pytest.mark.parametrize("percent", [0, -1, 51])
def test_impossible_shares_are_refused(percent: int, the_company: None) -> None:
    with pytest.raises(BadPromotion) as refused:
        actions.create_promotion({**TEN_OFF, "control": percent}, by=SYSTEM, at=NOON)
    assert refused.value.faults[0].place == "control.percent"


@given(salt=st.text(min_size=1, max_size=20), share=st.sampled_from([0.05, 0.1, 0.25, 0.5]))
def test_lots_keep_their_shares_and_stick(salt: str, share: float) -> None:
    """Of two thousand people the control is within five standard deviations; a larger share takes nobody out of it."""
    control = {one for one in range(2000) if is_control(salt, one, share)}
    assert abs(len(control) - 2000 * share) < 5 * (2000 * share * (1 - share)) ** 0.5
    assert control == {one for one in range(2000) if is_control(salt, one, share)}
    assert control <= {one for one in range(2000) if is_control(salt, one, share * 1.5)}


def test_marina_reads_what_it_brought(
    facts: object,
    client: Client,
    marina: Employee,
    klara: Employee,
    till: Till,
    anna: Profile,
    draw_of: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = live(give={"earn": 10})
    others = [customers.register(NewCustomer(external_id=f"c{n}"), by=SYSTEM, at=NOON) for n in range(5)]
    draw_of(made, salt_where([anna.pk, others[0].pk], [one.pk for one in others[1:]]))
    for number, who in enumerate([anna, *others]):
        till.sell(str(number), f"{100 * (number + 1)}.00", to=who)
    till.sell("unknown", "5000.00")
    journal.deliver()
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=30))

    login(client, marina)
    told = client.get(f"/api/v1/promotions/{made.public_id}/effect").json()
    assert [(one["arm"], one["customers"], one["revenue"]) for one in told["arms"]] == [
        ("control", 2, 300),
        ("offered", 4, 1800),
    ]
    assert told["split"]["checked"] and told["unidentified_revenue"] == 5000
    assert Decimal(told["given"]["points_worth"]) == Decimal(told["given"]["cost"]) == 180
    assert Decimal(told["comparisons"][0]["cost"]) == 180
    assert {one["cut"] for one in told["cuts"]} >= {"stratum", "sex", "age", "shop"}

    bench = {
        "shop": "lenina",
        "lines": [{"product": "line-1", "price": "100"}],
        "customer": str(anna.public_id),
    }
    bench["at"] = NOON.isoformat()
    tried = client.post("/api/v1/promotion-trials", bench, content_type="application/json").json()
    assert [one["reason"] for one in tried["outcomes"]] == ["control"]

    page = client.get(reverse("loyalty:promotion_effect", args=[made.public_id])).content.decode()
    report = reverse("experiments:report", args=[told["id"]])
    assert report in page
    whole = client.get(report).content.decode()
    assert reverse("loyalty:promotion", args=[made.public_id]) in whole
    assert "With the promotion" in whole and "mailing" not in whole

    login(client, klara)
    assert client.get(f"/api/v1/promotions/{made.public_id}/effect").status_code == 403
    assert client.get(reverse("loyalty:promotion_effect", args=[made.public_id])).status_code == 403


def test_points_spent_within_the_analysis_and_those_that_lapsed_are_not_counted_again(
    till: Till, anna: Profile, draw_of: Any
) -> None:
    """Each receipt's points are one lot, two thirds of it by the promotion: so are its parts spent and lapsed."""
    made = live(give={"earn": 10}, needs=[{"amount": 200}])
    live(None, name="Five", give={"earn": 5}, needs=[{"amount": 200}])
    draw_of(made, salt_where([], [anna.pk]))
    days = [NOON + timedelta(days=number) for number in range(401)]
    till.sell("1", "300.00", to=anna)  # 30 and 15
    till.sell("2", "100.00", to=anna, points=Decimal(15), at=days[2])
    half = till.sell("3", "300.00", "300.00", to=anna, at=days[3])  # 60 and 30
    till.take_back(half, "4", {1: "1"}, at=days[4])
    till.sell("5", "100.00", to=anna, points=Decimal(15), at=days[40])

    experiment = queries.experiment_of(made)
    assert experiment is not None

    def told(day: int) -> list[Decimal]:
        cost = queries.cost_of(made.pk, *experiment.window, at=days[day])
        return [cost.points, cost.points_counted, cost.points_lapsed, cost.cost]

    assert told(3) == [90, 10, 0, 80]
    assert told(50) == [60, 10, 0, 50]
    assert told(400) == [60, 10, 40, 10]


def test_which_share_shows_what_is_told_in_the_editor(
    facts: object, client: Client, marina: Employee, klara: Employee, till: Till, anna: Profile
) -> None:
    power = reverse("loyalty:promotion_power")
    typed = {"name": "Ten", "give.count": "1", "give.0.kind": "percent_off", "give.0.percent": "10"}
    login(client, marina)
    assert "bought too little" in client.post(power, typed).content.decode()
    assert "Say first" in client.post(power, {"name": "Ten"}).content.decode()
    saved = client.post(reverse("loyalty:promotion_create"), {**typed, "control.percent": "10"})
    assert saved.status_code == 302
    written = queries.versions(Promotion.objects.get().pk, SYSTEM)[0].definition
    assert written["control"] == {"percent": "10"}
    wrong = client.post(reverse("loyalty:promotion_create"), {**typed, "control.percent": "70"})
    assert wrong.status_code == 422 and "control.percent-trouble" in wrong.content.decode()
    login(client, klara)
    assert client.post(power, typed).status_code == 403


def test_those_of_its_tiers_and_cards_are_expected_and_nobody_else(
    facts: object, till: Till, anna: Profile, ann: Profile, programme: Programme
) -> None:
    actions.make_tier(
        programme_id=programme.pk, code="gold", name="Gold", entry=Decimal(10_000), by=SYSTEM, at=NOON
    )
    accounts = actions.open_accounts([anna.pk, ann.pk], programme.pk, by=SYSTEM, at=NOON)
    Account.objects.filter(pk=accounts[anna.pk].pk).update(tier=Tier.objects.get())
    for number, who in enumerate((anna, ann)):
        till.sell(str(number), "100.00", to=who)
    journal.deliver()

    def expected(**who: Any) -> list[int]:
        written = PromotionWritten.model_validate({**TEN_OFF, "who": who})
        return queries.expected_customers(written, NOON.date() + timedelta(days=1), 28)

    assert expected(known=True) == [anna.pk, ann.pk]
    assert expected(tiers=["gold"]) == [anna.pk]
    fair = segments.hold(name="Fair", profile_ids=[anna.pk], by=SYSTEM, at=NOON)
    assert expected(without_segments=[str(fair.public_id)]) == [ann.pk]
    asks = PromotionWritten.model_validate({**TEN_OFF, "who": {"first": True}})
    assert queries.left_aside(asks) and not queries.left_aside(PromotionWritten.model_validate(TEN_OFF))
