"""A person brings a file on the page: looks at it, says what its columns mean, sees what became of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from prilavok.company import actions as company
from prilavok.company.models import Employee, Shop
from prilavok.customers import queries as customers
from prilavok.exchange import actions, queries
from prilavok.exchange.models import Import
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import Work
from tests.cast import NOON, actor, hire, login

PEOPLE = "Ид;Фамилия;Тел.\n1;Ковалёва;+7 916 123-45-67\n2;Щукин;12\n"


@pytest.fixture(autouse=True)
def _ground(goods: None, shop_on_lenina: Shop) -> None: ...


def bring(client: Client, text: str = PEOPLE, kind: str = "customers") -> Import:
    file = SimpleUploadedFile("люди.csv", text.encode("cp1251"))
    answer = client.post("/exchange/new/", {"kind": kind, "file": file})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return Import.objects.latest("pk")


def finish(one: Import) -> Import:
    """What the worker does with a started import."""
    actions.carry_out(import_id=one.pk, work_id=Work.objects.latest("pk").pk)
    one.refresh_from_db()
    return one


def test_from_the_file_to_the_rejects(client: Client, ada: Employee) -> None:
    login(client, ada)
    one = bring(client)
    page = client.get(f"/exchange/{one.public_id}/")
    assert "Ковалёва" in page.content.decode()

    mapping = {"column_external_id": "Ид", "column_last_name": "Фамилия", "column_phone": "Тел."}
    started = client.post(f"/exchange/{one.public_id}/start/", mapping)
    assert started.status_code == 302
    assert client.get(f"/exchange/{one.public_id}/progress/").status_code == 200
    finish(one)

    assert (one.state, one.loaded, one.rejected) == ("finished", 1, 1)
    shown = client.get(f"/exchange/{one.public_id}/").content.decode()
    assert "Щукин" in shown
    assert b"".join(client.get(f"/exchange/{one.public_id}/rejects/")).decode("utf-8-sig").count("\n") == 2
    assert client.get("/exchange/").status_code == 200
    assert customers.visible(SYSTEM).count() == 1


def test_a_required_column_must_be_named(client: Client, ada: Employee) -> None:
    login(client, ada)
    one = bring(client, "a;b\n1;2\n", "products")

    answer = client.post(f"/exchange/{one.public_id}/start/", {"column_code": "a"})

    assert answer.status_code == 422
    one.refresh_from_db()
    assert one.state == "waiting"


def test_a_file_that_is_no_table_says_so_and_can_be_removed(client: Client, ada: Employee) -> None:
    login(client, ada)
    one = bring(client, "\n\n")

    assert client.get(f"/exchange/{one.public_id}/").status_code == 200
    folder = Path(one.path).parent
    client.post(f"/exchange/{one.public_id}/drop/")

    assert not Import.objects.exists()
    assert not folder.exists()


def test_a_worker_killed_in_the_middle_begins_again_and_ends_the_same(client: Client, ada: Employee) -> None:
    login(client, ada)
    one = bring(client)
    actions.start(one.pk, mapping={"external_id": "Ид", "last_name": "Фамилия"}, options={}, by=actor(ada))
    actions.import_file(
        "customers",
        Path(one.path),
        by=SYSTEM,
        at=one.made_at,
        mapping={"external_id": "Ид", "last_name": "Фамилия"},
    )

    finish(one)

    assert (one.loaded, one.unchanged) == (0, 2)
    assert customers.visible(SYSTEM).count() == 2


def test_an_import_stopped_before_its_first_row_says_so_and_is_started_again(
    client: Client, ada: Employee
) -> None:
    login(client, ada)
    one = bring(client)
    mapping = {"column_external_id": "Ид", "column_last_name": "Фамилия", "column_phone": "Тел."}
    client.post(f"/exchange/{one.public_id}/start/", mapping)
    file = Path(one.path)
    kept = file.rename(file.with_name("kept"))
    file.mkdir()

    with pytest.raises(IsADirectoryError):
        finish(one)

    one.refresh_from_db()
    assert one.state == "failed"
    assert Work.objects.latest("pk").failed
    assert one.problem and one.problem["text"] in client.get(f"/exchange/{one.public_id}/").content.decode()

    file.rmdir()
    kept.rename(file)
    assert client.post(f"/exchange/{one.public_id}/again/").status_code == 302
    finish(one)

    assert (one.state, one.problem, one.loaded, one.rejected) == ("finished", None, 1, 1)


def test_a_finished_import_is_not_started_again(client: Client, ada: Employee) -> None:
    login(client, ada)
    one = bring(client)
    actions.start(one.pk, mapping={"external_id": "Ид", "last_name": "Фамилия"}, by=actor(ada))
    finish(one)

    client.post(f"/exchange/{one.public_id}/again/")

    one.refresh_from_db()
    assert one.state == "finished"


@pytest.mark.parametrize("path", ["/exchange/", "/exchange/new/"])
def test_a_stranger_sees_no_imports(client: Client, max_stranger: Employee, path: str) -> None:
    assert login(client, max_stranger).get(path).status_code == 403


def test_a_marketer_looks_but_does_not_bring(client: Client, marina: Employee) -> None:
    login(client, marina)

    assert client.get("/exchange/").status_code == 200
    assert client.get("/exchange/new/").status_code == 403


def test_the_api_does_the_same(client: Client, ada: Employee) -> None:
    login(client, ada)
    file = SimpleUploadedFile("people.csv", PEOPLE.encode())
    answer = client.post("/api/v1/imports", {"kind": "customers", "file": file}, headers=key("1"))
    assert answer.status_code == 200, answer.content
    public_id = answer.json()["id"]
    body: dict[str, Any] = {"mapping": {"phone": "Тел."}}
    path = f"/api/v1/imports/{public_id}/start"
    assert (
        client.post(path, json.dumps(body), content_type="application/json", headers=key("2")).status_code
        == 200
    )
    finish(queries.get(public_id, SYSTEM))

    told = client.get(f"/api/v1/imports/{public_id}").json()
    assert (told["state"], told["loaded"], told["rejected"]) == ("finished", 1, 1)
    assert told["reconciliation"][0]["difference"] == "0"
    assert client.get("/api/v1/imports/kinds").status_code == 200


def test_a_stranger_gets_nothing_from_the_api(client: Client, max_stranger: Employee) -> None:
    login(client, max_stranger)

    assert client.get("/api/v1/imports").status_code == 403
    assert client.get("/api/v1/imports/kinds").status_code == 403


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": text}


def loaded(folder: Path, kind: str, text: str) -> Import:
    """A file that the command has loaded."""
    path = folder / f"{kind}.csv"
    path.write_text(text)
    return actions.import_file(kind, path, by=SYSTEM, at=NOON)


def test_an_analyst_downloads_rejected_receipts_but_not_customers_with_their_phones(
    client: Client, tmp_path: Path
) -> None:
    customers = loaded(tmp_path, "customers", "external_id;last_name;phone\n1;Щукин;12\n")
    shops = loaded(tmp_path, "shops", "code;name;timezone\n1;One;Moon/Sea\n")
    login(client, hire("Alla", "analyst"))
    answers = [client.get(f"/exchange/{one.public_id}/rejects/").status_code for one in (customers, shops)]
    assert answers == [403, 200]
    assert "Щукин" not in client.get(f"/exchange/{customers.public_id}/").content.decode()


def test_whoever_works_in_one_shop_sees_only_files_of_their_own(
    client: Client, tmp_path: Path, ada: Employee, shop_on_lenina: Shop
) -> None:
    one = loaded(tmp_path, "shops", "code;name\n1;One\n")
    company.give_role(employee_id=ada.pk, role="administrator", shops=[shop_on_lenina.pk], by=SYSTEM, at=NOON)
    assert login(client, ada).get(f"/exchange/{one.public_id}/").status_code == 404
