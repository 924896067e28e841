"""The worker process: brings the journal to its consumers, runs jobs and the schedule, and sweeps up after kills."""

import asyncio
import logging
import signal
import threading
import time
from collections.abc import Iterable

from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from procrastinate.contrib.django import app

from prilavok.kernel import delivery, jobs, journal
from prilavok.kernel.jobs import Every

logger = logging.getLogger(__name__)

POLL = 0.1  # seconds between looks at the journal's end
GATHER = 0.25  # seconds in which a consumer that keeps up lets events gather: batches cost less than singles;
# for whoever follows another they have gathered already
AT_REST = 2.0  # seconds after which a consumer looks for itself, should a ring have been missed
HEARTBEAT = 10  # seconds between a worker's signs of life
STALLED_AFTER = 60  # seconds without a sign of life of the worker that took a job
SWEEP = 30


class Bell:
    """Wakes the consumers when the journal has grown, so that a quiet shop costs one small query per look."""

    def __init__(self) -> None:
        self._rung = 0
        self._changed = threading.Condition()

    def ring(self) -> None:
        with self._changed:
            self._rung += 1
            self._changed.notify_all()

    def wait(self, heard: int, seconds: float) -> int:
        """Until it rings again after `heard`, or so many seconds; the number of rings so far."""
        with self._changed:
            self._changed.wait_for(lambda: self._rung != heard, seconds)
            return self._rung


def run(schedule: Iterable[Every], *, concurrency: int = 2) -> None:
    """Work until SIGTERM or SIGINT. May be started many times, on many machines: a consumer runs in one of them."""
    jobs.install(schedule)
    stop, bell = threading.Event(), Bell()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    threads = [threading.Thread(target=_watch, args=(bell, stop), name="journal-watch", daemon=True)] + [
        threading.Thread(
            target=_consume, args=(consumer, bell, stop), name=f"consumer-{consumer}", daemon=True
        )
        for consumer in journal.consumers()
    ]
    for thread in threads:
        thread.start()
    logger.info("at work for %s", ", ".join(journal.consumers()))
    asyncio.run(_work(stop, concurrency))
    stop.set()
    bell.ring()
    for thread in threads:
        thread.join(timeout=10)


def _watch(bell: Bell, stop: threading.Event) -> None:
    """Ring when there is something new to read."""
    seen: object = None
    while not stop.wait(POLL):
        try:
            now = journal.newest()
        except (OperationalError, InterfaceError):
            connection.close()
            continue
        if now != seen:
            seen = now
            bell.ring()
    connection.close()


def _consume(name: str, bell: Bell, stop: threading.Event) -> None:
    """Step one consumer for ever; a lost server is waited for, not died of."""
    pause, heard = POLL, 0
    leads, follows = journal.leads(name), journal.follows(name)
    while not stop.is_set():
        heard = bell.wait(heard, 0)
        try:
            moved = delivery.step(name)
            pause = POLL
        except (OperationalError, InterfaceError) as exc:
            logger.warning("%s waits for the database: %s", name, type(exc).__name__)
            moved, pause = 0, min(pause * 2, 5.0)
            connection.close()
        except Exception as exc:
            # Facts may be away for a while; nothing is lost, the cursor has not moved.
            logger.warning("%s could not go on: %s", name, type(exc).__name__, exc_info=True)
            moved, pause = 0, min(pause * 2, 5.0)
            close_old_connections()
        if moved and leads:
            bell.ring()
        if 0 < moved < delivery.BATCH and not follows:
            stop.wait(GATHER)
        if not moved:
            heard = bell.wait(heard, AT_REST)
            stop.wait(pause - POLL)
    connection.close()


async def _work(stop: threading.Event, concurrency: int) -> None:
    worker_app = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with worker_app.open_async():
        worker = asyncio.create_task(
            worker_app.run_worker_async(
                concurrency=concurrency,
                install_signal_handlers=False,
                fetch_job_polling_interval=1.0,
                update_heartbeat_interval=HEARTBEAT,
                delete_jobs="successful",
            )
        )
        swept = 0.0
        while not stop.is_set() and not worker.done():
            if time.monotonic() - swept > SWEEP:
                swept = time.monotonic()
                await _sweep(worker_app)
            await asyncio.sleep(0.2)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


async def _sweep(worker_app: object) -> None:
    """Give jobs whose worker was killed to another one: Procrastinate does not do so by itself."""
    manager = worker_app.job_manager  # type: ignore[attr-defined]
    try:
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
            await manager.retry_job(job)
            logger.warning("Job %s was left by a dead worker: begun again", job.id)
        await manager.prune_stalled_workers(seconds_since_heartbeat=STALLED_AFTER)
    except (OperationalError, InterfaceError):
        logger.warning("The sweep waits for the database")
    await sync_to_async(close_old_connections)()
