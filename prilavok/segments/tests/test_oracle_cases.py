# ruff: noqa: E501
"""Conditions one by one, each beside the question that an analyst would write in DuckDB for the same people."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from prilavok.facts import client
from prilavok.facts.schema import declared, registry
from prilavok.segments import conditions, reckoning, waking
from prilavok.segments.compiler import Compiler
from prilavok.segments.tests.conftest import TODAY, TwoBases, both, some_rows

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
Tree = dict[str, Any]


def trait(key: str, op: str = "", value: Any = None) -> Tree:
    return {"trait": key, "is": True} if not op else {"trait": key, "op": op, "value": value}


def bought(measure: str, op: str, value: Any, *, last: int = 0, older: int = 0, **where: list[Any]) -> Tree:
    window = {"last_days": last} if last else {"older_days": older} if older else {}
    told = {"fact": "purchases", "measure": measure, "op": op, "value": value}
    return {**told, "where": where, "window": window}


def fact(key: str, measure: str, op: str, value: Any, *, last: int = 0, **where: list[Any]) -> Tree:
    window = {"last_days": last} if last else {}
    return {"fact": key, "measure": measure, "op": op, "value": value, "where": where, "window": window}


def sequence(first: Tree, then: Tree, within: int, *, happened: bool = True, last: int = 0) -> Tree:
    told = {"first": first, "then": then, "within": within, "happened": happened}
    return {"sequence": {**told, "window": {"last_days": last} if last else {}}}


def buy(**where: list[Any]) -> Tree:
    return {"fact": "purchases", "where": where}


def ago(days: int) -> str:
    return f"(DATE '{TODAY}' - {days})"


COSTED = "FROM receipt_lines l JOIN (SELECT unnest(range(100, 105)) AS product, unnest(range(50000, 300000, 50000)) AS cost) c ON c.product = l.product_id WHERE l.profile_id = p.profile_id"
SALES = "FROM receipts r WHERE r.profile_id = p.profile_id AND r.kind = 'sale'"
ALL = "FROM receipts r WHERE r.profile_id = p.profile_id"
LINES = "FROM receipt_lines r WHERE r.profile_id = p.profile_id"
SOLD = f"{LINES} AND r.kind = 'sale'"
MAIL = "FROM messages m WHERE m.profile_id = p.profile_id"
SEEN = (
    "m.event = '{0}' AND m.machine = 0 AND NOT EXISTS (FROM messages n WHERE n.event = 'not_{0}' "
    "AND n.message_id = m.message_id AND n.happened_at = m.happened_at)"
)
USED = (
    "FROM coupon_redemptions c WHERE c.profile_id = p.profile_id AND c.freed = 0 AND NOT EXISTS "
    "(FROM coupon_redemptions f WHERE f.redemption_id = c.redemption_id AND f.freed = 1)"
)
TIES = "FROM ties t WHERE t.profile_id = p.profile_id"
A_THEN_B = "EXISTS (SELECT 1 FROM receipt_lines a WHERE a.profile_id = p.profile_id AND a.kind = 'sale' AND {a} AND {holds})"
B_AFTER_A = (
    "EXISTS (SELECT 1 FROM receipt_lines b WHERE b.profile_id = a.profile_id AND b.kind = 'sale' AND {b} "
    "AND b.happened_at > a.happened_at AND b.local_date - a.local_date <= {days})"
)
FAVOURITE = (
    "(SELECT r.shop_id FROM receipts r WHERE r.profile_id = p.profile_id AND r.kind = 'sale' {more} "
    "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1)"
)
GAP = (
    "SELECT trunc(10 * (max(r.local_date) - min(r.local_date)) / (count(DISTINCT r.local_date) - 1)) / 10 "
    f"{SALES} HAVING count(DISTINCT r.local_date) > 1"
)
SHARE = (
    "SELECT CASE WHEN sum(revenue_units) > 0 THEN trunc(10000 * sum(CASE WHEN {0} THEN revenue_units ELSE 0 END) "
    "/ sum(revenue_units)) / 100 END"
)

SHOPS = "(VALUES (1, 55.7558, 37.6173), (2, 59.9343, 30.3351), (3, 56.8587, 35.9176))"
FROM_HOME = f"FROM homes h, {SHOPS} AS s(shop, latitude, longitude) WHERE h.profile_id = p.profile_id"
AWAY = (  # kilometres by the spherical law of cosines: another formula than ours
    "6371.0088 * acos(least(1, sin(radians(h.latitude)) * sin(radians(s.latitude)) + cos(radians(h.latitude)) "
    "* cos(radians(s.latitude)) * cos(radians(h.longitude - s.longitude))))"
)
NEAREST = f"(SELECT s.shop {FROM_HOME} ORDER BY {AWAY} LIMIT 1)"

CASES: dict[str, tuple[Tree, str]] = {
    # ── who they are
    "everybody": ({"all": []}, "TRUE"),
    "nobody": ({"any": []}, "FALSE"),
    "women": (trait("sex", "in", ["f"]), "p.sex = 'f'"),
    "sex unknown": (trait("sex", "empty"), "p.sex = ''"),
    "not women, unknown ones too": (trait("sex", "not_in", ["f"]), "p.sex <> 'f'"),
    "of age": (trait("age", ">=", 18), f"p.birth_date <= DATE '{TODAY}' - INTERVAL 18 YEAR"),
    "thirties": (
        trait("age", "between", [30, 39]),
        f"p.birth_date <= DATE '{TODAY}' - INTERVAL 30 YEAR AND p.birth_date > DATE '{TODAY}' - INTERVAL 40 YEAR",
    ),
    "age unknown": (trait("age", "empty"), "p.birth_date IS NULL"),
    "birthday today": (trait("birthday_in", "=", 0), "strftime(p.birth_date, '%m%d') = '1122'"),
    "birthday within a week": (
        trait("birthday_in", "<=", 7),
        "strftime(p.birth_date, '%m%d') BETWEEN '1122' AND '1129'",
    ),
    "registered before 2025": (trait("registered_at", "<", "2025-01-01"), "p.registered_at < '2025-01-01'"),
    "registered in 100 days": (
        trait("registered_at", "last_days", 100),
        f"CAST(p.registered_at AS DATE) > {ago(100)}",
    ),
    "registered long ago": (
        trait("registered_at", "older_days", 700),
        f"CAST(p.registered_at AS DATE) <= {ago(700)}",
    ),
    "a year with us within 30 days": (
        trait("registered_at", "next_anniversary", 30),
        "strftime(p.registered_at, '%m%d') BETWEEN '1122' AND '1222'",
    ),
    "registered in a shop": (trait("registered_shop", "in", [1, 2]), "p.registered_shop_id IN (1, 2)"),
    "no shop of registration": (trait("registered_shop", "empty"), "p.registered_shop_id = 0"),
    "blocked": (trait("status", "in", ["blocked"]), "p.status = 'blocked'"),
    "nearest to a shop": (trait("nearest_shop", "in", [2, 3]), f"{NEAREST} IN (2, 3)"),
    "nearest to none of them": (trait("nearest_shop", "not_in", [2]), f"coalesce({NEAREST}, 0) <> 2"),
    "nobody knows what is near": (trait("nearest_shop", "empty"), "NOT EXISTS (FROM homes h WHERE h.profile_id = p.profile_id)"),
    "within 400 km of a shop, near or not": (
        fact("distance", "km", "<=", 400, shop=[2]),
        f"(SELECT min({AWAY}) {FROM_HOME} AND s.shop = 2) <= 400",
    ),
    "from 100 to 300 km off the nearer of two": (
        fact("distance", "km", "between", [100, 300], shop=[1, 3]),
        f"(SELECT min({AWAY}) {FROM_HOME} AND s.shop IN (1, 3)) BETWEEN 100 AND 300",
    ),
    "within 200 km of a shop": (trait("nearest_shop_km", "<=", 200), f"(SELECT min({AWAY}) {FROM_HOME}) <= 200"),
    "farther than 150 km from Tver, which is nearest": (
        {"all": [trait("nearest_shop", "in", [3]), trait("nearest_shop_km", ">", 150)]},
        f"{NEAREST} = 3 AND (SELECT min({AWAY}) {FROM_HOME}) > 150",
    ),
    "tagged": (trait("tag", "in", [1, 3]), "list_has_any(p.tags, [1, 3])"),
    "without such a tag": (trait("tag", "not_in", [2]), "NOT list_has_any(p.tags, [2])"),
    "without tags": (trait("tag", "empty"), "len(p.tags) = 0"),
    "companies": (trait("kind", "in", ["legal", "sole"]), "p.kind <> 'person'"),
    # ── reach
    "reachable": (trait("email_ok"), "p.email_ok = 1"),
    "no consent": ({"not": trait("consent_email")}, "p.consent_email = 0"),
    "refused a topic": (trait("refused_topic", "in", [1, 2]), "list_has_any(p.refused_topics, [1, 2])"),
    "wants a topic": (trait("refused_topic", "not_in", [3]), "NOT list_has_any(p.refused_topics, [3])"),
    "wants few letters": (trait("frequency", "in", ["week", "month"]), "p.frequency IN ('week', 'month')"),
    "letters as they come": (trait("frequency", "in", ["any"]), "p.frequency IN ('', 'any')"),
    "has a phone": (trait("has_phone"), "p.has_phone = 1"),
    # ── relations, arms, RFM
    "somebody's parent": (trait("relation", "in", ["parent.first"]), f"EXISTS ({TIES} AND list_contains(t.parts, 'parent.first'))"),
    "nobody's spouse": (trait("relation", "not_in", ["spouse.first"]), f"NOT EXISTS ({TIES} AND list_contains(t.parts, 'spouse.first'))"),
    "related to a company": (trait("related_company", "in", [901]), f"EXISTS ({TIES} AND list_contains(t.companies, 901))"),
    "works somewhere": (trait("employer", "filled"), f"EXISTS ({TIES} AND len(t.employers) > 0)"),
    "large households": (trait("household", ">=", 3), f"EXISTS ({TIES} AND t.household >= 3)"),
    "heads of households": (trait("household_head"), f"EXISTS ({TIES} AND t.head = 1)"),
    "in an arm": (trait("experiment_arm", "in", [7]), "EXISTS (FROM experiment_arms a WHERE a.profile_id = p.profile_id AND list_contains(a.arms, 7))"),
    "not in that arm": (trait("experiment_arm", "not_in", [7]), "NOT EXISTS (FROM experiment_arms a WHERE a.profile_id = p.profile_id AND list_contains(a.arms, 7))"),
    "fresh by RFM": (trait("rfm_r", ">=", 4), "EXISTS (FROM rfm WHERE rfm.profile_id = p.profile_id AND r >= 4)"),
    "no RFM": ({"not": trait("rfm_cell", "in", ["loyal"])}, "NOT EXISTS (FROM rfm WHERE rfm.profile_id = p.profile_id)"),
    # ── purchases
    "bought twice": (bought("receipts", ">=", 2), f"(SELECT count(*) {SALES}) >= 2"),
    "never bought": (bought("receipts", "=", 0), f"NOT EXISTS ({SALES})"),
    "not in 60 days": (bought("receipts", "=", 0, last=60), f"NOT EXISTS ({SALES} AND r.local_date > {ago(60)})"),
    "exactly once or thrice": (bought("receipts", "between", [1, 3]), f"(SELECT count(*) {SALES}) BETWEEN 1 AND 3"),
    "fewer than 3, none too": (bought("receipts", "<", 3), f"(SELECT count(*) {SALES}) < 3"),
    "bought a category lately": (bought("receipts", ">=", 1, last=61, category=[11]), f"EXISTS ({SOLD} AND r.category_id = 11 AND r.local_date > {ago(61)})"),
    "bought long ago": (bought("receipts", ">=", 1, older=200), f"EXISTS ({SALES} AND r.local_date <= {ago(200)})"),
    "bought a product": (bought("receipts", ">=", 1, product=[100, 101]), f"EXISTS ({SOLD} AND r.product_id IN (100, 101))"),
    "category in a shop": (bought("receipts", ">=", 1, category=[12], shop=[2]), f"EXISTS ({SOLD} AND r.category_id = 12 AND r.shop_id = 2)"),
    "at a till": (bought("receipts", ">=", 1, till=[10]), f"EXISTS ({SALES} AND r.till_id = 10)"),
    "a category at a till": (
        bought("receipts", ">=", 1, till=[10, 20], category=[13]),
        f"EXISTS ({SOLD} AND r.category_id = 13 AND r.receipt_id IN (SELECT receipt_id FROM receipts WHERE till_id IN (10, 20)))",
    ),
    "by department": (bought("receipts", ">=", 3, department=[1]), f"(SELECT count(DISTINCT r.receipt_id) {SOLD} AND r.department_id = 1) >= 3"),
    "of a manufacturer": (bought("receipts", ">=", 1, maker=["Мельница"]), f"EXISTS ({SOLD} AND r.product_id IN (100, 103))"),
    "brand of shops": (bought("receipts", ">=", 1, brand=[1]), f"EXISTS ({SALES})"),
    "revenue, returns taken off": (bought("revenue", ">", 300), f"(SELECT sum(revenue_units) {ALL}) > 3000000"),
    "revenue at most, strangers too": (bought("revenue", "<=", 100), f"coalesce((SELECT sum(revenue_units) {ALL}), 0) <= 1000000"),
    "margin": (bought("margin", ">=", 50), f"(SELECT sum(l.revenue_units - c.cost * l.quantity) {COSTED}) >= 500000"),
    "margin below nought": (bought("margin", "<", 0), f"(SELECT sum(l.revenue_units - c.cost * l.quantity) {COSTED}) < 0 AND EXISTS ({SALES})"),
    "margin of a category lately": (
        bought("margin", ">", 5, last=200, category=[12]),
        f"(SELECT sum(l.revenue_units - c.cost * l.quantity) {COSTED} AND l.category_id = 12 AND l.local_date > {ago(200)}) > 50000 "
        f"AND EXISTS ({SOLD} AND r.category_id = 12 AND r.local_date > {ago(200)})",
    ),
    "average receipt": (bought("average", ">=", 60), f"(SELECT sum(revenue_units) {ALL}) >= 600000 * (SELECT nullif(count(*), 0) {SALES})"),
    "items": (bought("items", ">=", 10), f"(SELECT sum(items) {ALL}) >= 10"),
    "first purchase": (bought("first_date", ">=", "2026-01-01"), f"(SELECT min(local_date) {SALES}) >= DATE '2026-01-01'"),
    "last purchase": (bought("last_date", "older_days", 60), f"(SELECT max(local_date) {SALES}) <= {ago(60)}"),
    "days since": (bought("days_since", "between", [7, 60]), f"(SELECT DATE '{TODAY}' - max(local_date) {SALES}) BETWEEN 7 AND 60"),
    "days between": (bought("gap", "<=", 45.5), f"({GAP}) <= 45.5"),
    "days between, long": (bought("gap", ">", 90), f"({GAP}) > 90"),
    "share of a category": (bought("share", ">=", 50, category=[11]), f"({SHARE.format('category_id = 11')} {LINES}) >= 50"),
    "share of a product of half a year": (
        bought("share", "<", 10, last=180, product=[100]),
        f"({SHARE.format('product_id = 100')} {LINES} AND r.local_date > {ago(180)}) < 10",
    ),
    "share of receipts": (
        bought("share_receipts", ">=", 40, category=[12]),
        f"(SELECT trunc(10000 * count(DISTINCT CASE WHEN category_id = 12 THEN receipt_id END) / nullif(count(DISTINCT receipt_id), 0)) / 100 {SOLD}) >= 40",
    ),
    "discounts": (bought("discount", ">=", 6), f"(SELECT sum(discount_units) {ALL}) >= 60000"),
    "with a coupon": (bought("coupons", ">=", 2), f"(SELECT count(*) {SALES} AND coupons > 0) >= 2"),
    "a category with a coupon": (
        bought("coupons", ">=", 1, category=[11]),
        f"EXISTS ({SOLD} AND r.category_id = 11 AND r.receipt_id IN (SELECT receipt_id FROM receipts WHERE coupons > 0))",
    ),
    "returns": (bought("returns", ">=", 1), f"EXISTS ({ALL} AND r.kind = 'return')"),
    "sum of returns": (bought("returned", ">", 50), f"(SELECT -sum(revenue_units) {ALL} AND r.kind = 'return') > 500000"),
    "several shops": (bought("shops", ">=", 2), f"(SELECT count(DISTINCT shop_id) {SALES}) >= 2"),
    "home shop": (bought("home_shop", "in", [1]), f"{FAVOURITE.format(more='')} = 1"),
    "not that home shop, the homeless too": (bought("home_shop", "not_in", [1]), f"coalesce({FAVOURITE.format(more='')}, 0) <> 1"),
    "home shop of a quarter": (bought("home_shop", "in", [2, 3], last=90), f"{FAVOURITE.format(more=f'AND r.local_date > {ago(90)}')} IN (2, 3)"),
    "home shop for a category": (
        bought("home_shop", "in", [2], category=[11]),
        f"(SELECT shop_id {SOLD} AND r.category_id = 11 GROUP BY 1 ORDER BY count(DISTINCT r.receipt_id) DESC, 1 LIMIT 1) = 2",
    ),
    # ── letters, coupons
    "letters": (fact("letters", "delivered", ">=", 2), f"(SELECT count(*) {MAIL} AND event = 'delivered') >= 2"),
    "opened by a human": (fact("openings", "letters", ">=", 1), f"EXISTS ({MAIL} AND {SEEN.format('opened')})"),
    "not opened in 60 days": (fact("openings", "letters", "=", 0, last=60), f"NOT EXISTS ({MAIL} AND {SEEN.format('opened')} AND m.local_date > {ago(60)})"),
    "opened by machines": (
        fact("letters", "opened_by_machines", ">=", 1),
        f"EXISTS ({MAIL} AND event = 'opened' AND NOT ({SEEN.format('opened')}))",
    ),
    "followed a link": (fact("clicks", "letters", ">=", 1), f"EXISTS ({MAIL} AND {SEEN.format('clicked')})"),
    "clicked in a mailing": (fact("clicks", "letters", ">=", 1, mailing=[1]), f"EXISTS ({MAIL} AND {SEEN.format('clicked')} AND mailing_id = 1)"),
    "unsubscribed": (fact("unsubscribings", "times", ">=", 1), f"EXISTS ({MAIL} AND event = 'unsubscribed')"),
    "refused": (fact("letters", "refused", ">=", 1), f"EXISTS ({MAIL} AND event = 'refused')"),
    "by SMS": (fact("letters", "delivered", ">=", 1, channel=["sms"]), f"EXISTS ({MAIL} AND event = 'delivered' AND channel = 'sms')"),
    "coupons": (fact("coupons", "uses", ">=", 1, series=[1, 2]), f"EXISTS ({USED} AND series_id IN (1, 2))"),
    "coupons took off": (fact("coupons", "amount", ">=", 30), f"(SELECT sum(amount_units) {USED}) >= 300000"),
    "no coupon in 30 days": (fact("coupons", "uses", "=", 0, last=30), f"NOT EXISTS ({USED} AND c.local_date > {ago(30)})"),
    # ── sequences
    "one category, then another": (
        sequence(buy(category=[11]), buy(category=[12]), 60),
        A_THEN_B.format(a="a.category_id = 11", holds=B_AFTER_A.format(b="b.category_id = 12", days=60)),
    ),
    "and then not": (
        sequence(buy(category=[11]), buy(category=[12]), 30, happened=False),
        A_THEN_B.format(
            a="a.category_id = 11",
            holds=f"a.local_date + 30 < DATE '{TODAY}' AND NOT " + B_AFTER_A.format(b="b.category_id = 12", days=30),
        ),
    ),
    "lately one, then anything": (
        sequence(buy(product=[101]), buy(), 7, last=200),
        A_THEN_B.format(a=f"a.product_id = 101 AND a.local_date > {ago(200)}", holds=B_AFTER_A.format(b="TRUE", days=7)),
    ),
    "a letter, then a purchase": (
        sequence({"fact": "letters"}, buy(), 14),
        f"EXISTS (SELECT 1 {MAIL} AND m.event = 'delivered' AND EXISTS (SELECT 1 {SALES} "
        "AND r.happened_at > m.happened_at AND r.local_date - m.local_date <= 14))",
    ),
    "a click, then no purchase": (
        sequence({"fact": "clicks"}, buy(), 10, happened=False),
        f"EXISTS (SELECT 1 {MAIL} AND {SEEN.format('clicked')} AND m.local_date + 10 < DATE '{TODAY}' AND NOT EXISTS "
        f"(SELECT 1 {SALES} AND r.happened_at > m.happened_at AND r.local_date - m.local_date <= 10))",
    ),
    # ── together
    "V43: meat twice, quiet, reachable": (
        {"all": [bought("receipts", ">=", 2, category=[11]), bought("receipts", "=", 0, last=7), trait("email_ok")]},
        f"(SELECT count(DISTINCT receipt_id) {SOLD} AND r.category_id = 11) >= 2 "
        f"AND NOT EXISTS ({SALES} AND r.local_date > {ago(7)}) AND p.email_ok = 1",
    ),
    "either, but not both": (
        {"all": [{"any": [trait("has_email"), trait("has_phone")]}, {"not": {"all": [trait("has_email"), trait("has_phone")]}}]},
        "p.has_email <> p.has_phone",
    ),
    "not the sequence": (
        {"not": sequence(buy(category=[11]), buy(category=[12]), 60)},
        "NOT " + A_THEN_B.format(a="a.category_id = 11", holds=B_AFTER_A.format(b="b.category_id = 12", days=60)),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def bases(standing_facts: None) -> Iterator[TwoBases]:
    yield from both(some_rows(11))


Asked = Callable[[conditions.Node, date], frozenset[int]]


@pytest.fixture(scope="module")
def asked(bases: TwoBases) -> Asked:
    """Whom a condition finds on a day: each question is put to the facts once, whatever asks it again."""

    @cache
    def found(sql: str) -> frozenset[int]:
        return frozenset(client.column(sql))

    return lambda node, day: found(Compiler(registry(), day).people(node))


@pytest.fixture(autouse=True)
def _goods_without_a_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of the two bases were made without the catalog: a category has nothing below it."""
    filters = {one.key: one for one in declared().facts["purchases"].filters}
    monkeypatch.setitem(filters["category"].__dict__, "expand", list)
    monkeypatch.setitem(filters["maker"].__dict__, "expand", lambda names: [100, 103])


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize("name", CASES)
def test_the_same_people(name: str, bases: TwoBases, asked: Asked, db: None) -> None:
    tree, question = CASES[name]
    expected = bases.people(question)
    node = conditions.parse(tree, registry())
    everybody = [row["profile_id"] for row in bases.rows["profiles"]]

    assert sorted(asked(node, TODAY)) == expected
    assert reckoning.judge({1: node}, everybody, at=AT)[1] == set(expected)
    assert conditions.parse(conditions.to_json(node), registry()) == node


