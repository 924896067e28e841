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

POLL = 0.1  # seconds between looks at a quiet journal
STALLED_AFTER = 60  # seconds without a sign of life of the worker that took a job
SWEEP = 30


def run(schedule: Iterable[Every], *, concurrency: int = 2) -> None:
    """Work until SIGTERM or SIGINT. May be started many times, on many machines: each consumer runs in one of them."""
    jobs.install(schedule)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    threads = [
        threading.Thread(target=_consume, args=(consumer, stop), name=f"consumer-{consumer}", daemon=True)
        for consumer in journal.consumers()
    ]
    for thread in threads:
        thread.start()
    asyncio.run(_work(stop, concurrency))
    stop.set()
    for thread in threads:
        thread.join(timeout=10)


def _consume(name: str, stop: threading.Event) -> None:
    """Step one consumer for ever; a lost server is waited for, not died of."""
    pause = POLL
    while not stop.is_set():
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
        if not moved:
            stop.wait(pause)
    connection.close()


async def _work(stop: threading.Event, concurrency: int) -> None:
    worker_app = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with worker_app.open_async():
        worker = asyncio.create_task(
            worker_app.run_worker_async(
                concurrency=concurrency,
                install_signal_handlers=False,
                fetch_job_polling_interval=1.0,
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
