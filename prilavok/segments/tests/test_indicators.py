"""Indicators that the company makes itself: formulas over facts, on the card, in lists and as conditions."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee, Shop
from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.facts import actions as facts
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.orders import actions as orders
from prilavok.orders.tests.conftest import Basket, Line, basket, goods, line
from prilavok.segments import queries
from prilavok.segments.formulas import known, making
from prilavok.segments.formulas.expression import BadExpression, Value, read
from prilavok.segments.models import OwnIndicator
from prilavok.segments.problems import BadCondition, BadFormula, IndicatorInUse
from prilavok.segments.tests.test_membership import buy
from tests.cast import NOON, login

__all__ = ["basket", "goods", "line"]

REVENUE = {"fact": "purchases", "measure": "revenue"}
RECENT = REVENUE | {"window": {"last_days": 30}}
RECEIPTS = {"fact": "purchases", "measure": "receipts"}
LAST = {"fact": "purchases", "measure": "last_date"}


def make(name: str, formula: str, *told: dict[str, Any], kind: str = "number") -> OwnIndicator:
    return making.make_indicator(
        name=name, kind=kind, told=list(told), formula=formula, by=SYSTEM, at=clock.now()
    )


def value(profile: Profile, one: OwnIndicator) -> Any:
    sheet = customer_queries.sheet(profile.public_id, SYSTEM)
    told = {each.key: each for each in customer_queries.indicators(sheet, SYSTEM, all_of_them=True)}
    return told[one.key].value


def count(condition: dict[str, Any]) -> int:
    return queries.count({"all": [condition]}, SYSTEM, at=clock.now()).people


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "empty"), ("a +", "unfinished"), ("a b", "unfinished"), ("c", "unknown_name"), ("a $ b", "unknown_sign"),
     ("sin(a)", "unknown_function"), ("if(a, b)", "arguments"), ("(" * 40 + "a", "too_deep"), ("a" * 501, "too_long"),
     ("__import__", "unknown_name"), ("a.b", "unknown_sign")],
)  # fmt: skip
def test_what_is_no_formula_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(BadExpression) as refused:
        read(text, "ab")
    assert refused.value.why == why


def test_days_and_numbers_do_not_mix() -> None:
    known_values: dict[str, Value] = {"a": date(2026, 3, 1), "b": Decimal(2)}
    for text in ("a * b", "a + a", "a < b", "round(a)", "min(a, b)"):
        assert read(text, "ab").value(known_values, date(2026, 3, 1)) is None, text
    assert read("a + b", "ab").value(known_values, date(2026, 3, 1)) == date(2026, 3, 3)


@pytest.fixture
def bought(facts: None, anna: Profile, shop_on_lenina: Shop) -> Profile:
    """Anna with two receipts; Boris never bought."""
    customers.register(NewCustomer(first_name="Борис"), by=SYSTEM, at=NOON)
    for _each in range(2):
        buy(anna, shop_on_lenina)
    journal.deliver()
    return anna


@pytest.mark.parametrize(("days", "between"), [((0, 0, 11, 18), "9.0"), ((0, 1, 3), "1.5"), ((0, 0), None)])
def test_days_between_purchases_are_the_same_on_the_card_and_in_segments(
    days: tuple[int, ...], between: str | None, facts: None, anna: Profile, basket: Basket, line: Line
) -> None:
    for number, day in enumerate(days):
        at = clock.now() - timedelta(days=day)
        orders.record_receipt(
            basket(f"{number}", line("milk", "1", "90"), profile_id=anna.pk, paid_at=at), by=SYSTEM, at=at
        )
    journal.deliver()
    shown = customer_queries.indicators(customer_queries.sheet(anna.public_id, SYSTEM), SYSTEM)
    assert {one.key: one.value for one in shown}["C45"] == (Decimal(between) if between else None)
    gap = {"fact": "purchases", "measure": "gap", "window": {}, "where": {}}
    least = between or "0"
    assert count({**gap, "op": ">=", "value": least}) == bool(between)
    assert count({**gap, "op": ">", "value": least}) == 0


def test_a_formula_is_a_figure_of_the_card_that_explains_itself(
    bought: Profile, marina: Employee, client: Client
) -> None:
    basket = make("Средняя корзина", "a / b", REVENUE, RECEIPTS, kind="money")
    share = make("Доля месяца", "known(a / b, 0)", RECENT, REVENUE, kind="percent")
    since = make("Дней с покупки", "days(today, a)", LAST, kind="days")
    twice = make("Вдвое", "if(a > 0, round(a * 2), 0)", {"indicator": basket.code}, kind="money")

    revenue = value(bought, make("Выручка", "a", REVENUE, kind="money"))
    assert value(bought, basket) == revenue / 2
    assert value(bought, share) in (0, 1)
    assert value(bought, since) >= 0
    assert value(bought, twice) == round(revenue)
    panel = login(client, marina).get(reverse("customers:indicators", args=[bought.public_id]))
    for told in ("Средняя корзина", "a / b, where a is", "b is receipts: 2", "As of"):
        assert told in panel.content.decode(), told
    listed = client.get(f"/customers/?columns=indicator.{basket.key}").content.decode()
    assert "Средняя корзина" in listed
    told = client.get(f"/api/v1/customers/{bought.public_id}/indicators").json()
    assert {one["key"] for one in told} >= {basket.key, share.key}


def test_it_is_a_condition_kept_up_as_things_happen(bought: Profile, shop_on_lenina: Shop) -> None:
    one = make("Чеков", "a", RECEIPTS)
    making.keep_indicators()
    asked = {"trait": f"indicator.{one.code}", "op": ">=", "value": 3}
    assert count(asked) == 0
    assert count({**asked, "value": 2}) == 1
    assert count({**asked, "op": "=", "value": 0}) == 1  # Boris

    buy(bought, shop_on_lenina)
    journal.deliver()
    assert count(asked) == 1
    customers.erase(profile_id=bought.pk, by=SYSTEM, at=clock.now())
    journal.deliver()
    assert count(asked) == 0


def test_merged_people_are_one_and_two_again(bought: Profile, shop_on_lenina: Shop) -> None:
    one = make("Чеков", "a", RECEIPTS)
    making.keep_indicators()
    other = customers.register(NewCustomer(external_id="o", cards=("2900077",)), by=SYSTEM, at=NOON)
    buy(other, shop_on_lenina)
    merge = customers.merge(profile_id=bought.pk, other_id=other.pk, by=SYSTEM, at=clock.now())
    journal.deliver()
    asked = {"trait": f"indicator.{one.code}", "op": "=", "value": 3}
    assert (value(bought, one), count(asked)) == (3, 1)

    customers.undo_merge(merge_id=merge.pk, by=SYSTEM, at=clock.now())
    journal.deliver()
    assert (value(bought, one), count(asked)) == (2, 0)


def test_what_is_made_of_days_is_brought_anew_every_day(
    bought: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    moving, still = make("Дней", "days(today, a)", LAST, kind="days"), make("Чеков", "a", RECEIPTS)
    making.keep_indicators()
    yesterday = clock.now().date() - timedelta(days=2)
    OwnIndicator.objects.update(kept_on=yesterday)
    making.keep_indicators()
    kept = dict(OwnIndicator.objects.values_list("code", "kept_on"))
    assert (kept[moving.code] == yesterday, kept[still.code] == yesterday) == (False, True)


def test_a_day_that_passes_brings_only_those_anew_whom_it_changes(
    bought: Profile, shop_on_lenina: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = clock.now()
    vera = customers.register(NewCustomer(external_id="v"), by=SYSTEM, at=NOON)
    lately = make("За месяц", "a", RECENT, kind="money")
    buy(vera, shop_on_lenina, days_ago=10)
    journal.deliver()
    making.keep_indicators()
    asked = {"trait": f"indicator.{lately.code}", "op": ">", "value": 0}
    assert count(asked) == 2
    told = list[int]()
    reload = facts.reload

    def reload_and_tell(table: str, ids: list[int], *, by: Any) -> None:
        told.extend(ids)
        reload(table, ids, by=by)

    monkeypatch.setattr(facts, "reload", reload_and_tell)
    for days, whom, left in ((5, [], 2), (21, [vera.pk], 1), (31, [bought.pk], 0)):
        monkeypatch.setattr(clock, "now", lambda days=days: today + timedelta(days=days))
        told.clear()
        making.keep_indicators()
        assert (told, count(asked)) == (whom, left)


def test_a_birthday_brings_the_age_anew(facts: None, monkeypatch: pytest.MonkeyPatch) -> None:
    today = clock.now()
    soon = today + timedelta(days=3)
    new = NewCustomer(external_id="v", birth_date=date(1932, soon.month, soon.day))
    customers.register(new, by=SYSTEM, at=NOON)
    journal.deliver()
    age = make("Возраст", "a", {"trait": "age"})
    making.keep_indicators()
    grown = {"trait": f"indicator.{age.code}", "op": "=", "value": soon.year - 1932}
    assert count(grown) == 0

    monkeypatch.setattr(clock, "now", lambda: soon)
    making.keep_indicators()
    assert count(grown) == 1


def test_circles_guarded_fields_and_nonsense_are_refused(the_company: None) -> None:
    first = make("Первый", "a", RECEIPTS)
    second = make("Второй", "a", {"indicator": first.code})
    change: dict[str, Any] = {"name": "Первый", "formula": "a", "by": SYSTEM, "at": NOON}
    with pytest.raises(BadCondition):
        making.change_indicator(code=first.code, told=[{"indicator": second.code}], **change)
    with pytest.raises(IndicatorInUse):
        making.archive_indicator(code=first.code, by=SYSTEM, at=NOON)
    customers.add_own_field(name="Доход", code="income", kind="number", guard="see", filtered=True, by=SYSTEM)
    for told in (
        [{"trait": "own.income"}],
        [{"trait": "sex"}],
        [{"fact": "x"}],
        [],
        "x",
        [1],
        [RECEIPTS] * 13,
    ):
        with pytest.raises(BadCondition):
            make("Имя", "a", *told) if isinstance(told, list) else making.checked(told, "a")
    for wrong in ({"formula": "b"}, {"name": " "}):
        with pytest.raises(BadFormula):
            making.change_indicator(code=first.code, told=[RECEIPTS], **(change | wrong))


def test_it_is_made_changed_and_archived_on_pages_and_by_the_api(
    client: Client, marina: Employee, the_company: None
) -> None:
    login(client, marina)
    form = {"name": "Чеки за месяц", "kind": "number", "formula": "a", "c.type": "group", "c.count": "1",
            "c_0.type": "fact", "c_0.key": "purchases", "c_0.measure": "receipts", "c_0.window": "last_days",
            "c_0.days": "30"}  # fmt: skip
    assert client.post("/settings/indicators/new/", form | {"formula": "a +"}).status_code == 422
    assert client.post("/settings/indicators/new/", form).status_code == 302
    known.forget()
    made = OwnIndicator.objects.get()
    assert made.inputs == [RECEIPTS | {"window": {"last_days": 30}}]
    page = client.get(f"/settings/indicators/{made.code}/").content.decode()
    assert "Чеки за месяц" in page and "a =" in page
    rows = client.post("/settings/indicators/change/", form | {"c.add": "fact:purchases"}).content.decode()
    assert "b =" in rows
    assert "in the last 30 days" in client.get("/settings/indicators/").content.decode()

    headers = {"Idempotency-Key": str(uuid4())}
    new = {"name": "Корзина", "kind": "money", "inputs": [REVENUE, RECEIPTS], "formula": "a / b"}
    told = client.post("/api/v1/indicators", new, content_type="application/json", headers=headers)
    assert (told.status_code, told.json()["code"]) == (201, "korzina"), told.content
    client.post(f"/settings/indicators/{made.code}/use/archive/")
    listed = {one["code"]: one["archived"] for one in client.get("/api/v1/indicators").json()}
    assert listed == {made.code: True, "korzina": False}


def test_who_may_not_make_indicators_makes_none(
    client: Client, oleg: Employee, max_stranger: Employee, the_company: None
) -> None:
    for who in (oleg, max_stranger):
        login(client, who)
        assert client.get("/settings/indicators/").status_code == 403
        assert client.post("/settings/indicators/count/", {}).status_code == 403
