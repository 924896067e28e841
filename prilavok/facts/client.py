"""Asking the facts process (or a ClickHouse cluster, by the same protocol) and writing to it.

Values go in as parameters, `{name:Type}` in the SQL; lists of ids may be written by `ids()`. Times come
back aware, in UTC.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal
from urllib.parse import unquote, urlencode, urlsplit

import clickhouse_connect
import urllib3
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError
from clickhouse_connect.driver.httputil import get_pool_manager
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from prilavok.facts import tables
from prilavok.facts.schema import Column
from prilavok.kernel.discreet import WithoutValues
from prilavok.kernel.errors import Problem
from prilavok.kernel.ids import uuid7

Lane = Literal["interactive", "heavy"]
TOO_HEAVY = {"159": "time", "160": "time", "241": "memory", "307": "rows", "396": "rows", "158": "rows"}
BUSY = {"202"}
FULL = {"243"}
# Values that their column does not take: unreadable, out of its range, or not of its kind.
UNFIT = {
    "6", "26", "27", "32", "33", "38", "41", "53", "69", "70", "72", "117", "130", "131", "321", "349", "376", "407",
    "467", "675", "676", "691",
}  # fmt: skip
COMES_BACK = (
    3.0  # seconds that a reader waits for a process that answered a moment ago and is being started again
)
LONGEST = 8 << 20  # bytes of a question: it may name many thousands of people for each table that it reads
MOMENT = 10.0  # seconds that are a moment ago
_pool = get_pool_manager(maxsize=32, num_pools=4)


class FactsDown(Problem):
    """The facts process cannot be reached: numbers that need it cannot be shown now."""

    code = "facts_down"
    status = 503
    message = _("The column store is not answering. Figures that need it will be back once it is up.")


class FactsFull(FactsDown):
    """The disk of the column store is nearly full: it reads, and takes nothing more until there is room."""

    code = "facts_full"
    message = _(
        "The column store's disk is full: nothing new is counted until there is room. Nothing is lost."
    )


class TooHeavy(Problem):
    """The question was stopped at its limit. `reason`: time, memory or rows; `rows`: how many stand in the tables it
    asks.
    """

    code = "question_too_heavy"
    status = 422
    more = ("reason", "rows", "limit")
    message = _("This question is too heavy to be answered at once. Narrow the period or drop a condition.")

    LONGER = _(
        "This question is too heavy: it asks among %(counted)s rows and was stopped after %(limit)s s. Narrow the "
        "period, ask of one shop or fewer goods, or drop a condition."
    )
    LARGER = _(
        "This question is too heavy: it asks among %(counted)s rows and would need more than %(limit)s of memory. "
        "Narrow the period, ask of one shop or fewer goods, or drop a condition."
    )


class FactsBusy(Problem):
    """All places of the lane stayed taken for as long as a question may wait."""

    code = "facts_busy"
    status = 503
    message = _("Too many questions at once. Try again in a few seconds.")


class BadQuestion(Exception):
    """The engine refused the SQL: a fault of ours, never of the user."""


class Unfit(BadQuestion, WithoutValues):
    """The engine refused rows for what stands in them; nothing was written. It names the column, never the values."""


def query(
    sql: str, params: Mapping[str, Any] | None = None, *, lane: Lane = "interactive"
) -> list[dict[str, Any]]:
    """Rows as dictionaries. Raises FactsDown, FactsBusy, TooHeavy, BadQuestion."""
    result = _ask(sql, params, lane)
    return [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]


def rows(
    sql: str, params: Mapping[str, Any] | None = None, *, lane: Lane = "interactive"
) -> list[tuple[Any, ...]]:
    """Rows as tuples. Raises like `query`."""
    return [tuple(row) for row in _ask(sql, params, lane).result_rows]


def column(sql: str, params: Mapping[str, Any] | None = None, *, lane: Lane = "interactive") -> list[Any]:
    """The first column, which is what long lists of ids are asked by. Raises like `query`."""
    columns = _ask(sql, params, lane, oriented=True).result_columns
    return list(columns[0]) if columns else []


def value(sql: str, params: Mapping[str, Any] | None = None, *, lane: Lane = "interactive") -> Any:
    """The first column of the first row, or None. Raises like `query`."""
    found = rows(sql, params, lane=lane)
    return found[0][0] if found else None


def text(sql: str, *, lane: Lane = "heavy") -> bytes:
    """The answer as TabSeparated, which PostgreSQL's COPY takes as it is. Raises like `query`."""
    with _told():
        client = _client(settings.FACTS_URL, settings.FACTS_TOKEN, lane)
        return bytes(client.raw_query(sql, fmt="TabSeparated"))


