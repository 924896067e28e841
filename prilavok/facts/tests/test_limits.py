"""What is too much is refused in words: too heavy a question, a full disk, a process that is just being started."""

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from prilavok.facts import client, loading
from prilavok.facts.testing import FactsServer
from prilavok.facts.tests.test_loading import load, sell, total

HEAVY = "SELECT length(groupArray(number + (SELECT count() FROM kept))) FROM numbers(1000000000)"
ROOM = 64 << 20  # bytes of the small disk


@pytest.mark.usefixtures("facts")
def test_too_heavy_a_question_is_refused_with_what_it_asked_among() -> None:
    client.execute("DROP TABLE IF EXISTS kept")
    client.execute("CREATE TABLE kept (a Int64) ENGINE = MergeTree ORDER BY a")
    client.execute("INSERT INTO kept SELECT number FROM numbers(1234567)")
    with pytest.raises(client.TooHeavy) as refused:
        client.value(HEAVY)

    assert refused.value.params["reason"] == "memory"
    assert refused.value.params["rows"] == 1_234_567
    assert "1\u202f234\u202f567" in str(refused.value) and "MiB" in str(refused.value)
    assert client.value("SELECT 1") == 1


@pytest.mark.usefixtures("facts")
def test_a_question_may_name_many_thousands_of_people() -> None:
    """As one about indicators of 20,000 customers over two tables does."""
    people = client.ids(range(10**6, 10**6 + 20_000))
    asked = " UNION ALL ".join(
        f"SELECT count() FROM numbers(10) WHERE number IN ({people})" for _ in range(2)
    )
    for lane in ("interactive", "heavy"):
        assert client.column(asked, lane=lane) == [0, 0]


@pytest.mark.usefixtures("facts")
def test_a_heavy_report_does_not_keep_light_questions_waiting() -> None:
    answered = threading.Event()

    def report() -> None:
        client.value("SELECT sum(cityHash64(number)) FROM numbers(400000000)", lane="heavy")
        answered.set()

    thread = threading.Thread(target=report)
    thread.start()
    assert [client.value("SELECT 1") for _ in range(20)] == [1] * 20
    light_first = not answered.is_set()
    thread.join()
    assert light_first


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
        pytest.skip("only who may mount a small disk can fill one")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_a_full_disk_refuses_whole_batches_and_recovers(
    small_shop: None, small_disk: Path, settings: Any
) -> None:
    server = FactsServer(small_disk, options=["--reserve", str(ROOM // 4)])
    server.start()
    settings.FACTS_URL, settings.FACTS_TOKEN = server.url, server.token
    loading.create_tables()
    sell(10, 20)
    load()
    filler = small_disk / "filler"
    filler.write_bytes(b"0" * (ROOM * 4 // 5))
    sell(15)

    load()  # waits
    with pytest.raises(client.FactsFull):
        client.insert("test_sales", ["profile_id"], b"1\n", token="one")
    assert total() == (2, 300_000)
    assert client.rows(
        "SELECT state, count() FROM loads WHERE lane = 'live' GROUP BY state ORDER BY state"
    ) == [
        ("begun", 1),
        ("done", 1),
    ]

    filler.unlink()
    load()
    assert total() == (3, 450_000)
    server.end()


@pytest.mark.chaos
def test_a_question_asked_while_the_process_is_started_again_is_answered(
    tmp_path: Path, settings: Any
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = FactsServer(tmp_path, port=port, durable=False)
    server.start()
    settings.FACTS_URL, settings.FACTS_TOKEN = server.url, server.token
    assert client.value("SELECT 1") == 1

    def die_and_come_back() -> None:
        time.sleep(0.3)
        server.end(at_once=True)
        server.start()

    keeper = threading.Thread(target=die_and_come_back)
    keeper.start()
    assert (
        client.value("SELECT sum(cityHash64(number)) FROM numbers(300000000)") is not None
    )  # under way when it died
    keeper.join()
    server.end(at_once=True)
    begun = time.monotonic()
    client._answered.clear()
    with pytest.raises(client.FactsDown):
        client.value("SELECT 1")
    assert time.monotonic() - begun < client.COMES_BACK  # one that is silent for long is not waited for
