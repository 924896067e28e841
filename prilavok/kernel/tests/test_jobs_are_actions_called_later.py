"""A job rolls back with its transaction, is done by the worker, and is not lost with a killed one."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.db import connection, transaction
from django.utils.translation import get_language, override
from procrastinate.contrib.django.models import ProcrastinateJob

from prilavok.kernel import jobs
from prilavok.kernel.models import Switch

WORK = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "prilavok.config.testing"
import django; django.setup()
from prilavok.kernel import jobs, worker, switches
from prilavok.kernel.tests import test_jobs_are_actions_called_later
# many signs of life within the time after which a worker is given up, or it gives up itself
worker.HEARTBEAT = 0.5; worker.STALLED_AFTER = 10; worker.SWEEP = 1
print("ready", flush=True)
worker.run([])
"""


@jobs.job
def ring(name: str, seconds: float = 0) -> None:
    """Turn a switch on, after a while."""
    Switch.objects.get_or_create(name=f"begun {name} {os.getpid()}", defaults={"on": True})
    time.sleep(seconds if Switch.objects.filter(name__startswith=f"begun {name}").count() == 1 else 0)
    Switch.objects.update_or_create(name=name, defaults={"on": True})


@pytest.mark.django_db(transaction=True)
def test_a_job_goes_with_its_transaction() -> None:
    with transaction.atomic():
        jobs.later(ring, name="never")
        transaction.set_rollback(True)
    with transaction.atomic():
        jobs.later(ring, name="soon")
    ours = [job for job in ProcrastinateJob.objects.all() if job.args["name"].endswith(".ring")]
    assert [job.args["arguments"]["name"] for job in ours] == ["soon"]


@jobs.job
def say() -> None:
    """Turn the switch on that is called like the language spoken."""
    Switch.objects.create(name=str(get_language()), on=True)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_job_speaks_as_whoever_asked_for_it(language: str) -> None:
    with override(language):
        jobs.later(say)
    (asked,) = [job for job in ProcrastinateJob.objects.all() if job.args["name"].endswith(".say")]
    jobs.call(**asked.args)
    assert Switch.objects.get().name == language


def test_only_marked_actions_can_be_called_later() -> None:
    with pytest.raises(LookupError):
        jobs.later(test_only_marked_actions_can_be_called_later)


def _start() -> "subprocess.Popen[str]":
    connected = connection.settings_dict
    environment = os.environ | {"PRILAVOK_TESTING": "1", "PGDATABASE": str(connected["NAME"])}
    started = subprocess.Popen(
        [sys.executable, "-c", WORK],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        stderr=subprocess.DEVNULL,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    return started


def _wait_for(name: str, seconds: float = 60) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if Switch.objects.filter(name__startswith=name).exists():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_killed_worker_is_begun_again() -> None:
    jobs.later(ring, name="bell", seconds=60)
    first = _start()
    assert _wait_for("begun bell")
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = _start()
    try:
        assert _wait_for("bell", 120)
    finally:
        second.terminate()
        second.wait(10)
