"""The embedded server starts from any state that a kill, a power cut or a clumsy hand left behind."""

import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from prilavok.cli.home import Home
from prilavok.cli.postgres import Server
from prilavok.cli.trouble import Trouble

pytestmark = pytest.mark.chaos


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(Home(tmp_path / "home"), for_tests=True)
    yield server
    try:
        server.stop()
    finally:
        shutil.rmtree(server.place, ignore_errors=True)


def pid_of(server: Server) -> int:
    return int((server.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])


def test_starts_once_and_is_found_again(server: Server) -> None:
    first = server.start()
    pid = pid_of(server)

    assert server.start() == first
    assert pid_of(server) == pid
    with psycopg.connect(first) as shop:
        assert shop.execute("SELECT current_user, lower('ЁЖ')").fetchone() == ("prilavok", "ёж")


def test_the_application_is_no_superuser_and_strangers_need_a_password(server: Server) -> None:
    url = server.start()
    with psycopg.connect(url) as shop, pytest.raises(psycopg.errors.InsufficientPrivilege):
        shop.execute("COPY (SELECT 1) TO PROGRAM 'true'")

    stranger = url.replace(server.home.secret("postgres-password"), "guess")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(stranger)


def test_an_upgrade_killed_between_its_last_steps_is_brought_to_its_end(server: Server) -> None:
    with psycopg.connect(server.start(), autocommit=True) as shop:
        shop.execute("CREATE TABLE kept (n int)")
    server.stop()
    server.data.rename(server.beside().data)  # the former data has left its place, the new has not come to it

    with psycopg.connect(server.start()) as shop:
        assert shop.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_its_log_shows_no_value(server: Server) -> None:
    with psycopg.connect(server.start()) as shop, pytest.raises(psycopg.DataError, match="Zaytseva"):
        shop.execute("SELECT 'Zaytseva'::text::int")
    server.stop()

    written = "".join(file.read_text("utf-8", "replace") for file in server.log.parent.glob("*.log"))
    assert "shut down" in written and "Zaytseva" not in written


def test_recovers_after_a_kill(server: Server) -> None:
    with psycopg.connect(server.start(), autocommit=True) as shop:
        shop.execute("SET synchronous_commit = on")  # as a shop's server has it; that of tests doesn't wait
        shop.execute("CREATE TABLE kept (n int)")
        shop.execute("INSERT INTO kept VALUES (7)")
    os.kill(pid_of(server), signal.SIGKILL)

    with psycopg.connect(server.start()) as shop:
        assert shop.execute("SELECT n FROM kept").fetchone() == (7,)


def test_starts_when_the_dead_servers_number_belongs_to_another_program(server: Server) -> None:
    server.start()
    pid_file = server.data / "postmaster.pid"
    old = pid_file.read_text(encoding="utf-8")
    server.stop()
    pid_file.write_text(old.replace(old.split()[0], str(os.getpid()), 1), encoding="utf-8")

    assert server.start()


def test_a_half_made_cluster_is_made_anew(server: Server) -> None:
    server.start()
    server.stop()
    server.data.rename(server.place / "data.unfinished")
    (server.place / "data.unfinished" / "PG_VERSION").unlink()

    assert server.start()


def test_a_taken_port_is_named(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        server.home.folder("run")
        (server.home.path / "config.toml").write_text(f"[ports]\npostgres = {port}\n", encoding="utf-8")

        with pytest.raises(Trouble, match=str(port)):
            server.start()


def test_a_stopped_server_has_no_address(server: Server) -> None:
    server.start()
    server.stop()

    with pytest.raises(Trouble, match=r"does not run|не запущен"):
        server.url()


def test_what_lay_in_memory_is_read_back_after_a_restart(tmp_path: Path) -> None:
    server = Server(Home(tmp_path / "home"))
    hot = "SELECT count(*) FROM pg_buffercache WHERE relfilenode = pg_relation_filenode('sold')"
    try:
        server.start()
        with psycopg.connect(server.owner_url(), autocommit=True) as shop:
            shop.execute("CREATE EXTENSION pg_buffercache")
            shop.execute("CREATE TABLE sold AS SELECT generate_series(1, 10000) AS n")
        server.stop()
        server.start()
        with psycopg.connect(server.owner_url(), autocommit=True) as shop:
            until = time.monotonic() + 20
            while not (found := shop.execute(hot).fetchone()) or found[0] < 40:
                assert time.monotonic() < until
                time.sleep(0.1)
    finally:
        server.stop()
        shutil.rmtree(server.place, ignore_errors=True)
