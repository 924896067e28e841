"""How well duplicates are found in a file that says who is who: on the page, by the API, by the command."""

import csv
import io
import os
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from prilavok.cli import commands
from prilavok.customers import actions
from prilavok.customers.actions.evaluating import LEFT, evaluate_waiting
from prilavok.customers.models import Evaluation
from prilavok.customers.queries.evaluations import evaluation_folder
from prilavok.customers.tests.misspelt import base
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import Work
from tests.cast import hire, login

PAGE = "/customers/duplicates/quality/"
API = "/api/v1/identity/evaluations"
WORDS = "id last_name first_name patronymic birth_date phone email cluster".split()


@pytest.fixture(scope="module")
def people() -> bytes:
    """Eighty people, some of them twice and misspelt."""
    records, person_of = base(80, seed=3)
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(WORDS)
    for one in records:
        writer.writerow(
            [one.key, one.last, one.first, one.middle, one.birth, one.phones[0], one.emails[0], person_of[one.key]]
        )  # fmt: skip
    return written.getvalue().encode()


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    return tmp_path


@pytest.fixture
def supervisor(ada: Any, client: Client) -> Client:
    return login(client, ada)


def _send(client: Client, body: bytes, name: str = "people.csv", **more: str) -> Any:
    return client.post(PAGE, {"file": SimpleUploadedFile(name, body), **more})


def _work() -> None:
    """What the worker does with all that waits."""
    waiting = Evaluation.objects.filter(state="waiting").order_by("pk")
    works = Work.objects.filter(finished_at=None).order_by("pk")
    for one, work in zip(waiting, works, strict=True):
        evaluate_waiting(evaluation=str(one.public_id), work=str(work.public_id))


def test_a_file_is_brought_and_its_figures_stand_on_the_page(supervisor: Client, people: bytes) -> None:
    assert "Nobody has brought a labelled file yet" in supervisor.get(PAGE).content.decode()
    assert _send(supervisor, people).status_code == 302
    assert "Is being compared" in supervisor.get(PAGE + "files/").content.decode()
    assert len(list(evaluation_folder().iterdir())) == 1
    _work()

    page = supervisor.get(PAGE).content.decode()
    one = Evaluation.objects.get()
    assert one.figures["chosen"]["f"] >= one.figures["asked"]["f"] > 0.7
    assert "people.csv" in page and f"{one.records} rows" in page and "by “cluster”" in page
    assert (
        "the one in use" in page
        and "from the curve" in page
        and "hx-trigger" not in page.split('id="evaluations"')[1]
    )
    curve = re.search(r'<polyline points="([^"]+)"', page)
    assert curve and len(curve.group(1).split()) == len(one.points) <= 125
    assert not list(evaluation_folder().iterdir())  # nobody of the file outlives it
    bell = Work.objects.get()
    assert (bell.note, bell.failed, bell.link) == ("people.csv", False, PAGE)

    supervisor.post(f"{PAGE}files/{one.public_id}/removal/")
    assert not Evaluation.objects.exists()
    assert supervisor.post(f"{PAGE}files/{one.public_id}/removal/").status_code == 404


