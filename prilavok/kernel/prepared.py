"""Statements on hot paths: the server plans each once per connection and is sent only the values after that.

psycopg's own cursor finds out anew at each call what a statement reads like and how each value and column travels;
on a path of ten short statements that takes longer than the answers. So these go to libpq through psycopg's own
pipeline and its own list of prepared statements, with values as PostgreSQL's text, and without a cursor.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from json import JSONDecoder
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import errors, generators
from psycopg.abc import Buffer, PQGen
from psycopg.abc import Transformer as Loading
from psycopg.adapt import AdaptersMap, Loader, Transformer
from psycopg.pq import ExecStatus, TransactionStatus

from prilavok.kernel import moments

Raw = psycopg.Connection[Any]
_read_json = JSONDecoder().decode
GOOD = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


@lru_cache(maxsize=1_000)
def _numbered(statement: str) -> bytes:
    """The statement as the server reads it, with its values numbered; found out once.

    >>> _numbered("SELECT %s::int, '100%%', %s::text")
    b"SELECT $1::int, '100%', $2::text"
    """
    first, *others = statement.split("%s")
    numbered = first + "".join(f"${number}{text}" for number, text in enumerate(others, start=1))
    return numbered.replace("%%", "%").encode()


class Asked:
    """A statement on its way; its rows when somebody needs them. In a pipeline it stands where a cursor would."""

    __slots__ = ("_fresh", "_own", "_result")

    def __init__(self, own: BaseDatabaseWrapper, fresh: bytes | None) -> None:
        self._own, self._fresh = own, fresh  # the statement, if it was prepared for this
        self._result: Any = None

    def rows(self) -> list[tuple[Any, ...]]:
        raw = self._own.connection
        with self._own.wrap_database_errors:
            if self._result is None:
                raw.wait(_fetch(raw))
            if self._result.status not in GOOD:
                self._fail()
            loading = _loading(raw)
            loading.set_pgresult(self._result)
            return loading.load_rows(0, self._result.ntuples, tuple)

    # What psycopg's pipeline asks of a cursor

    def _check_results(self, results: list[Any]) -> None:
        self._result = results[-1]
        if self._result.status not in GOOD:
            self._own.connection._prepared._names.pop((self._fresh, ()), None)
            self._fail()

    def _set_results(self, results: list[Any]) -> None:
        """Kept already."""

    def _fail(self) -> None:
        if self._result.status == ExecStatus.PIPELINE_ABORTED:
            raise errors.PipelineAborted("pipeline aborted")
        raise errors.error_from_result(self._result)


def _fetch(raw: Raw) -> Iterator[Any]:
    """Send what waits, and read the answers to all of it."""
    pipeline = raw._pipeline
    assert pipeline is not None, "without a pipeline the answer is there at once"
    pipeline.command_queue.append(raw.pgconn.send_flush_request)
    yield from pipeline._communicate_gen()
    yield from pipeline._fetch_gen(flush=False)


_loadings: WeakKeyDictionary[Raw, Loading] = WeakKeyDictionary()


def _loading(raw: Raw) -> Loading:
    """How columns become values on this connection; found out once per type."""
    known = _loadings.get(raw)
    if known is None:
        own = AdaptersMap(raw.adapters)
        own.register_loader("timestamptz", _MomentLoader)
        own.register_loader("json", _JsonLoader)
        known = _loadings[raw] = Transformer(own)
    return known


class _MomentLoader(Loader):
    """A moment, which PostgreSQL writes in the zone of the session: Django's is UTC. Django's own loader takes tens of
    times as long: it reads the text by an expression and then moves what it got."""

    def load(self, data: Buffer) -> datetime:
        return datetime.fromisoformat(str(data, "ascii"))


class _JsonLoader(Loader):
    """JSON; psycopg's own has it guess the encoding first."""

    def load(self, data: Buffer) -> Any:
        return _read_json(str(data, "utf-8"))


