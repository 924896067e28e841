"""An installation of an older version is brought to this one: a backup first, then nothing is lost."""

import psycopg
import pytest

from prilavok.cli import major
from prilavok.cli.home import Home
from prilavok.cli.postgres import Server, major_version
from prilavok.cli.tests.conftest import prilavok

pytestmark = pytest.mark.chaos  # whole installations are made: long


@pytest.fixture(scope="module")
def olgas(shop: Home) -> Home:
    """An installation in which Olga may log in."""
    prilavok(shop, "migrate")
    prilavok(
        shop,
        *("create-owner", "--email", "olga@example.org", "--name", "Olga", "--password", "a-long-password-1"),
    )
    return shop


def owners(home: Home) -> list[str]:
    with psycopg.connect(Server(home).url()) as connection:
        return [row[0] for row in connection.execute("SELECT email FROM company_employee").fetchall()]


def test_an_older_schema_is_brought_over_after_a_backup(olgas: Home) -> None:
    prilavok(olgas, "manage", "migrate", "orders", "0003")
    assert "prilavok upgrade" in prilavok(olgas, "doctor", may_fail=True)

    prilavok(olgas, "upgrade")

    assert len(list((olgas.path / "backups").iterdir())) == 1
    assert "prilavok upgrade" not in prilavok(olgas, "doctor", may_fail=True)
    assert owners(olgas) == ["olga@example.org"]


def test_nothing_is_backed_up_where_nothing_is_to_be_done(olgas: Home) -> None:
    before = list((olgas.path / "backups").glob("*"))

    prilavok(olgas, "upgrade")

    assert list((olgas.path / "backups").glob("*")) == before


def test_a_new_postgresql_takes_the_data_over(olgas: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    server, told = Server(olgas), list[str]()
    server.stop()
    server.beside().start()  # what an upgrade left behind that was killed
    monkeypatch.setattr(major, "major_version", lambda: str(int(major_version()) + 1))

    major.bring_over(server, told.append)

    assert owners(olgas) == ["olga@example.org"]
    assert (server.place / f"data.{major_version()}").exists(), told
