"""The same report for whatever was tried elsewhere."""

import numpy as np
import pytest

from prilavok.experiments import actions, queries
from prilavok.experiments.actions import BadFile
from prilavok.experiments.rules.verdicts import Verdict
from prilavok.experiments.tests.people import told
from prilavok.kernel.actors import SYSTEM, Refused
from tests.cast import NOON, actor


def load(text: str | bytes, **more):
    content = text if isinstance(text, bytes) else text.encode()
    settings = {"arm": "segment", "control": "No E-Mail", "outcome": "visit"} | more
    return actions.load_experiment(
        content=content, title="Letters", by=settings.pop("by", SYSTEM), at=NOON, **settings
    )


def three_arms() -> str:
    rows = ["segment,visit,spend,zip"]
    for arm, visits in (("No E-Mail", 106), ("Mens E-Mail", 183), ("Womens E-Mail", 151)):
        rows += [
            f"{arm},{int(n < visits)},{12.5 if n < visits // 10 else 0},{'AB'[n % 2]}" for n in range(1000)
        ]
    return "\n".join(rows)


@pytest.fixture(autouse=True)
def _shop(the_company) -> None:
    pass


def test_equal_rows_are_different_customers() -> None:
    made = load(three_arms())

    assert made.rows == 3000
    assert [arm.figures.customers for arm in queries.report(made.experiment.pk, SYSTEM, NOON).arms] == [
        1000
    ] * 3


def test_yes_or_no_in_three_arms() -> None:
    found = queries.report(load(three_arms()).experiment.pk, SYSTEM, NOON)
    mens = next(one for one in found.comparisons if one.key == "Mens E-Mail")

    assert found.outcome == "binary"
    assert mens.effect.per_customer == pytest.approx(0.077)
    assert mens.effect.total == pytest.approx(77)
    assert mens.verdict == Verdict.PROVEN
    assert mens.together[0] < mens.effect.low  # both arms are judged together
    assert found.split.checked and found.split.p == pytest.approx(1)


def test_money_with_strata() -> None:
    found = queries.report(load(three_arms(), outcome="spend", stratum="zip").experiment.pk, SYSTEM, NOON)
    mens = next(one for one in found.comparisons if one.key == "Mens E-Mail")

    assert found.outcome == "money"
    assert found.strata == 2
    assert mens.effect.per_customer == pytest.approx((18 - 10) * 12.5 / 1000)


def test_two_arms_show_their_strata() -> None:
    rows = ["arm;spend;region"] + [
        f"{arm};{n % 7},50;{'север' if n % 3 else 'юг'}" for arm in "AB" for n in range(90)
    ]
    text = "\n".join(rows).encode("cp1251")
    made = load(text, arm="arm", control="A", outcome="spend", stratum="region")
    found = queries.report(made.experiment.pk, SYSTEM, NOON)

    assert [row.key for row in found.cuts[0].rows] == ["север", "юг"]
    assert found.cuts[0].total == pytest.approx(told(found).effect.total)


def test_the_same_file_again_is_the_same_experiment() -> None:
    first, again = load(three_arms()), load(three_arms())

    assert again.again and again.experiment == first.experiment


def test_rejected_rows_are_told_with_their_reasons() -> None:
    made = load("segment,visit\nNo E-Mail,1\nNo E-Mail,0\nNo E-Mail,many\nMens,1\nMens,\nMens,0\n,1\n")

    assert (made.rows, made.rejected) == (4, 3)
    assert [(one.row, one.column, one.reason) for one in made.rejects] == [
        (4, "visit", "not_a_number"),
        (6, "visit", "empty"),
        (8, "segment", "empty"),
    ]


def test_a_number_that_may_mean_two_is_told_with_its_row() -> None:
    """«1,234» is a thousand to some and one to others: an import of receipts refuses it as well."""
    text = "segment;spend\nNo E-Mail;1,50\nNo E-Mail;2\nMens;1,234\nMens;1 234,00\nMens;0.30000000000000004\n"
    made = load(text, outcome="spend")

    assert [(one.row, one.value, one.reason) for one in made.rejects] == [(4, "1,234", "ambiguous")]
    found = queries.report(made.experiment.pk, SYSTEM, NOON)
    assert [arm.figures.revenue for arm in found.arms] == pytest.approx([3.5, 1234.3])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("group,visit\nA,1\n", "There is no column “segment”"),
        ("segment,visit\nA,1\nA,0\nB,1\nB,1\n", "No row has “No E-Mail”"),
        ("segment,visit\nNo E-Mail,1\nNo E-Mail,0\n", "2 to 20 arms"),
        ("segment,visit\nNo E-Mail,1\nNo E-Mail,0\nB,1\n", "at least two customers"),
        (b"PK\x03\x04\0\0\0\0", "not a text table"),
        ("", "There is no column"),
    ],
)
def test_a_file_that_is_no_experiment_says_why(text, words) -> None:
    from django.utils import translation

    with translation.override("en"), pytest.raises(BadFile) as failure:
        load(text)
    with translation.override("en"):
        assert words in str(failure.value)


def test_a_file_on_disk(tmp_path) -> None:
    file = tmp_path / "letters.csv"
    file.write_text(three_arms(), encoding="utf-8-sig")
    made = actions.load_experiment_file(
        file, arm="segment", control="No E-Mail", outcome="visit", by=SYSTEM, at=NOON
    )

    assert made.experiment.title == "letters"


def test_large_numbers_stay_exact() -> None:
    random = np.random.default_rng(1)
    rows = ["arm,spend"] + [f"{'AB'[n % 2]},{random.gamma(1, 1e6):.2f}" for n in range(400)]
    found = queries.report(
        load("\n".join(rows), arm="arm", control="A", outcome="spend").experiment.pk, SYSTEM, NOON
    )

    assert told(found).verdict == Verdict.NOT_PROVEN


def test_a_stranger_loads_nothing(max_stranger) -> None:
    with pytest.raises(Refused):
        load(three_arms(), by=actor(max_stranger))


@pytest.mark.parametrize("row", ["A,1\0", '"A,' + "1\n" * 100_000], ids=["zero bytes", "a quote not closed"])
def test_a_damaged_file_is_told_so(row: str) -> None:
    with pytest.raises(BadFile):
        load("arm,spend\n" + "A,1\nB,2\n" * 2_000 + row + "\n", arm="arm", control="A", outcome="spend")
