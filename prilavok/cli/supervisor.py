"""Keeps an installation's processes alive: starts them in order, restarts what falls after a pause, stops them all.

One supervisor per home. If it is killed, its children are told by the kernel to end; what outlives even that is
found by the mark in its environment and ended by the next start.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from prilavok.cli.home import CHECKOUT, Home
from prilavok.cli.installation import HOST, SUPERVISED, Installation
from prilavok.cli.processes import Process
from prilavok.cli.trouble import Trouble
from prilavok.cli.words import _

LOOK_EVERY = 0.2  # seconds
STEADY_AFTER = 60.0  # having run for so long, a process may fall again without a long pause
LONGEST_PAUSE = 30.0
READY_WITHIN = 120.0
STOP_WITHIN = 20.0
LOG_MEGABYTES = 20
PR_SET_PDEATHSIG = 1


class Stopped(Exception):
    """Somebody asked us to stop before we had come to an end."""


@dataclass
class _Child:
    process: Process
    running: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = 0.5
    start_at: float = 0.0


class Supervisor:
    """Starts, watches and stops the processes of one installation."""

    def __init__(self, installation: Installation, tell: Callable[[str], None]) -> None:
        self.installation = installation
        self.tell = tell
        self.stopping = False
        self._children: list[_Child] = []
        self._logs = installation.home.folder("log")
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._asked_to_stop)

    def start(self, *processes: Process) -> None:
        """Start them side by side; wait until all are ready. Raises Trouble with the log's end for one that isn't."""
        children = [_Child(process) for process in processes]
        self._children += children
        for child in children:
            self._spawn(child)
        for child in children:
            self._wait_until_ready(child)

    def watch(
        self, also: Callable[[], None] = lambda: None, until: Callable[[], bool] = lambda: False
    ) -> None:
        """Keep everything alive until asked to stop, or until that is so; call `also` at every look."""
        while not (self.stopping or until()):
            for child in self._children:
                self._look_at(child)
            also()
            time.sleep(LOOK_EVERY)

    def restart(self) -> None:
        """End all processes but facts; the next look starts them again."""
        for child in self._children:
            if child.running and child.process.name != "facts":
                child.running.terminate()
                child.pause = 0.0

    def stop(self) -> None:
        """End all processes in the order opposite to their start, kindly first."""
        for child in reversed(self._children):
            if child.running and child.process.name != "facts":
                child.running.terminate()
        deadline = time.monotonic() + STOP_WITHIN
        for child in reversed(self._children):  # facts are the first started and the last to be told
            if child.running:
                end(child.running, deadline)
        self._children.clear()

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _spawn(self, child: _Child) -> None:
        log = self._logs / f"{child.process.name}.log"
        if log.exists() and log.stat().st_size > LOG_MEGABYTES * 1024 * 1024:
            log.replace(log.with_suffix(".log.1"))
        with open(log, "ab") as out:
            child.running = subprocess.Popen(
                child.process.command,
                cwd=CHECKOUT,
                env=os.environ
                | self.installation.environment()
                | child.process.environment
                | {SUPERVISED: str(self.installation.home.path), "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us alone, and we end the others in order
                preexec_fn=end_with_parent,
            )
        child.started_at = time.monotonic()
        child.start_at = 0.0

    def _look_at(self, child: _Child) -> None:
        now = time.monotonic()
        if child.start_at:
            if now >= child.start_at:
                self._spawn(child)
        elif child.running and child.running.poll() is not None:
            if now - child.started_at > STEADY_AFTER:
                child.pause = 0.5
            child.start_at = now + child.pause
            if child.pause:
                self.tell(
                    _("{name} ended (code {code}); it starts again in {pause:g} s. Its log: {log}").format(
                        name=child.process.name,
                        code=child.running.returncode,
                        pause=child.pause,
                        log=self._logs / f"{child.process.name}.log",
                    )
                )
            child.pause = min(LONGEST_PAUSE, max(0.5, child.pause * 2))

    def _wait_until_ready(self, child: _Child) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not self.stopping:
            ended = child.running is None or child.running.poll() is not None
            if ended or time.monotonic() > deadline:
                raise Trouble(
                    _("{name} did not start:").format(name=child.process.name)
                    + "\n"
                    + last_lines(self._logs / f"{child.process.name}.log"),
                    _("Mend that and start again; everything that was done so far stays."),
                )
            if child.process.port is None or answers(child.process.port):
                return
            time.sleep(0.05)


@contextmanager
def alone(home: Home) -> Iterator[None]:
    """Be the only supervisor of this home; end what a killed one left behind. Raises Trouble if another one lives."""
    import fcntl

    file = home.folder("run", 0o755) / "up.lock"
    with open(file, "a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Trouble(
                _("It runs already (process {pid}).").format(pid=lock.read().strip() or "?"),
                _("Stop it first (Ctrl-C there, or kill {pid}).").format(pid=file.read_text("ascii").strip()),
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        end_orphans(home)
        yield
        lock.truncate(0)


def end_orphans(home: Home) -> None:
    """End the processes that another supervisor of this home started and did not live to stop."""
    orphans = list(_marked(home))
    for name in (signal.SIGTERM, signal.SIGKILL):
        for pid in orphans:
            try:
                os.kill(pid, name)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + STOP_WITHIN / 2
        while (orphans := [pid for pid in orphans if _lives(pid)]) and time.monotonic() < deadline:
            time.sleep(0.05)


def _marked(home: Home) -> Iterator[int]:
    mark = f"{SUPERVISED}={home.path}".encode()
    own = os.getpid()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != own:
            try:
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    yield int(folder.name)
            except OSError:
                continue  # ended meanwhile, or another user's


def _lives(pid: int) -> bool:
    try:
        return (
            Path(f"/proc/{pid}/stat")
            .read_text(encoding="utf-8", errors="replace")
            .rsplit(")", 1)[1]
            .split()[0]
            != "Z"
        )
    except OSError:
        return False


def end_with_parent() -> None:
    """Ask the kernel to end this process when its parent dies, however that happens. Linux only; elsewhere nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def last_lines(file: Path, count: int = 15) -> str:
    """The end of a log."""
    try:
        with open(file, "rb") as log:
            log.seek(max(0, file.stat().st_size - 8000))
            return "\n".join(
                "    " + line for line in log.read().decode("utf-8", "replace").splitlines()[-count:]
            )
    except OSError:
        return ""


def end(process: subprocess.Popen[bytes], deadline: float) -> None:
    """Tell a process to end, wait for it until `deadline` (monotonic), then end it by force."""
    process.terminate()
    try:
        process.wait(timeout=max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def answers(port: int) -> bool:
    """Whether something listens at this port of the machine."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True
