"""What stands still and waits for a person is said on the first page."""

from decimal import Decimal

import pytest
from django.db import connection

from prilavok.campaigns import actions as campaigns
from prilavok.company.models import Employee
from prilavok.kernel import jobs
from prilavok.kernel.actors import SYSTEM
from prilavok.loyalty import actions as loyalty
from prilavok.reports.queries import waiting
from prilavok.segments import actions as segments
from tests.cast import NOON, actor


@pytest.mark.django_db(transaction=True)
def test_a_job_that_failed_for_good_waits_for_whoever_may_run_it_again(
    ada: Employee, marina: Employee
) -> None:
    jobs.later(segments.keep_rfm)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")

    assert "administration:jobs" in [one.url_name for one in waiting(actor(ada), NOON)]
    assert "administration:jobs" not in [one.url_name for one in waiting(actor(marina), NOON)]


def test_what_a_colleague_wrote_waits_for_whoever_may_approve_it(ada: Employee, marina: Employee) -> None:
    written = loyalty.create_promotion(
        {"name": "Ten off", "give": {"percent_off": 10}}, by=actor(marina), at=NOON
    )
    loyalty.ask_approval(written.pk, by=actor(marina), at=NOON)
    programme = loyalty.make_programme(code="points", name="Points", by=SYSTEM, at=NOON)
    campaigns.create(
        name="Gift", points_programme_id=programme.pk, points=Decimal(100), by=actor(marina), at=NOON
    )

    wait_for_ada, wait_for_marina = (
        {one.url_name for one in waiting(actor(who), NOON)} for who in (ada, marina)
    )
    assert {"loyalty:promotions", "campaigns:approval"} <= wait_for_ada
    assert not {"loyalty:promotions", "campaigns:approval"} & wait_for_marina
