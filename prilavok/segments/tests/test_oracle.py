"""Another engine, asked in another way, names the same people: the compiler has no say in the check."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import md5
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prilavok.facts import client
from prilavok.facts.schema import registry
from prilavok.segments import conditions, reckoning
from prilavok.segments.compiler import Compiler
from prilavok.segments.tests.conftest import CATEGORIES, SHOPS, TODAY, TwoBases

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
TRAITS = {
    "email_ok": "p.email_ok",
    "sex": "p.sex",
    "age": f"date_diff('year', p.birth_date, DATE '{TODAY}') - CAST(strftime(p.birth_date, '%m%d') > '1122' AS INT)",
    "registered_at": "CAST(p.registered_at AS DATE)",
    "registered_shop": "p.registered_shop_id",
    "rfm_r": "(SELECT r FROM rfm WHERE rfm.profile_id = p.profile_id)",
    "rfm_cell": "(SELECT cell FROM rfm WHERE rfm.profile_id = p.profile_id)",
}
SALES = "count(DISTINCT CASE WHEN kind = 'sale' THEN receipt_id END)"
MEASURES = {
    "receipts": (f"coalesce({SALES}, 0)", "TRUE"),
    "revenue": ("coalesce(sum(revenue_units), 0)", "TRUE"),
    "average": (f"CAST(trunc(sum(revenue_units) / nullif({SALES}, 0)) AS BIGINT)", f"{SALES} > 0"),
    "first_date": ("min(CASE WHEN kind = 'sale' THEN local_date END)", f"{SALES} > 0"),
    "last_date": ("max(CASE WHEN kind = 'sale' THEN local_date END)", f"{SALES} > 0"),
    "returns": ("coalesce(count(DISTINCT CASE WHEN kind = 'return' THEN receipt_id END), 0)", "TRUE"),
}


def oracle(tree: dict[str, Any]) -> str:
    """A tree as a DuckDB condition over p: every fact is a correlated question about one person."""
    if "all" in tree or "any" in tree:
        kind = "all" if "all" in tree else "any"
        parts = [f"({oracle(item)})" for item in tree[kind]]
        return (" AND " if kind == "all" else " OR ").join(parts) or ("TRUE" if kind == "all" else "FALSE")
    if "not" in tree:
        return f"NOT coalesce(({oracle(tree['not'])}), FALSE)"
    if "fact" in tree:
        return _fact(tree)
    if "sequence" in tree:
        return _sequence(tree["sequence"])
    if "sample" in tree:
        return f"p.profile_id IN ({_sample(tree['sample'])})"
    return _trait(tree)


def _trait(tree: dict[str, Any]) -> str:
    sql = TRAITS[tree["trait"]]
    if "is" in tree:
        return f"{sql} = {int(tree['is'])}"
    op = tree["op"]
    if op == "next_anniversary":
        days = {f"{TODAY + timedelta(days=n):%m-%d}" for n in range(tree["value"] + 1)}
        if "02-28" in days:  # 2027 has no 29 February
            days.add("02-29")
        return f"strftime({sql}, '%m-%d') IN ({', '.join(map(repr, sorted(days)))})"
    if op in ("empty", "filled"):
        empty = f"({sql} IS NULL OR CAST({sql} AS VARCHAR) IN ('', '0'))"
        if tree["trait"] == "age":
            empty = f"({sql} IS NULL)"
        return empty if op == "empty" else f"NOT {empty}"
    negative = op in ("!=", "not_in")
    return f"coalesce({_compare(sql, op, tree['value'], 'number')}, {str(negative).upper()})"


def _sequence(asked: dict[str, Any]) -> str:
    first = [*_narrowed("a", asked["first"].get("where", {})), *_days("a", asked.get("window", {}))]
    then = _narrowed("b", asked["then"].get("where", {}))
    after = "b.happened_at > a.happened_at AND date_diff('day', a.local_date, b.local_date) <= {within}"
    followed = f"EXISTS (SELECT 1 FROM receipt_lines b WHERE {' AND '.join([*then, after.format(**asked)])})"
    over = f"date_diff('day', a.local_date, DATE '{TODAY}') > {asked['within']}"
    holds = followed if asked["happened"] else f"{over} AND NOT {followed}"
    return f"EXISTS (SELECT 1 FROM receipt_lines a WHERE {' AND '.join([*first, holds])})"


def _narrowed(row: str, where: dict[str, Any]) -> list[str]:
    sold = [f"{row}.profile_id = p.profile_id", f"{row}.kind = 'sale'"]
    return sold + [f"{row}.{key}_id IN ({', '.join(map(str, chosen))})" for key, chosen in where.items()]


def _days(row: str, window: dict[str, Any]) -> list[str]:
    bounds = {
        "last_days": lambda value: f"> DATE '{TODAY - timedelta(days=value)}'",
        "older_days": lambda value: f"<= DATE '{TODAY - timedelta(days=value)}'",
        "from": lambda value: f">= DATE '{value}'",
        "to": lambda value: f"<= DATE '{value}'",
    }
    return [f"{row}.local_date {bounds[key](value)}" for key, value in window.items()]


def _fact(tree: dict[str, Any]) -> str:
    value, there = MEASURES[tree["measure"]]
    where = ["l.profile_id = p.profile_id", *_days("l", tree.get("window", {}))]
    for key, chosen in tree.get("where", {}).items():
        where.append(f"l.{key}_id IN ({', '.join(map(str, chosen))})")
    kind = {"revenue": "money", "average": "money"}.get(tree["measure"], "number")
    compared = _compare(value, tree["op"], tree["value"], kind)
    return f"coalesce((SELECT ({there}) AND ({compared}) FROM receipt_lines l WHERE {' AND '.join(where)}), FALSE)"


def _compare(sql: str, op: str, value: Any, kind: str) -> str:
    def show(one: Any) -> str:
        if isinstance(one, date):
            return f"DATE '{one}'"
        if kind == "money":
            return str(int(Decimal(str(one)) * 10_000))
        return f"DATE '{one}'" if isinstance(one, str) and one[:2] == "20" else repr(one)

    if op == "between":
        return f"({sql}) BETWEEN {show(value[0])} AND {show(value[1])}"
    if op in ("in", "not_in"):
        listed = ", ".join(repr(one) for one in value)
        return f"({sql}) {'NOT ' if op == 'not_in' else ''}IN ({listed})"
    if op == "last_days":
        return f"({sql}) > DATE '{TODAY - timedelta(days=value)}'"
    if op == "older_days":
        return f"({sql}) <= DATE '{TODAY - timedelta(days=value)}'"
    return f"({sql}) {op.replace('!=', '<>')} {show(value)}"


def _sample(asked: dict[str, Any]) -> str:
    share, salt = Decimal(str(asked["share"])), asked["salt"]
    inside = [
        str(one)
        for one in range(1, 61)
        if int(md5(f"{salt}:{one}".encode()).hexdigest()[:8], 16) < int(share * 2**32)
    ]
    return ", ".join(inside) or "0"


NUMBERS = st.integers(-2, 6)
MONEY = st.sampled_from((-50, 0, 10, 25.5, 60, 100, 250))
OPS = st.sampled_from(("=", "!=", "<", "<=", ">", ">="))
DAYS = st.sampled_from((1, 2, 7, 8, 30, 60, 61, 365))
DATES = st.sampled_from(("2025-01-01", "2026-06-15", "2026-09-23", "2026-11-22"))
WINDOWS = st.one_of(
    st.just({}),
    st.builds(lambda n: {"last_days": n}, DAYS),
    st.builds(lambda n: {"older_days": n}, DAYS),
    st.builds(lambda a, b: {"from": min(a, b), "to": max(a, b)}, DATES, DATES),
    st.builds(lambda a: {"from": a}, DATES),
)
WHERE = st.fixed_dictionaries(
    {},
    optional={
        "category": st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=2, unique=True),
        "shop": st.lists(st.sampled_from(SHOPS), min_size=1, max_size=2, unique=True),
        "product": st.lists(st.integers(100, 105), min_size=1, max_size=2, unique=True),
    },
)


def compared(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, Any]]:
    pair = st.tuples(values, values).map(sorted)
    return st.one_of(st.tuples(OPS, values), st.tuples(st.just("between"), pair))


def fact(
    measures: tuple[str, ...], comparison: st.SearchStrategy[tuple[str, Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda measure, pair, where, window: {
            "fact": "purchases",
            "measure": measure,
            "op": pair[0],
            "value": pair[1],
            "where": where,
            "window": window,
        },
        st.sampled_from(measures),
        comparison,
        WHERE,
        WINDOWS,
    )


DATED = st.one_of(
    st.tuples(st.sampled_from(("<", ">=")), DATES),
    st.tuples(st.sampled_from(("last_days", "older_days")), DAYS),
    st.tuples(st.just("between"), st.tuples(DATES, DATES).map(sorted)),
)
LEAVES = st.one_of(
    fact(("receipts", "returns"), compared(NUMBERS)),
    fact(("revenue", "average"), compared(MONEY)),
    fact(("first_date", "last_date"), DATED),
    st.builds(lambda on: {"trait": "email_ok", "is": on}, st.booleans()),
    st.builds(
        lambda op, value: {"trait": "sex", "op": op, "value": value},
        st.sampled_from(("in", "not_in")),
        st.sampled_from((["m"], ["f"], ["m", "f"])),
    ),
    st.builds(lambda pair: {"trait": "age", "op": pair[0], "value": pair[1]}, compared(st.integers(0, 90))),
    st.builds(lambda op: {"trait": "age", "op": op}, st.sampled_from(("empty", "filled"))),
    st.builds(lambda op: {"trait": "sex", "op": op}, st.sampled_from(("empty", "filled"))),
    st.builds(lambda pair: {"trait": "registered_at", "op": pair[0], "value": pair[1]}, DATED),
    st.builds(lambda n: {"trait": "registered_at", "op": "next_anniversary", "value": n}, DAYS),
    st.builds(lambda pair: {"trait": "rfm_r", "op": pair[0], "value": pair[1]}, compared(st.integers(1, 5))),
    st.builds(
        lambda op: {"trait": "rfm_cell", "op": op, "value": ["loyal"]}, st.sampled_from(("in", "not_in"))
    ),
    st.builds(
        lambda first, then, within, happened, window: {
            "sequence": {
                "first": {"fact": "purchases", "where": first},
                "then": {"fact": "purchases", "where": then},
                "within": within,
                "happened": happened,
                "window": window,
            }
        },
        WHERE,
        WHERE,
        DAYS,
        st.booleans(),
        WINDOWS,
    ),
    st.builds(
        lambda share, salt: {"sample": {"share": share, "salt": salt}},
        st.sampled_from((0.1, 0.5, 0.9)),
        st.sampled_from(("a", "spring")),
    ),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda items: {"all": items}, st.lists(inner, max_size=4)),
        st.builds(lambda items: {"any": items}, st.lists(inner, max_size=4)),
        st.builds(lambda item: {"not": item}, inner),
    ),
    max_leaves=8,
)
PERSON = 17


@pytest.fixture(autouse=True)
def _categories_without_children(monkeypatch: pytest.MonkeyPatch, two_bases: TwoBases) -> None:
    from prilavok.catalog import queries as catalog

    monkeypatch.setattr(catalog, "with_descendants", list)
    fact = registry().facts["purchases"]
    category = next(one for one in fact.filters if one.key == "category")
    object.__setattr__(category, "expand", list)


@pytest.mark.hypothesis  # its property stands inside
@pytest.mark.parametrize("two_bases", [7, 21], indirect=True)
def test_both_engines_name_the_same_people(two_bases: TwoBases) -> None:
    everybody = [row["profile_id"] for row in two_bases.rows["profiles"]]

    @settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(TREES)
    def check(tree: dict[str, Any]) -> None:
        expected = two_bases.people(oracle(tree))
        node = conditions.parse(tree, registry())
        compiler = Compiler(registry(), TODAY)

        assert sorted(client.column(compiler.people(node))) == expected
        assert reckoning.judge({1: node}, everybody, at=AT)[1] == set(expected)
        assert client.query(compiler.count(node))[0]["people"] == len(expected)
        assert conditions.parse(conditions.to_json(node), registry()) == node

    check()


def test_a_person_is_told_each_condition(two_bases: TwoBases) -> None:
    tree = {"all": [{"trait": "email_ok", "is": True}, {"not": {"trait": "email_ok", "is": True}}]}
    verdict = reckoning.explain(conditions.parse(tree, registry()), PERSON, at=AT)
    (first, met), (second, met_again) = verdict.conditions
    assert first == second
    assert met == met_again
    assert not verdict.inside