@pytest.mark.parametrize("name", CASES)
def test_whom_a_day_moves_is_found_by_looking_at_them_alone(name: str, asked: Asked, db: None) -> None:
    node = conditions.parse(CASES[name][0], registry())
    for before in (TODAY - timedelta(days=1), TODAY - timedelta(days=9)):
        then, now = asked(node, before), asked(node, TODAY)
        [(_key, looked)] = waking.look({1: node}, before, at=AT)
        assert looked is not None
        assert then ^ now <= looked.people
        assert looked.inside == now & looked.people
        if not conditions.moves_with_time(node, registry()):
            assert not looked.people


def test_segments_that_a_day_moves_are_looked_at_together_as_they_are_one_by_one(
    asked: Asked, db: None
) -> None:
    plain = [conditions.parse(tree, registry()) for tree, _question in CASES.values()]
    nodes: dict[int, conditions.Node] = dict(enumerate(plain))
    pairs = {
        len(plain) + number: conditions.Group(("all", "any")[number % 2], pair)
        for number, pair in enumerate(pairwise(plain))
    }
    before = TODAY - timedelta(days=9)
    for key, looked in waking.look(nodes | pairs, before, at=AT):
        if key in pairs:
            then, now = (_by_parts(pairs[key], asked, day) for day in (before, TODAY))
            assert asked(pairs[key], TODAY) == now
        else:
            then, now = asked(nodes[key], before), asked(nodes[key], TODAY)
        assert looked is not None
        assert then ^ now <= looked.people
        assert looked.inside == now & looked.people