@contextmanager
def together() -> Iterator[None]:
    """Send the statements within without waiting for each: only `rows` waits, for what was sent so far.

    Each still sees what those before it did. A statement that fails is told at the next wait, at the latest at the
    end; so this stands inside the transaction and not around it. COPY can't be sent so, and nothing can be recovered
    from: what might clash says ON CONFLICT instead of being caught (`get_or_create` catches). An `atomic` within sets
    no savepoint, therefore; when it fails, the one around fails with it.
    """
    if _here.flight is not None:
        yield
        return
    own = connections[DEFAULT_DB_ALIAS]
    own.ensure_connection()
    raw = own.connection
    with own.wrap_database_errors, _pipeline(raw):
        flight = _Flight(own, raw, begun=own.in_atomic_block)
        if flight.begun and not _has_begun(raw):
            _queue(raw, partial(raw.pgconn.send_query_params, b"BEGIN", None))
        _here.flight = flight
        own.features.uses_savepoints = False
        try:
            yield
        finally:
            own.features.uses_savepoints = True
            _here.flight = None


@contextmanager
def _pipeline(raw: Raw) -> Iterator[None]:
    raw._pipeline = _InOnePiece(raw, _no_lock=True)
    try:
        with raw._pipeline:
            yield
    finally:
        raw._pipeline = None


class _InOnePiece(psycopg.Pipeline):
    """A pipeline that sends all that waits in one piece.

    psycopg's own asks the system before each statement whether it may send, and sends it by itself: the server wakes
    for each. With statements of a few kilobytes the one is never needed and the other costs both sides more than the
    statements do.
    """

    def _communicate_gen(self) -> PQGen[None]:
        while self.command_queue:
            self.command_queue.popleft()()
        yield from generators.send(self.pgconn)

    def _exit_gen(self) -> PQGen[None]:
        try:
            self._enqueue_sync()
            yield from self._communicate_gen()
        finally:
            yield from self._fetch_gen(flush=False)


def commit_along() -> None:
    """Send the transaction's end along with what was written last: for whoever began it, and writes no more.

    Within somebody else's transaction it does nothing. `together` tells at its end if it failed.
    """
    flight = _here.flight
    if flight and flight.own.in_atomic_block and not flight.own.savepoint_ids:
        _queue(flight.raw, partial(flight.raw.pgconn.send_query_params, b"COMMIT", None))


class _Flight:
    """What goes together on a connection: whether a transaction stands around it, and what was asked ahead."""

    __slots__ = ("ahead", "begun", "counted", "own", "raw")

    def __init__(self, own: BaseDatabaseWrapper, raw: Raw, begun: bool) -> None:
        self.own, self.raw, self.begun = own, raw, begun
        self.counted = _is_counted(own)
        self.ahead: dict[tuple[bytes | None, ...], Asked] = {}


class _Here(threading.local):
    flight: _Flight | None = None


_here = _Here()


def is_together() -> bool:
    """Whether statements are sent without waiting now."""
    return _here.flight is not None


def _is_counted(own: BaseDatabaseWrapper) -> bool:
    """Whether somebody counts statements."""
    return bool(own.queries_logged or own.execute_wrappers)


def ask(statement: str, values: Sequence[Any]) -> Asked:
    """Run a statement that always reads the same; within `together` it is not waited for until its rows are.

    Django's own cursor puts the values into the text, so that every call is planned anew: with several joins that
    takes longer than the answer.
    """
    flight = _here.flight
    own = flight.own if flight else connections[DEFAULT_DB_ALIAS]
    if own.connection is None:
        own.ensure_connection()
    if flight.counted if flight else _is_counted(own):
        counted = _Counted(own)
        own._prepare_cursor(counted).execute(statement, values)  # type: ignore[attr-defined]
        return counted.asked
    if own.needs_rollback:
        own.validate_no_broken_transaction()
    return _send(own, statement, values)


class _Counted:
    """What Django's counting cursors wrap; they ask for `_query` to tell what was run."""

    asked: Asked
    _query: SimpleNamespace

    def __init__(self, own: BaseDatabaseWrapper) -> None:
        self.own = own

    def execute(self, statement: str, values: Sequence[Any]) -> None:
        self._query = SimpleNamespace(query=_numbered(statement))
        self.asked = _send(self.own, statement, values)


