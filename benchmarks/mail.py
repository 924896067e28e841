"""Bulk mail: personalised letters, each with a durable record, handed over by real SMTP to a sink.

The sink is postfix's `smtp-sink` (Debian: `apt-get install postfix`; or name the program of an unpacked package in
SMTP_SINK). Without it a sink of ours in several processes stands in, slower, and the table says so. The peer is a raw
pipelined sender of ready bytes: as many processes and connections, the same sink, the same run. `MAIL_LETTERS` makes
fewer letters for a quick look.
"""

import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measuring import Measured, against_floor

if TYPE_CHECKING:
    from prilavok.messaging.models import Mailing

LETTERS = int(os.environ.get("MAIL_LETTERS", "60000"))
SENDERS, CONNECTIONS, WINDOW = 2, 2, 400
READY, RAW_EACH = 1_000, 15_000  # different letters of the raw sender; how many each of its connections sends
PROMISED, OF_RAW = 2_000, 0.15

Wire = tuple[bytes, bytes]  # the commands up to DATA, the text with its final dot


def measure() -> Iterator[Measured]:
    with sink() as (port, name):
        mailing = _planned()
        raw = _raw(port, _ready())
        ours = _sent(mailing, port)
    each = f"{SENDERS} processes × {CONNECTIONS} connections"
    yield against_floor(f"{LETTERS:,} letters, {each}", f"{ours:,.0f}/s", ours, PROMISED, "letters/s")
    yield Measured(
        "letters against raw SMTP",
        f"{ours:,.0f}/s",
        ours / raw,
        f"≥ {OF_RAW} of {raw:,.0f}/s into {name}",
        ours >= OF_RAW * raw,
    )


# ── The mailing ──────────────────────────────────────────────────────────────────────────────────────────


def _planned() -> "Mailing":
    """A mailing that is due: everybody has consented, has a name and a coupon code of their own."""
    from prilavok.company import actions as company
    from prilavok.customers import actions as customers
    from prilavok.customers.ports import NewConsent, NewCustomer
    from prilavok.kernel import clock
    from prilavok.kernel.actors import SYSTEM
    from prilavok.messaging import actions
    from prilavok.messaging.ports import Recipient

    now = clock.now()
    company.make_roles()
    company.name_company(name="Bench", currency="RUB", timezone="Europe/Moscow", language="ru", by=SYSTEM)
    consent = (NewConsent(channel="email", source="bench"),)
    profiles: list[int] = []
    for start in range(0, LETTERS, 5_000):
        people = [
            NewCustomer(
                external_id=f"reader-{number}",
                first_name=f"Анна{number}",
                email=f"reader{number}@bench.test",
                consents=consent,
            )
            for number in range(start, min(start + 5_000, LETTERS))
        ]
        profiles += customers.register_many(people, by=SYSTEM, at=now).values()
    version = actions.save_starter(name="Bench", by=SYSTEM, at=now)
    return actions.plan_mailing(
        owner="bench:1",
        template_version_id=version.pk,
        recipients=[Recipient(one, {"coupon_code": f"CODE-{one}"}) for one in profiles],
        start_at=now,
        by=SYSTEM,
        at=now,
    )


def _sent(mailing: "Mailing", port: int) -> float:
    """Letters per second from the moment that senders, already started, may begin."""
    from prilavok.kernel import switches

    switches.turn(switches.SENDING_PAUSED, on=True)
    url = f"smtp://127.0.0.1:{port}?connections={CONNECTIONS}&window={WINDOW}"
    with ExitStack() as running:
        for _ in range(SENDERS):
            command = [sys.executable, "-m", "prilavok.messaging.sender"]
            running.enter_context(_process(command, {"SMTP_URL": url}))
        _until(lambda: _present() == SENDERS, "the senders do not start")
        begun = time.perf_counter()
        switches.turn(switches.SENDING_PAUSED, on=False)
        waiting = mailing.messages.filter(state__in=["planned", "in_flight"])
        _until(lambda: not waiting.exists(), "the letters do not leave", 900)
        taken = time.perf_counter() - begun
    delivered = mailing.messages.filter(state="delivered").count()
    if delivered != LETTERS:
        raise RuntimeError(f"of {LETTERS} letters {delivered} are delivered")
    return LETTERS / taken


def _present() -> int:
    """How many senders hold their locks."""
    from django.db import connection

    from prilavok.messaging.lanes import LOCK_CLASS

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s", [LOCK_CLASS]
        )
        return int(cursor.fetchone()[0])


