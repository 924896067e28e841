"""Experiments by the front door: the list, and files that are loaded."""

from django.test import Client
from django.urls import reverse

from prilavok.experiments.models import Experiment
from tests.cast import login


def test_an_empty_list_teaches(marina, client: Client) -> None:
    page = login(client, marina).get(reverse("experiments:list")).content.decode()

    assert "Load a finished experiment" in page


def test_a_file_is_loaded_in_the_interface(marina, client: Client, tmp_path) -> None:
    file = tmp_path / "letters.csv"
    file.write_text("group,spend\n" + "A,1\nA,2\nB,3\nB,5\n" * 20 + "B,oops\n")
    with file.open("rb") as stream:
        answer = login(client, marina).post(
            reverse("experiments:load"), {"file": stream, "arm": "group", "control": "A", "outcome": "spend"}
        )
    page = answer.content.decode()
    assert "oops" in page and "this is not a number" in page

    report = client.get(
        reverse("experiments:report", args=[Experiment.objects.get().public_id])
    ).content.decode()
    assert "proven" in report


def test_a_wrong_column_is_said_at_once(marina, client: Client, tmp_path) -> None:
    file = tmp_path / "letters.csv"
    file.write_text("group,spend\nA,1\n")
    with file.open("rb") as stream:
        answer = login(client, marina).post(
            reverse("experiments:load"), {"file": stream, "arm": "arm", "control": "A", "outcome": "spend"}
        )

    assert answer.status_code == 422
    assert "There is no column “arm”" in answer.content.decode()


def test_the_api_loads_a_file(marina, client: Client, tmp_path) -> None:
    file = tmp_path / "letters.csv"
    file.write_text("group,did\n" + "A,0\nA,1\nB,1\nB,1\n" * 20)
    login(client, marina)
    with file.open("rb") as stream:
        answer = client.post(
            "/api/v1/experiments",
            {"file": stream, "arm": "group", "control": "A", "outcome": "did"},
            headers={"Idempotency-Key": "one"},
        )

    assert answer.status_code == 201, answer.content
    assert answer.json()["rows"] == 80
