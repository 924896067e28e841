"""`prilavok import KIND FILE` says what became of the file and ends with a code that scripts understand."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from prilavok.company.models import Shop
from prilavok.exchange.cli import imports

HEADER = "receipt,shop,paid_at,product,revenue\n"
GOOD = "1,lenina,2026-03-01 10:15,P1,3.50\n"


@pytest.fixture(autouse=True)
def _ground(goods: None, shop_on_lenina: Shop) -> None: ...


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "receipts.csv"
    path.write_text(HEADER + GOOD)
    return path


def test_a_clean_file_ends_with_0(file: Path) -> None:
    told = CliRunner().invoke(imports, ["receipts", str(file), "--json"])

    assert told.exit_code == 0, told.output
    document = json.loads(told.stdout.strip().splitlines()[-1])
    assert (document["rows"], document["loaded"], document["rejected"]) == (1, 1, 0)
    revenue = next(line for line in document["reconciliation"] if line["of"] == "revenue")
    assert revenue["file"] == revenue["base"] == "3.5"


def test_rejects_end_with_1_and_name_their_file(file: Path) -> None:
    file.write_text(HEADER + GOOD + "2,nowhere,2026-03-01 10:15,P1,3.50\n")

    told = CliRunner().invoke(imports, ["receipts", str(file)])

    assert told.exit_code == 1
    assert "rejects.csv" in told.output.replace("\n", "")


def test_a_column_may_be_named_by_hand(file: Path) -> None:
    file.write_text((HEADER + GOOD).replace("receipt", "нумер"))

    assert CliRunner().invoke(imports, ["receipts", str(file)]).exit_code == 2
    assert CliRunner().invoke(imports, ["receipts", str(file), "--column", "receipt=нумер"]).exit_code == 0


def test_unknown_shops_may_be_added(file: Path) -> None:
    file.write_text(HEADER + GOOD.replace("lenina", "new"))

    assert CliRunner().invoke(imports, ["receipts", str(file), "--add-shops"]).exit_code == 0


def test_an_experiment_made_elsewhere_is_reckoned(tmp_path: Path, the_company: None) -> None:
    path = tmp_path / "test.csv"
    rows = [f"{n},{'b' if n % 2 else 'a'},{int(n % 5 < (3 if n % 2 else 1))}" for n in range(400)]
    path.write_text("id,arm,bought\n" + "\n".join(rows))

    told = CliRunner().invoke(
        imports, ["experiment", str(path), "--arm", "arm", "--control", "a", "--outcome", "bought", "--json"]
    )

    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["verdict"] == "proven"


def test_rows_that_an_experiment_could_not_use_are_named(the_company: None, tmp_path: Path) -> None:
    path = tmp_path / "spent.csv"
    path.write_text("arm;spent\na;1,50\na;2\nb;1,234\nb;3\nb;4\n")
    asked = ["experiment", str(path), "--arm", "arm", "--control", "a", "--outcome", "spent"]
    told = CliRunner().invoke(imports, asked)
    assert told.exit_code == 1, told.output
    assert "4 · spent · 1,234" in told.output
    whole = CliRunner().invoke(imports, [*asked, "--json"])
    assert json.loads(whole.output)["rejects"] == [
        {"row": 4, "column": "spent", "value": "1,234", "reason": "ambiguous"}
    ]
