"""The facts process serves only who has the token, only what is allowed, and stops what nobody waits for."""

import socket
import time
from urllib.parse import urlencode

import pytest
import urllib3

from prilavok.facts import client

Address = tuple[str, str]
http = urllib3.PoolManager()


def ask(process: Address, sql: str, token: str | None = None, **asked: str) -> tuple[int, str]:
    answer = http.request(
        "POST",
        process[0] + "/?" + urlencode(asked),
        body=sql.encode(),
        headers={"X-ClickHouse-Key": process[1] if token is None else token},
    )
    return answer.status, answer.data.decode()


def test_a_stranger_is_refused(facts_process: Address) -> None:
    assert ask(facts_process, "SELECT 1", token="guess")[0] == 401
    assert http.request("GET", facts_process[0] + "/?query=SELECT+1").status == 401
    assert http.request("GET", facts_process[0] + "/ping").data == b"Ok.\n"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT 1 INTO OUTFILE '/tmp/out'",
        "KILL QUERY WHERE 1",
        "SET readonly = 0",
        "/* a read */ KILL QUERY WHERE 1",
        "SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')",
        "SYSTEM SHUTDOWN",
        "ATTACH TABLE x",
    ],
)
def test_a_read_reads_tables_and_nothing_else(facts_process: Address, sql: str) -> None:
    status, text = ask(facts_process, sql)
    assert status >= 400, text
    assert "Code:" in text


def test_an_error_keeps_the_engines_own_code(facts_process: Address) -> None:
    status, text = ask(facts_process, "SELECT * FROM nowhere")
    assert (status, "Code: 60" in text) == (404, True)


def test_the_same_bytes_under_the_same_token_are_written_once(facts: None, facts_process: Address) -> None:
    client.execute("DROP TABLE IF EXISTS twice")
    client.execute(
        "CREATE TABLE twice (a Int64, d Date) ENGINE = MergeTree PARTITION BY toYYYYMM(d) ORDER BY a "
        "SETTINGS non_replicated_deduplication_window = 10000"
    )
    body = b"1\t2026-01-05\n2\t2026-02-05\n"
    for token in ("one", "one", "two"):
        client.insert("twice", ["a", "d"], body, token=token)

    assert client.value("SELECT count() FROM twice") == 4


def test_rows_may_follow_the_statement_or_come_from_a_question(facts: None, facts_process: Address) -> None:
    client.execute("DROP TABLE IF EXISTS plain")
    client.execute("CREATE TABLE plain (a Int64) ENGINE = MergeTree ORDER BY a")
    assert ask(facts_process, "INSERT INTO plain FORMAT TabSeparated\n1\n2\n")[0] == 200
    assert ask(facts_process, "  INSERT INTO plain (a)\nSELECT a + 10 FROM plain")[0] == 200
    assert ask(facts_process, "INSERT INTO plain")[0] == 400

    assert client.column("SELECT a FROM plain ORDER BY a") == [1, 2, 11, 12]


def test_a_client_that_goes_away_has_its_query_stopped(facts_process: Address) -> None:
    host, port = facts_process[0].removeprefix("http://").split(":")
    sql = b"SELECT sum(cityHash64(number)) FROM numbers(1000000000000)"
    with socket.create_connection((host, int(port))) as waiting:
        head = f"POST / HTTP/1.1\r\nHost: x\r\nX-ClickHouse-Key: {facts_process[1]}\r\n"
        waiting.sendall(f"{head}Content-Length: {len(sql)}\r\n\r\n".encode() + sql)
        until(lambda: running(facts_process) == 1)
    until(lambda: running(facts_process) == 0)


def running(process: Address) -> int:
    sql = (
        "SELECT count() FROM system.processes WHERE query LIKE '%sum(cityHash64%' AND query NOT LIKE '%LIKE%'"
    )
    return int(ask(process, sql)[1])


def until(what: object, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_ordinary_client_works(facts: None) -> None:
    assert (
        client.query("SELECT {n:Int64} + 1 AS more, toDate('2026-11-22') AS day", {"n": 41})[0]["more"] == 42
    )
    assert client.rows("SELECT 1 WHERE 0") == []
    assert client.column("SELECT number FROM numbers(3)") == [0, 1, 2]
    assert client.value("SELECT now64(3, 'UTC')").tzinfo is not None
    with pytest.raises(client.BadQuestion):
        client.value("SELECT nonsense")
