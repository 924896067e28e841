"""What a sender does: one advisory lock for its life, and lanes that claim, hand over, write down, and again."""

import logging
import random
import re
import threading
import time
from collections.abc import Callable, Sequence

import psycopg
from django.db import IntegrityError, InterfaceError, OperationalError, connection

from prilavok.kernel import clock, switches
from prilavok.messaging import identity
from prilavok.messaging.actions import sending
from prilavok.messaging.actions.sending import Due, Ready
from prilavok.messaging.letters.mime import Wrapper
from prilavok.messaging.rules import Outcome
from prilavok.messaging.smtp import Session, Unavailable

logger = logging.getLogger(__name__)

IDLE = 0.2  # seconds between looks when nothing waits
REST = 5.0  # seconds after which a lane that waits for the looking one looks by itself
CHECK = 1.0  # seconds between looks for dead senders and finished mailings
ADDRESS = re.compile(r"[^\s<>:]+@[^\s<>:]+")  # servers name whom they turn away
LOCK_CLASS = 0x5E4D  # keeps our advisory locks apart from others'


class Presence:
    """The sign that this worker lives: a lock that PostgreSQL drops with the process."""

    def __init__(self) -> None:
        self.worker = random.SystemRandom().randrange(1, 2**31 - 1)
        self._connection: psycopg.Connection[tuple[bool]] | None = None

    def hold(self) -> None:
        """Take the lock, or make sure that it is still held; waits while a server is away."""
        while True:
            try:
                if self._connection is None:
                    self._connection = self._connect()
                    self._connection.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_CLASS, self.worker])
                self._connection.execute("SELECT 1")
                return
            except psycopg.OperationalError as exc:
                logger.warning("waiting for the database: %s", type(exc).__name__)
                self.drop()
                time.sleep(1.0)

    def is_dead(self, worker: int) -> bool:
        """Whether nobody holds the other worker's lock."""
        if worker == self.worker or self._connection is None:
            return False
        took = self._connection.execute(
            "SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, worker]
        ).fetchone()
        if took and took[0]:
            self._connection.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, worker])
            return True
        return False

    def drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> "psycopg.Connection[tuple[bool]]":
        parameters = connection.get_connection_params()
        parameters.pop("pool", None)
        wanted = ("dbname", "user", "password", "host", "port")
        return psycopg.connect(
            **{key: parameters[key] for key in wanted if parameters.get(key)}, autocommit=True
        )


class Sender:
    """Sends what is due until told to stop."""

    def __init__(self, *, lanes: int | None = None, window: int | None = None) -> None:
        self.relay = identity.relay()
        self.window = window or self.relay.window
        self.presence = Presence()
        self.stop = threading.Event()
        # Set while there are letters: the first lane looks, the others wait for it.
        self.work = threading.Event()
        self._lanes = [_Lane(self, looks=not number) for number in range(lanes or self.relay.connections)]

    def run(self) -> None:
        """Work until `stop` is set; letters in flight are finished first."""
        self.presence.hold()
        self.tidy()
        threads = [threading.Thread(target=lane.run, daemon=True) for lane in self._lanes]
        for thread in threads:
            thread.start()
        while not self.stop.wait(CHECK):
            self.presence.hold()
            self._guarded(self.tidy)
        self.work.set()
        for thread in threads:
            thread.join(timeout=90)
        self.presence.drop()

    def work_off(self) -> int:
        """Send all that is due now in this thread, then return; how many letters were handed over."""
        self.presence.hold()
        self.tidy()
        sent = 0
        while moved := self._lanes[0].work_once():
            sent += moved
        self.tidy()
        return sent

    def tidy(self) -> None:
        """Settle what dead senders left, close mailings that are through."""
        for worker, expired in sending.workers_in_flight(real=clock.real()).items():
            dead = self.presence.is_dead(worker)
            if dead or expired:
                buried = sending.bury(worker=worker, at=clock.now(), real=clock.real(), expired_only=not dead)
                if buried:
                    logger.warning("a sender died with %s letters in flight", buried)
        for mailing in sending.unfinished(at=clock.now()):
            sending.finish(mailing_id=mailing, at=clock.now())

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (OperationalError, InterfaceError) as exc:
            logger.warning("waiting for the database: %s", type(exc).__name__)
            connection.close()


class _Lane:
    """One SMTP connection and what it carries."""

    def __init__(self, sender: Sender, *, looks: bool) -> None:
        self._sender = sender
        self._looks = looks
        self._session: Session | None = None
        self._rest_until = 0.0
        self._failures = 0

    def run(self) -> None:
        while not self._sender.stop.is_set():
            try:
                moved = self.work_once()
            except (OperationalError, InterfaceError) as exc:
                logger.warning("waiting for the database: %s", type(exc).__name__)
                connection.close()
                moved = 0
            except Exception:
                logger.exception("a window could not be sent")
                connection.close()
                moved = 0
                self._sender.stop.wait(5)
            if not moved:
                self._rest()
        self._let_go()
        connection.close()

    def _rest(self) -> None:
        self._let_go()
        if self._looks:
            self._sender.work.clear()
        self._sender.stop.wait(IDLE)
        if not self._looks:
            self._sender.work.wait(REST)

    def work_once(self) -> int:
        """One window of each mailing that is due; how many letters were handed over or set aside."""
        if switches.is_on(switches.SENDING_PAUSED):
            return 0
        due = sending.due_mailings(at=clock.now(), real=clock.real())
        if not due or not self._connected():
            return 0
        self._sender.work.set()
        moved = 0
        for mailing in due:
            if self._sender.stop.is_set():
                break
            moved += self._window(mailing)
        return moved

    def _window(self, mailing: Due) -> int:
        wrapper = Wrapper(identity.sender(), at=clock.now(), signer=identity.signer())
        try:
            ready = sending.claim(
                mailing,
                worker=self._sender.presence.worker,
                limit=self._sender.window,
                wrapper=wrapper,
                at=clock.now(),
                real=clock.real(),
            )
        except IntegrityError:
            return 1  # another lane has just taken the same address: the next look sees it
        if ready and self._session is not None:
            outcomes = list(self._session.send([one.letter for one in ready]))
            self._settle(mailing, ready, outcomes)
        return len(ready)

    def _settle(self, mailing: Due, ready: Sequence[Ready], outcomes: Sequence[Outcome]) -> None:
        """Write results down; a database that is away is waited for, since only we know them."""
        results = list(zip(ready, outcomes, strict=True))
        while True:
            try:
                sending.settle(
                    mailing,
                    results,
                    worker=self._sender.presence.worker,
                    at=clock.now(),
                    real=clock.real(),
                )
                return
            except (OperationalError, InterfaceError) as exc:
                logger.warning("results wait for the database: %s", type(exc).__name__)
                connection.close()
                time.sleep(1.0)

    def _connected(self) -> bool:
        """Whether the mail server is there; after a failure it is left alone for a while."""
        if self._session is not None and self._session.alive:
            return True
        if time.monotonic() < self._rest_until:
            return False
        try:
            self._session = Session(self._sender.relay)
        except Unavailable as exc:
            self._failures += 1
            self._rest_until = time.monotonic() + min(0.5 * 2**self._failures, 30)
            logger.warning("the mail server is not available: %s", ADDRESS.sub("…@…", str(exc)))
            return False
        self._failures = 0
        return True

    def _let_go(self) -> None:
        """A mail server closes idle connections anyway; do it politely."""
        if self._session is not None and self._session.alive:
            self._session.quit()
        self._session = None