# ── The raw sender ───────────────────────────────────────────────────────────────────────────────────────


def _ready() -> list[Wire]:
    """Letters of the mailing as they will leave, taken by a window that is given back."""
    from django.db import transaction

    from prilavok.kernel import clock
    from prilavok.messaging import identity
    from prilavok.messaging.actions import sending
    from prilavok.messaging.letters.mime import Wrapper

    now = clock.now()
    with transaction.atomic():
        [due] = sending.due_mailings(at=now, real=clock.real())
        wrapper = Wrapper(identity.sender(), at=now)
        window = sending.claim(due, worker=1, limit=READY, wrapper=wrapper, at=now, real=clock.real())
        transaction.set_rollback(True)
    return [
        (
            f"MAIL FROM:<{one.letter.sender}>\r\nRCPT TO:<{one.letter.recipient}>\r\nDATA\r\n".encode(),
            one.letter.content + b".\r\n",
        )
        for one in window
    ]


def _raw(port: int, letters: list[Wire]) -> float:
    """Letters per second of bare sockets: no template, no check, no record."""
    with ProcessPoolExecutor(SENDERS, mp_context=multiprocessing.get_context("spawn")) as pool:
        done = list(pool.map(_raw_process, [port] * SENDERS, [letters] * SENDERS, timeout=300))
    begun, ended = min(one[0] for one in done), max(one[1] for one in done)
    return SENDERS * CONNECTIONS * RAW_EACH / (ended - begun)


def _raw_process(port: int, letters: list[Wire]) -> tuple[float, float]:
    """When this process began and ended; the clock is the machine's."""
    begun = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        for one in [threads.submit(_raw_connection, port, letters) for _ in range(CONNECTIONS)]:
            one.result()
    return begun, time.monotonic()


def _raw_connection(port: int, letters: list[Wire]) -> None:
    """Commands of the next letter travel with the text of the last: one round trip for each."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as one:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _replies(one, 1)
        one.sendall(b"HELO bench\r\n")
        _replies(one, 1)
        one.sendall(letters[0][0])
        _replies(one, 3)
        for number in range(RAW_EACH):
            one.sendall(letters[number % len(letters)][1] + letters[(number + 1) % len(letters)][0])
            _replies(one, 4)


def _replies(connection: socket.socket, count: int) -> None:
    while count > 0:
        got = connection.recv(4096)
        if not got:
            raise ConnectionError("the sink has hung up")
        count -= got.count(b"\r\n")


# ── The sink ─────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def sink() -> Iterator[tuple[int, str]]:
    """A mail server that takes everything and keeps nothing: its port and its name."""
    port = _free_port()
    program = os.environ.get("SMTP_SINK") or shutil.which(
        "smtp-sink", path=f"{os.environ['PATH']}:/usr/sbin:/usr/libexec/postfix"
    )
    if program:
        unprivileged = ["-u", "nobody"] if os.geteuid() == 0 else []
        commands, name = [[program, *unprivileged, f"127.0.0.1:{port}", "1024"]], "postfix smtp-sink"
    else:
        print(
            "No smtp-sink (apt-get install postfix, or SMTP_SINK=…): a sink of ours stands in.",
            file=sys.stderr,
        )
        commands, name = [[sys.executable, "-m", "benchmarks.sink", str(port)]] * 2, "2 Python sinks"
    with ExitStack() as running:
        for command in commands:
            running.enter_context(_process(command, _libraries(program)))
        _until(lambda: _answers(port), "the sink does not answer")
        yield port, name


def _libraries(program: str | None) -> dict[str, str]:
    """An unpacked package keeps its libraries beside the program, where the system does not look."""
    folder = Path(program).resolve().parent.parent / "lib" / "postfix" if program else None
    return {"LD_LIBRARY_PATH": str(folder)} if folder and folder.is_dir() else {}


@contextmanager
def _process(command: Sequence[str], environment: dict[str, str]) -> Iterator[None]:
    one = subprocess.Popen(command, env=os.environ | environment)
    try:
        yield
    finally:
        one.terminate()
        try:
            one.wait(20)
        except subprocess.TimeoutExpired:
            one.kill()
            one.wait()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as one:
            return one.recv(3) == b"220"
    except OSError:
        return False


def _until(true: Callable[[], bool], otherwise: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            raise TimeoutError(otherwise)
        time.sleep(0.05)
