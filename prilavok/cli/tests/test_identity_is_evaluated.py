"""`prilavok identity evaluate`: any labelled file is understood, or it is said what to do."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from prilavok.cli.commands import prilavok
from prilavok.cli.labelled import in_words
from prilavok.customers.matching import labelled
from prilavok.customers.matching.labelled import Unfit
from prilavok.customers.tests.misspelt import base

FEBRL = """\
rec_id, given_name, surname, street_number, address_1, suburb, postcode, state, date_of_birth, soc_sec_id
rec-12-org, mitchell, green, 7, wallaby place, cleveland, 2119, sa, 19560409, 1804974
rec-12-dup-0, mitchel, green, 7, wallaby place, cleveland, 2119, sa, 19560409, 1804974
rec-7-org, harley, mccarthy, 177, pridham street, marsden, 3165, nsw, 19080419, 6089216
"""
RUSSIAN = """\
Код;Фамилия;Имя;Отчество;Дата рождения;Телефон;Эл. почта;Заметка;Кластер
1;Ковалёва;Анна;Сергеевна;09.03.1987;+7 916 123-45-67;anna@example.org;;А
2;Kovaleva;Anna;;1987-03-09;89161234567;;;А
3;Петров;Пётр;;;;;;Б
"""
Make = Callable[..., Path]


@pytest.fixture
def file(tmp_path: Path) -> Make:
    def make(text: str, name: str = "people.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding=encoding)
        return path

    return make


def test_columns_of_febrl_and_who_is_who_in_its_ids(file: Make) -> None:
    read = labelled.read(file(FEBRL))

    assert len(read.truth.pairs) == 1
    assert read.columns["house"] == ["street_number"]
    assert (read.records[0].first, read.records[0].documents) == ("mitchell", ("1804974",))
    assert not read.unused


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_russian_columns_in_any_encoding(file: Make, encoding: str) -> None:
    read = labelled.read(file(RUSSIAN, encoding=encoding))

    assert (read.cluster, read.unused) == ("Кластер", ["Заметка"])
    assert read.truth.pairs == {(2, 3)}  # as the rows are numbered in a spreadsheet
    assert read.records[0].phones == ("+7 916 123-45-67",)


def test_parquet_is_read_too(tmp_path: Path) -> None:
    table = pyarrow.table(
        {"surname": ["Green", "Green", None], "dob": [19560409, 19560409, None], "cluster": [1, 1, 2]}
    )
    parquet.write_table(table, tmp_path / "people.parquet")

    read = labelled.read(tmp_path / "people.parquet")

    assert read.truth.pairs == {(1, 2)}
    assert (read.records[0].birth, read.records[2].last) == ("19560409", "")


def test_columns_can_be_named_by_hand(file: Make) -> None:
    path = file("a,b,c\nGreen,1,x\nGreen,1,y\n")
    read = labelled.read(path, cluster="b", mapped=["last=a", "phone="])
    assert (read.records[1].last, read.unused, len(read.truth.pairs)) == ("Green", ["c"], 1)


def test_judged_pairs_stand_in_for_a_column(file: Make) -> None:
    labels = file("unique_id_l,unique_id_r,clerical_match_score\n1,2,1.0\n1,3,0.1\n", "labels.csv")
    read = labelled.read(file("unique_id,surname\n1,Green\n2,Green\n3,Brown\n"), labels=labels)

    assert read.truth.pairs == {(2, 3)}
    assert read.truth.judged == frozenset({(2, 3), (2, 4)})


def test_damaged_rows_are_left_out_and_told(file: Make) -> None:
    read = labelled.read(file("surname,cluster\nGreen,1\nGreen,1,too,much\nGreen,1\n"))
    assert (read.left_out, len(read.records)) == ([3], 2)


@pytest.mark.parametrize(
    "text, options, told",
    [
        ("", {}, "people.csv can't be read: it is empty."),
        ("surname,first_name\nGreen,Ann\nGreen,Ann\n", {}, "doesn't say which rows are one person"),
        ("surname,cluster\nGreen,1\n", {}, "no two rows to compare"),
        ("surname,cluster\nGreen,1\nBrown,2\n", {}, "No two rows of people.csv are one person, by «cluster»"),
        ("x,cluster\nGreen,1\nBrown,1\n", {}, "None of the columns of people.csv is understood: x, cluster"),
        ("surname\nGreen\nGreen\n", {"cluster": "who"}, "people.csv has no column «who»"),
        ("surname\nGreen\nGreen\n", {"mapped": ["last=who"]}, "people.csv has no column «who»"),
        ("surname\nGreen\nGreen\n", {"mapped": ["shoe=surname"]}, "--map shoe=surname is not understood"),
        ("surname\nGreen\nGreen\n", {"mapped": ["surname"]}, "--map surname is not understood"),
        ("PAR1 but not really", {}, "people.csv can't be read"),
    ],
)
def test_what_is_wrong_is_said_with_a_way_out(
    file: Make, text: str, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(Unfit) as unfit:
        labelled.read(file(text), **options)
    assert told in in_words(unfit.value).what


def test_a_label_of_an_unknown_record_names_its_row(file: Make) -> None:
    labels = file("id_l,id_r\n1,2\n1,99\n", "labels.csv")
    with pytest.raises(Unfit) as unfit:
        labelled.read(file("id,surname\n1,Green\n2,Green\n"), labels=labels)
    assert "labels.csv, row 3: there is no record «99»" in in_words(unfit.value).what


def test_the_command_prints_figures(tmp_path: Path) -> None:
    records, person_of = base(200, seed=3)
    path = tmp_path / "people.csv"
    with path.open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(
            "id last_name first_name patronymic birth_date phone email address house cluster".split()
        )
        for one in records:
            writer.writerow(
                [
                    one.key, one.last, one.first, one.middle, one.birth, one.phones[0], one.emails[0], one.street,
                    one.house, person_of[one.key],
                ]
            )  # fmt: skip

    done = CliRunner().invoke(prilavok, ["identity", "evaluate", str(path), "--json", "--threshold", "0.8"])

    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["records"] == len(records)
    assert said["asked"]["threshold"] == 0.8
    assert said["asked"]["precision"] >= 0.9
    assert said["chosen"]["f"] >= said["asked"]["f"] > 0.7


def test_a_missing_file_is_told_by_the_command(tmp_path: Path) -> None:
    done = CliRunner().invoke(prilavok, ["identity", "evaluate", str(tmp_path / "none.csv")])
    assert done.exit_code == 2
