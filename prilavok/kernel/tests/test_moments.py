"""A moment at any offset that ISO 8601 allows is looked for and kept as the same moment."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prilavok.company.models import Employee
from prilavok.kernel import prepared
from tests.cast import login

DAY = timedelta(hours=23, minutes=59)


def moment_at(days: int, offset: timedelta) -> datetime:
    return (datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=days)).astimezone(timezone(offset))


MOMENTS = st.builds(moment_at, st.integers(-700_000, 2_900_000), st.timedeltas(-DAY, DAY))


@pytest.mark.parametrize(
    "at", ["1554-01-15T08:38:55.201786+17:22", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"]
)
def test_the_api_takes_a_moment_of_any_offset(client: Client, olga: Employee, at: str) -> None:
    login(client, olga)
    assert client.get("/api/v1/ledger/trial-balance", {"at": at}).status_code == 200


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MOMENTS)
def test_both_ways_to_the_base_tell_the_same_moment(db: None, moment: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [moment])
        assert cursor.fetchone() == (moment,)
    assert prepared.rows("SELECT %s::timestamptz", [moment]) == [(moment.astimezone(UTC),)]
