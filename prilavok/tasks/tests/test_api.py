import json
from typing import Any
from uuid import uuid4

from django.test import Client

from prilavok.company.models import Employee
from prilavok.customers.models import Profile
from prilavok.tasks.models import Task
from tests.cast import login

TASK = {
    "title": "Call back: the case is resolved",
    "due": {"day": "2026-03-02"},
    "subject": {"label": "SR-204", "address": "/cases/SR-204/", "kind": "case", "key": "SR-204"},
    "remind_before": 60,
}


def send(client: Client, method: str, path: str, body: dict[str, Any] | None = None, key: str = "") -> Any:
    return client.generic(
        method,
        f"/api/v1/tasks{path}",
        json.dumps(body or {}),
        content_type="application/json",
        headers={"Idempotency-Key": key or str(uuid4())},
    )


def test_a_task_from_its_setting_to_its_end(
    client: Client, sasha: Employee, oleg: Employee, anna: Profile
) -> None:
    login(client, sasha)
    body = TASK | {"customer": str(anna.public_id), "responsible": str(oleg.public_id)}
    made = send(client, "POST", "", body, key="once").json()
    assert send(client, "POST", "", body, key="once").json() == made
    assert Task.objects.count() == 1
    assert (made["state"], made["due"], made["responsible"]["name"]) == (
        "open",
        {"day": "2026-03-02", "at": None},
        "Oleg",
    )
    assert made["subject"]["key"] == "SR-204"

    path = f"/{made['id']}"
    assert send(client, "PATCH", path, {"priority": "high"}).json()["priority"] == "high"
    moved = send(client, "PUT", f"{path}/due", {"at": "2026-03-05T12:30:00+03:00"}).json()
    assert (moved["due"]["day"], moved["due"]["at"]) == ("2026-03-05", "2026-03-05T09:30:00Z")
    assert send(client, "PUT", f"{path}/responsible", {"responsible": None}).json()["responsible"] is None
    closed = send(client, "PUT", f"{path}/closure", {"result": "Anna is content"}).json()
    assert (closed["state"], closed["result"]) == ("done", "Anna is content")
    assert [one["id"] for one in client.get("/api/v1/tasks?state=done").json()["items"]] == [made["id"]]
    assert send(client, "PATCH", path, {"title": "else"}).json()["code"] == "task_closed"
    assert send(client, "DELETE", f"{path}/closure").json()["state"] == "open"
    of_anna = client.get(f"/api/v1/customers/{anna.public_id}/tasks").json()
    assert [one["id"] for one in of_anna["items"]] == [made["id"]]


def test_pages_go_on_where_the_last_one_ended(client: Client, sasha: Employee) -> None:
    login(client, sasha)
    days = [{"day": "2026-03-03"}, {}, {"day": "2026-03-02"}, {}]
    for number, due in enumerate(days):
        assert send(client, "POST", "", {"title": f"task {number}", "due": due}).status_code == 200
    first = client.get("/api/v1/tasks?size=3").json()
    rest = client.get("/api/v1/tasks", {"size": 3, "after": first["next"]}).json()
    assert [one["title"] for one in first["items"] + rest["items"]] == [
        "task 2",
        "task 0",
        "task 1",
        "task 3",
    ]
    assert rest["next"] is None


def test_what_is_wrong_is_named(client: Client, sasha: Employee) -> None:
    login(client, sasha)
    for wrong, status in (
        ({"customer": str(uuid4())}, "unknown_customer"),
        ({"responsible": str(uuid4())}, "unknown_employee"),
        ({"subject": {"label": "x", "address": "javascript:alert(1)"}}, "bad_task"),
        ({"due": {"at": "9998-03-05T12:30:00+03:00"}}, "bad_task"),
    ):
        assert send(client, "POST", "", TASK | wrong).json()["code"] == status
    for odd in (
        {"due": {"day": "2026-03-02", "at": "2026-03-05T12:30:00+03:00"}},
        {"due": {"at": "2026-03-05T12:30:00"}},
        {"title": ""},
    ):
        assert send(client, "POST", "", TASK | odd).status_code == 422
    assert client.get("/api/v1/tasks?after=nonsense").json()["code"] == "bad_cursor"


def test_a_stranger_is_refused(client: Client, max_stranger: Employee, call: Task) -> None:
    login(client, max_stranger)
    for method, path in (
        ("GET", ""),
        ("POST", ""),
        ("GET", f"/{call.public_id}"),
        ("PUT", f"/{call.public_id}/closure"),
    ):
        assert send(client, method, path, TASK).status_code == 403


def test_a_colleagues_task_is_not_there(client: Client, marina: Employee, call: Task) -> None:
    login(client, marina)
    assert send(client, "GET", f"/{call.public_id}").status_code == 404
    assert send(client, "PUT", f"/{call.public_id}/closure", {}).status_code == 404
