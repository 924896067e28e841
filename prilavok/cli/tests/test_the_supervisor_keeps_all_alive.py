"""What falls is started again, what a killed supervisor left is ended, and only one supervisor rules."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from prilavok.cli import up
from prilavok.cli.home import Home
from prilavok.cli.installation import FIRST_PORTS, SUPERVISED, Installation
from prilavok.cli.processes import Process
from prilavok.cli.supervisor import Stopped, Supervisor, alone, end_orphans
from prilavok.cli.trouble import Trouble

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(Home(tmp_path / "home"), named_database="postgresql://nobody@127.0.0.1:1/none")


@pytest.fixture
def supervisor(installation: Installation) -> Iterator[Supervisor]:
    handlers = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    one = Supervisor(installation, lambda text: None)
    yield one
    one.stop()
    for name, handler in handlers.items():
        signal.signal(name, handler)


def pids_of(home: Home) -> list[int]:
    mark = f"{SUPERVISED}={home.path}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def until(true: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return False


def test_what_is_killed_comes_back(supervisor: Supervisor, installation: Installation) -> None:
    supervisor.start(Process("sleeper", SLEEPER))
    (first,) = pids_of(installation.home)
    os.kill(first, signal.SIGKILL)

    def stop_when_it_is_back() -> None:
        if any(pid != first for pid in pids_of(installation.home)):
            supervisor.stopping = True

    supervisor.watch(stop_when_it_is_back)

    assert pids_of(installation.home) != [first]


def test_developers_see_what_they_change(
    supervisor: Supervisor, installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(up, "CHECKOUT", tmp_path)
    source, script, tool = (
        tmp_path / name for name in ("prilavok/a.py", "frontend/src/a.ts", "dev/bootstrap.py")
    )
    for file in (source, script, tool):
        file.parent.mkdir(parents=True)
        file.touch()
    stamp = tmp_path / "prilavok/ui/static/ui/build/.stamp"
    stamp.parent.mkdir(parents=True)
    tool.write_text(f"open({str(stamp)!r}, 'w').close()")
    supervisor.start(Process("sleeper", SLEEPER))
    watcher = up.Watcher(supervisor)

    def restarted_after_changing(file: Path) -> bool:
        before = pids_of(installation.home)
        file.write_text("changed")
        supervisor.watch(watcher, until=lambda: pids_of(installation.home) not in ([], before))
        return not supervisor.stopping

    assert restarted_after_changing(source)
    assert restarted_after_changing(script)  # it is built first, and what was built is the change
    assert stamp.exists()


def test_stopping_leaves_nothing(supervisor: Supervisor, installation: Installation) -> None:
    supervisor.start(Process("one", SLEEPER), Process("two", SLEEPER))
    assert len(pids_of(installation.home)) == 2

    supervisor.stop()

    assert pids_of(installation.home) == []


def test_one_that_does_not_start_is_told_with_its_words(supervisor: Supervisor) -> None:
    with pytest.raises(Trouble, match="no sugar left"):
        supervisor.start(
            Process("baker", [sys.executable, "-c", "raise SystemExit('no sugar left')"], port=9)
        )


def test_a_second_supervisor_is_refused(installation: Installation) -> None:
    with alone(installation.home):
        code = (
            "from pathlib import Path; from prilavok.cli.home import Home; from prilavok.cli.supervisor import alone\n"
            f"with alone(Home(Path({str(installation.home.path)!r}))): pass"
        )
        second = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert second.returncode != 0
    assert str(os.getpid()) in second.stderr


def test_what_a_killed_supervisor_left_is_ended(installation: Installation) -> None:
    left = subprocess.Popen(SLEEPER, env=os.environ | {SUPERVISED: str(installation.home.path)})
    assert until(lambda: pids_of(installation.home) == [left.pid])

    end_orphans(installation.home)

    assert left.wait(timeout=5) == -signal.SIGTERM


def test_a_command_under_way_ends_when_all_is_asked_to_stop(
    supervisor: Supervisor, installation: Installation
) -> None:
    assert up.run(installation, supervisor, "--version") == 0

    os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(Stopped):
        up.run(installation, supervisor, "--version")
    assert pids_of(installation.home) == []


def test_a_taken_port_is_named_with_what_to_do(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))

        with pytest.raises(Trouble, match=rf"(?s){port}.*PORT=8001"):
            installation.take_ports()


def test_ports_are_kept_from_start_to_start(installation: Installation) -> None:
    (installation.home.folder("run")).mkdir(exist_ok=True)
    (installation.home.path / "config.toml").write_text("[ports]\nweb = 18431\n", encoding="utf-8")

    installation.take_ports()
    first = {name: installation.port(name) for name in FIRST_PORTS}
    installation.take_ports()

    assert {name: installation.port(name) for name in FIRST_PORTS} == first
    assert first["web"] == 18431