def _send(own: BaseDatabaseWrapper, statement: str, values: Sequence[Any]) -> Asked:
    raw, query, sent = own.connection, _numbered(statement), [_text(one) for one in values]
    flight = _here.flight
    if flight and flight.ahead and (known := flight.ahead.pop((query, *sent), None)):
        return known
    name = raw._prepared._names.get((query, ()))
    asked = Asked(own, None if name else query)
    with own.wrap_database_errors:
        if not _has_begun(raw):
            raw.wait(raw._start_query())
        if name is None:
            name = _prepare(raw, query)
        run = partial(raw.pgconn.send_query_prepared, name, sent)
        if raw._pipeline is None:
            run()
            asked._check_results(raw.wait(generators.execute(raw.pgconn)))
        else:
            _queue(raw, run, asked)
    return asked


def _has_begun(raw: Raw) -> bool:
    """Whether the transaction stands, if there is to be one."""
    if raw._autocommit or raw.pgconn.transaction_status != TransactionStatus.IDLE:
        return True
    return _here.flight is not None and _here.flight.begun


def _prepare(raw: Raw, query: bytes) -> bytes:
    """Have the statement planned, in psycopg's own list: it knows when the server has forgotten them all."""
    known = raw._prepared
    raw.wait(known.maintain_gen(raw))
    name = b"_pg3_%d" % known._prepared_idx
    known._prepared_idx += 1
    known._names[query, ()] = name
    known._rotate()
    run = partial(raw.pgconn.send_prepare, name, query)
    if raw._pipeline is None:
        run()
        (result,) = raw.wait(generators.execute(raw.pgconn))
        if result.status not in GOOD:
            del known._names[query, ()]
            raise errors.error_from_result(result)
    else:
        _queue(raw, run)
    return name


def _queue(raw: Raw, run: Callable[[], None], asked: Asked | None = None) -> None:
    pipeline = raw._pipeline
    assert pipeline is not None
    pipeline.command_queue.append(run)
    pipeline.result_queue.append((asked, None) if asked else None)  # type: ignore[arg-type]


def ahead(statement: str, values: Sequence[Any]) -> None:
    """Send a question that will be asked soon, beside others: the same `ask` then finds it on its way already.

    Only for what changes nothing, and only within `together`; whatever is written in between it does not see.
    """
    flight = _here.flight
    assert flight is not None, "only what goes together can be asked ahead"
    asked = ask(statement, values)
    flight.ahead[_numbered(statement), *map(_text, values)] = asked


def rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement and fetch what it answers."""
    return ask(statement, values).rows()


def write(statement: str, values: Sequence[Any]) -> None:
    """Run a statement whose answer nobody needs."""
    ask(statement, values)


def _text(value: Any) -> bytes | None:
    r"""A value as PostgreSQL's own text. Raises psycopg.DataError where the text holds what no text can.

    >>> _text(None), _text(True), _text("é"), _text(b"\x00a"), _text([1, None])
    (None, b't', b'\xc3\xa9', b'\\x0061', b'{1,NULL}')
    """
    if value is None:
        return None
    sent = _TEXTS.get(type(value), str)(value).encode()
    if b"\0" in sent:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return sent


def _list(values: list[Any]) -> str:
    r"""
    >>> _list([1, None, True, Decimal("1.50"), 'a "b" \\ c']), _list(["a", 'b"c']), _list([1, 2]), _list([])
    ('{1,NULL,t,1.50,"a \\"b\\" \\\\ c"}', '{"a","b\\"c"}', '{1,2}', '{}')
    """
    kinds = {*map(type, values)}
    if kinds == _TEXT:
        joined = '","'.join(values)
        if "\\" not in joined and joined.count('"') == 2 * (len(values) - 1):
            return '{"' + joined + '"}'
    if kinds <= _NUMBERS:
        return "{" + ",".join(map(str, values)) + "}"
    return f"{{{','.join(map(_element, values))}}}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    text = _TEXTS.get(type(value), str)(value)
    if type(value) in _PLAIN:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _bytes(value: bytes | memoryview) -> str:
    return "\\x" + value.hex()


_TEXTS: dict[type, Callable[[Any], str]] = {
    str: str,
    bool: lambda value: "t" if value else "f",
    datetime: moments.told,
    date: date.isoformat,
    bytes: _bytes,
    bytearray: _bytes,
    memoryview: _bytes,
    list: _list,
}
_TEXT, _NUMBERS = {str}, {int, Decimal}
_PLAIN = {bool, int, Decimal, UUID}  # without quotes within an array
