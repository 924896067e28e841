"""Recognising who it is among a million customers, over HTTP at `prilavok till` with a kept connection.

Against a bare answer of the same server and a bare look-up in the same base.
`CARD_CUSTOMERS` makes a smaller base, `BENCH_BASE` names one that stands.
"""

import json
import os
import random
import time
from collections.abc import Callable

from benchmarks.card import CUSTOMERS, NOW, load
from benchmarks.measuring import Measured, against_limit, percentile, times
from benchmarks.tills import Register, till

ASKED = 5_000


def measure() -> list[Measured]:
    list(load())
    token, chance = _token(), random.Random(2)
    with till() as running:
        register = Register(running.port, token)
        asked = [one * 1000 for one in times(lambda: _identify(register, chance), ASKED, warm=500)]
        bare = [one * 1000 for one in times(lambda: register.ask("GET", "/alive/"), ASKED, warm=500)]
        register.close()
    looked = [one * 1000 for one in times(_look_up(chance), ASKED, warm=500)]
    p50, p95, p99 = (percentile(asked, share) for share in (0.5, 0.95, 0.99))
    alone, floor = percentile(bare, 0.5), percentile(looked, 0.5)
    return [
        against_limit(f"identify p99, {CUSTOMERS:,} customers", f"{p99:.2f} ms", p99, 10, "ms"),
        against_limit("identify p95", f"{p95:.2f} ms", p95, 10, "ms"),
        against_limit("identify p50", f"{p50:.2f} ms", p50, 5, "ms"),
        Measured(
            "identify against a bare answer, p50", f"{p50:.2f} ms", p50 / alone, f"{alone:.2f} ms", True
        ),
        Measured(
            "identify against a bare look-up, p50", f"{p50:.2f} ms", p50 / floor, f"{floor:.2f} ms", True
        ),
    ]


def _identify(register: Register, chance: random.Random) -> None:
    body = json.dumps({"identifiers": _anybody(chance)}).encode()
    assert b'"certainty"' in register.ask("POST", "/api/v1/customers/identify", body)


def _anybody(chance: random.Random) -> list[dict[str, str]]:
    """What a till or a site knows: a card, a phone, an e-mail, several at once, or something that nobody has."""
    n = chance.randrange(CUSTOMERS)
    known = {
        "card": f"29{n:011}",
        "phone": f"8 9{n:09}",
        "email": f"C{n}@example.org",
        "external": f"crm-{n}",
        "cookie": f"nobody-{n}",
    }
    kinds = chance.choice([["card"], ["phone"], ["email"], ["cookie"], ["cookie", "external"], list(known)])
    return [{"kind": kind, "value": known[kind]} for kind in kinds]


def _token() -> str:
    from prilavok.company import actions
    from prilavok.kernel.actors import SYSTEM

    rights = ["customers.identify"]
    return actions.make_token(name=f"Till {time.time()}", permissions_wanted=rights, by=SYSTEM, at=NOW)


def _look_up(chance: random.Random) -> Callable[[], None]:
    """The shortest question to PostgreSQL that finds whose a card is."""
    import psycopg

    connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    statement = "SELECT profile_id FROM customers_identifier WHERE kind = %s AND value = %s AND alone"

    def ask() -> None:
        card = f"29{chance.randrange(CUSTOMERS):011}"
        assert connection.execute(statement, ["card", card], prepare=True).fetchone()

    return ask
