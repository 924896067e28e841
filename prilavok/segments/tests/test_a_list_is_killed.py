"""kill -9 while a long list is recognised, again and again: begun once more, it takes up the rest."""

import random
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from prilavok.customers import actions as customers
from prilavok.customers.ports import NewCustomer
from prilavok.kernel import clock, jobs
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import Work
from prilavok.segments import actions, lists, queries
from prilavok.segments.models import Segment
from tests import processes
from tests.cast import NOON

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos, pytest.mark.timeout(300)]

PEOPLE, PORTION, KILLS = 1_000, 50, 6


def recognise(segment_id: int, home: str, tell: Connection) -> None:
    lists.PORTION = PORTION
    django_settings.HOME = home
    for done in lists._recognised(Segment.objects.get(pk=segment_id), SYSTEM, clock.now()):
        tell.send(done)


def test_killed_at_any_moment_a_list_is_recognised_whole_and_once(
    the_company: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOME, chance = tmp_path, random.Random(5)
    monkeypatch.setattr(lists, "AT_ONCE", 0)
    customers.load_customers(
        [NewCustomer(external_id=f"c{n}", first_name="Anna") for n in range(PEOPLE)], by=SYSTEM, at=NOON
    )
    values = [f"c{n}" if n % 2 else f"nobody-{n % 1_500}" for n in range(2 * PEOPLE)]
    made = actions.load_list(name="Long", values=values, by=SYSTEM, at=clock.now()).segment
    for _ in range(KILLS):
        heard, tell = processes.pipe()
        process = processes.started(recognise, made.pk, str(tmp_path), tell)
        tell.close()
        for _portion in range(chance.randrange(1, 6)):
            heard.recv()
        time.sleep(chance.random() / 50)
        process.kill()
        process.join()
    assert 0 < queries.lines_waiting(made.pk) < 2 * PEOPLE

    given = {"segment_id": made.pk, "work_id": Work.objects.get().pk}
    jobs.call("prilavok.segments.lists.recognise_later", given)
    made.refresh_from_db()
    told = queries.unknown_lines(made.pk, SYSTEM)
    assert made.size == len(queries.member_ids(made.pk)) == PEOPLE // 2
    assert told.count() == 2 * PEOPLE - PEOPLE // 2
    assert told.filter(reason="repeated").count() == 250
    assert queries.lines_waiting(made.pk) == 0