@pytest.mark.parametrize(
    "body, column, told",
    [
        (b"surname,first_name\nGreen,Ann\nGreen,Ann\n", "", "say which rows are one person"),
        (b"surname,first_name\nGreen,Ann\nGreen,Ann\n", "who", "The file has no column “who”"),
        (b"surname,cluster\nGreen,1\nBrown,2\n", "", "By the column “cluster” no two rows are one person"),
        (b"Petrova,cluster\nGreen,1\nBrown,1\n", "", "None of the columns is understood"),
        (b"surname,cluster\n" + b"Green,1\n" * 4000, "", "more than 5000000 pairs of rows are one person"),
        (b"surname,cluster\nGreen,1\n", "", "no two rows to compare"),
        (b"PAR1 but not really", "", "The Parquet file is damaged"),
        (b"PK\x03\x04 but no book", "", "The book is broken or protected"),
        (b"a,a\n1,2\n", "", "Two columns of the file have one name"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_words(
    supervisor: Client, body: bytes, column: str, told: str
) -> None:
    _send(supervisor, body, column=column)
    _work()

    page = supervisor.get(PAGE).content.decode()
    assert told in page.replace("&#x27;", "'")
    assert Work.objects.get().failed and not list(evaluation_folder().iterdir())
    kept = str(Evaluation.objects.values())
    assert "Petrova" not in kept and "Green" not in kept  # a file without a header begins with a person


def test_an_empty_file_and_none_at_all_are_refused_at_once(supervisor: Client) -> None:
    empty = _send(supervisor, b"")
    assert empty.status_code == 422 and "The file is empty" in empty.content.decode()
    assert supervisor.post(PAGE, {}).status_code == 422
    assert not Evaluation.objects.exists() and not list(evaluation_folder().iterdir())


def test_what_was_deleted_while_it_waited_is_not_compared(
    supervisor: Client, people: bytes, django_capture_on_commit_callbacks: Any
) -> None:
    _send(supervisor, people)
    one = Evaluation.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        actions.delete_evaluation(public_id=one.public_id, by=SYSTEM)
    evaluate_waiting(evaluation=str(one.public_id), work=str(Work.objects.get().public_id))
    assert not Evaluation.objects.exists() and not list(evaluation_folder().iterdir())
    assert not Work.objects.get().failed


def test_a_file_that_nobody_came_to_read_goes_in_the_night(supervisor: Client, people: bytes) -> None:
    _send(supervisor, people)
    actions.forget_left_evaluations()
    assert Evaluation.objects.get().state == "waiting" and len(list(evaluation_folder().iterdir())) == 1

    Evaluation.objects.update(at=clock.now() - 2 * LEFT)
    orphan = evaluation_folder() / "orphan"
    orphan.write_bytes(people)
    os.utime(orphan, (0, 0))
    actions.forget_left_evaluations()
    assert Evaluation.objects.get().trouble == {"code": "broke_off", "values": {}}
    assert not list(evaluation_folder().iterdir())


def test_by_the_api(supervisor: Client, people: bytes) -> None:
    key = {"Idempotency-Key": "one"}
    body = {"file": SimpleUploadedFile("../people.csv", people), "column": "cluster"}
    sent = supervisor.post(API, body, headers=key)
    assert sent.status_code == 202 and sent.json()["state"] == "waiting"
    assert sent.json()["file_name"] == "people.csv"
    _work()

    (listed,) = supervisor.get(API).json()["items"]
    assert listed["state"] == "done" and listed["figures"]["chosen"]["f"] > 0.7 and listed["points"]
    address = f"{API}/{listed['id']}"
    assert supervisor.get(address).json() == listed
    assert supervisor.delete(address, headers={"Idempotency-Key": "two"}).status_code == 204
    assert supervisor.get(address).status_code == 404


def test_whoever_may_not_merge_sees_no_figures(client: Client, the_company: None) -> None:
    login(client, hire("Max"))
    assert client.get(PAGE).status_code == 403
    assert client.get(PAGE + "files/").status_code == 403
    assert _send(client, b"surname,cluster\nGreen,1\nGreen,1\n").status_code == 403
    assert client.get(API).status_code == 403
    sent = {"file": SimpleUploadedFile("people.csv", b"x")}
    assert client.post(API, sent, headers={"Idempotency-Key": "x"}).status_code == 403


def test_the_command_keeps_its_figures(
    supervisor: Client, people: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "_enter", lambda: None)  # this process stands in an installation already
    path = tmp_path / "known.csv"
    path.write_bytes(people)

    done = CliRunner().invoke(commands.prilavok, ["identity", "evaluate", str(path), "--keep"])

    assert done.exit_code == 0, done.output
    assert Evaluation.objects.get().by_kind == "system"
    assert "known.csv" in supervisor.get(PAGE).content.decode()
    assert path.exists()  # one's own file is left where it lies