def execute(sql: str) -> None:
    """A definition or a change: CREATE, ALTER, DELETE, TRUNCATE, INSERT … SELECT. Raises like `query`."""
    _post(sql, b"", {})


def insert(table: str, columns: Sequence[str], body: bytes, *, token: str) -> None:
    """Rows in TabSeparated, durable on return. The same bytes under the same token are written once.
    Raises Unfit, and like `query`.
    """
    _post(
        f"INSERT INTO {table} ({', '.join(columns)}) FORMAT TabSeparated\n",
        body,
        {
            "insert_deduplicate": "1",
            "insert_deduplication_token": token,
            "input_format_parallel_parsing": "0",
            "async_insert": "0",
            "max_partitions_per_insert_block": "0",
            **({"insert_distributed_sync": "1"} if tables.cluster() else {}),
        },
    )


def would_take(columns: Sequence[Column], body: bytes) -> None:
    """Rows in TabSeparated, read as for a table of these columns and written nowhere. Raises like `insert`."""
    listed = ", ".join(f"{column.name} {column.type}" for column in columns)
    quoted = listed.replace("'", "\\'")
    _post(
        f"INSERT INTO FUNCTION null('{quoted}') ({', '.join(column.name for column in columns)}) "
        "FORMAT TabSeparated\n",
        body,
        {"input_format_parallel_parsing": "0", "async_insert": "0"},
    )


def insert_again(
    table: str, columns: Sequence[str], body: bytes, *, token: str, batch: int, rows: int
) -> bool:
    """Rows of a batch that may be there, in part or whole, since the engine or we were killed; whether the token alone
    made them whole. Raises like `query`.

    The engine notes a block's token before it keeps the block: killed in between, it later takes the block for known
    and drops it. So what is sent again is counted, and a batch that is not whole is taken out and written anew.
    """
    insert(table, columns, body, token=token)
    if count_of(table, batch) == rows:
        return True
    write_anew(table, columns, body, batch=batch)
    return False


def write_anew(table: str, columns: Sequence[str], body: bytes, *, batch: int) -> None:
    """These rows in the place of all that a table has of a batch. Raises like `query`."""
    while value("SELECT count() FROM system.processes WHERE query_kind = 'Insert'"):
        time.sleep(0.1)  # the one who sent it before is gone, his insert perhaps not yet
    execute(f"DELETE FROM {tables.where_rows_lie(table)} WHERE batch = {batch}")
    if body:
        insert(table, columns, body, token=f"anew-{batch}-{uuid7()}")


def count_of(table: str, batch: int) -> int:
    """How many rows a table has of a batch. Raises like `query`."""
    return int(value(f"SELECT count() FROM {table} WHERE batch = {batch}"))


def ids(numbers: Iterable[int]) -> str:
    """A list of ids for `IN (…)`; never empty, for SQL knows no empty list.

    >>> ids([3, 1]), ids([])
    ('3,1', '-1')
    """
    return ",".join(str(int(number)) for number in numbers) or "-1"


def database() -> str:
    """The name of the database that FACTS_URL names."""
    return _address()[2]


def alive() -> bool:
    """Whether the process answers at all."""
    if not settings.FACTS_URL:
        return False
    try:
        return bool(_pool.request("GET", _address()[0] + "/ping", timeout=2.0, retries=False).status == 200)
    except urllib3.exceptions.HTTPError:
        return False


def _ask(sql: str, params: Mapping[str, Any] | None, lane: Lane, *, oriented: bool = False) -> Any:
    try:
        return _ask_once(sql, params, lane, oriented)
    except FactsDown:
        if not _comes_back():
            raise
        return _ask_once(sql, params, lane, oriented)  # reading twice changes nothing


def _ask_once(sql: str, params: Mapping[str, Any] | None, lane: Lane, oriented: bool) -> Any:
    with _told(sql):
        found = _client(settings.FACTS_URL, settings.FACTS_TOKEN, lane).query(
            sql, parameters=dict(params or {}), column_oriented=oriented
        )
    _answered[settings.FACTS_URL] = time.monotonic()
    return found


_answered: dict[str, float] = {}


def _comes_back() -> bool:
    """Whether a process that answered a moment ago answers again soon: its supervisor starts it within a second or
    two. One that has been silent for long is not waited for.
    """
    until = time.monotonic() + COMES_BACK
    if until - COMES_BACK - _answered.get(settings.FACTS_URL, -MOMENT) >= MOMENT:
        return False
    while time.monotonic() < until:
        if alive():
            return True
        time.sleep(0.1)
    return False