def _by_parts(pair: conditions.Group, asked: Asked, day: date) -> frozenset[int]:
    one, other = (asked(node, day) for node in pair.items)
    return one & other if pair.kind == "all" else one | other


def test_few_are_looked_at(bases: TwoBases, db: None) -> None:
    quiet = conditions.parse(CASES["not in 60 days"][0], registry())
    before = TODAY - timedelta(days=1)
    [(_key, looked)] = waking.look({1: quiet}, before, at=AT)
    then, now = (set(client.column(Compiler(registry(), day).people(quiet))) for day in (before, TODAY))
    bought = bases.oracle.execute(
        f"SELECT DISTINCT profile_id FROM receipts WHERE local_date = {ago(60)} AND profile_id <> 0"
    )
    assert looked is not None
    assert looked.people <= {row[0] for row in bought.fetchall()}
    assert looked.people == then ^ now  # of one condition nobody else is looked at


def test_the_base_can_tell_conditions_apart(bases: TwoBases) -> None:
    """A case that everybody or nobody meets would prove little."""
    everybody = len(bases.people("TRUE"))
    plain = {name: len(bases.people(question)) for name, (_tree, question) in CASES.items()}
    told_nothing = {name for name, met in plain.items() if met in (0, everybody)}
    assert told_nothing <= {"everybody", "nobody", "birthday today", "birthday within a week"}