@contextmanager
def _told(sql: str = "") -> Iterator[None]:
    """The engine's and the network's failures under our names."""
    try:
        yield
    except OperationalError as error:
        raise FactsDown from error
    except DatabaseError as error:
        raise _problem(str(error.code or ""), str(error), sql) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise FactsDown from error


def _post(sql: str, body: bytes, asked: dict[str, str]) -> None:
    address, user, database = _address()
    headers = urllib3.make_headers(basic_auth=f"{user}:{settings.FACTS_TOKEN}")
    try:
        answer = _pool.request(
            "POST",
            address + "/?" + urlencode({"database": database, "query": sql, **asked})
            if body
            else address + "/?" + urlencode({"database": database, **asked}),
            body=body or sql.encode(),
            headers=headers,
            timeout=urllib3.Timeout(connect=5, read=900),
            retries=False,
        )
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise FactsDown from error
    if answer.status >= 400:
        raise _problem(
            answer.headers.get("X-ClickHouse-Exception-Code", ""), answer.data.decode("utf-8", "replace"), sql
        )


def _problem(code: str, text: str, sql: str) -> Exception:
    if code in TOO_HEAVY:
        return _too_heavy(TOO_HEAVY[code], text, sql)
    if code in BUSY:
        return FactsBusy()
    if code in FULL or "No space left" in text:
        return FactsFull()
    return Unfit(_what_is_unfit(code, text)) if code in UNFIT else BadQuestion(text[:2000])


def _what_is_unfit(code: str, text: str) -> str:
    """The engine's name for it and the column; its own words show the row, in which people may be."""
    name = re.search(r"\(([A-Z_]{5,})\)", text)
    columns = re.findall(r"^Column \d+, +name: (\w+),", text.partition("ERROR")[0], re.MULTILINE)
    return " ".join([name[1] if name else f"code {code}", *columns[-1:]])


def _too_heavy(reason: str, text: str, sql: str) -> TooHeavy:
    """With what the question asks among, and the limit that it met."""
    limit = LIMIT.search(text)
    rows = _rows_of(sql)
    if limit is None or rows is None or reason == "rows":
        return TooHeavy(reason=reason, rows=rows)
    words = TooHeavy.LONGER if reason == "time" else TooHeavy.LARGER
    told = f"{float(limit[1]) / 1000:g}" if limit[2] == "ms" else limit[1] + (limit[2] and " " + limit[2])
    counted = f"{rows:,}".replace(",", "\u202f")
    return TooHeavy(words, reason=reason, rows=rows, counted=counted, limit=told)


LIMIT = re.compile(r"maximum: ([\d.]+) ?([KMG]iB|ms|)")


def _rows_of(sql: str) -> int | None:
    """How many rows the tables have that a question names: the most that it can have to look at."""
    words = set(re.findall(r"[a-z_]+", sql))
    try:
        sizes = _ask_once(
            "SELECT table, sum(rows) FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table",
            {}, "interactive", False,
        ).result_rows  # fmt: skip
    except (Problem, BadQuestion):
        return None
    return sum(int(rows) for table, rows in sizes if table in words)


def _address() -> tuple[str, str, str]:
    """Base URL, user and database of FACTS_URL (`http://[user@]host:port[/database]`)."""
    if not settings.FACTS_URL:
        raise FactsDown
    parts = urlsplit(settings.FACTS_URL)
    base = f"{parts.scheme}://{parts.hostname}:{parts.port or 8123}"
    return base, unquote(parts.username or "default"), parts.path.strip("/") or "default"


@functools.lru_cache(maxsize=16)
def _client(url: str, token: str, lane: Lane) -> Client:
    base, user, database = _address()
    parts = urlsplit(base)
    try:
        return clickhouse_connect.get_client(
            interface=parts.scheme,
            host=parts.hostname or "",
            port=parts.port or 8123,
            username=user,
            password=token,
            database=database,
            pool_mgr=_pool,
            compress=False,
            autogenerate_session_id=False,
            autogenerate_query_id=False,
            query_limit=0,
            tz_mode="aware",
            headers={"X-Prilavok-Lane": lane},
            form_encode_query_params=False,
            settings={"max_query_size": LONGEST, **(tables.ON_A_CLUSTER if tables.cluster() else {})},
        )
    except (OperationalError, urllib3.exceptions.HTTPError, OSError) as error:
        raise FactsDown from error
