"""The facts process: one owner of the chDB directory, speaking ClickHouse's HTTP protocol on loopback.

    python -m prilavok.facts.server --dir var/facts --port 8123

The token is read from FACTS_TOKEN (or --token-file) and asked of every request but /ping. Reads run
`readonly=1`
on a connection of their own; writes and definitions have lanes of their own. A client that goes away has its
query killed. `clickhouse-connect` and plain HTTP both work; nothing here knows Prilavok's tables.
"""

from __future__ import annotations

import argparse
import base64
import dataclasses
import gzip
import hmac
import json
import os
import re
import secrets
import select
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

MAX_BODY = 512 * 1024 * 1024
RESERVE = 256 * 1024 * 1024  # bytes of disk below which nothing more is taken
READS = {"SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN", "("}
DEFINITIONS = {
    "CREATE",
    "ALTER",
    "DROP",
    "TRUNCATE",
    "OPTIMIZE",
    "RENAME",
    "DELETE",
    "EXCHANGE",
    "BACKUP",
    "RESTORE",
}
NOT_SETTINGS = {
    "query", "database", "default_format", "query_id", "session_id", "session_timeout", "session_check", "user",
    "password", "compress", "decompress", "quota_key", "wait_end_of_query", "client_protocol_version", "role",
    "buffer_size", "enable_http_compression", "send_progress_in_http_headers",
    "http_headers_progress_interval_ms", "readonly",
    "max_memory_usage", "max_execution_time", "max_threads", "log_comment",
    "cancel_http_readonly_queries_on_client_close",
}  # fmt: skip
CODE = re.compile(r"Code:\s*(\d+)")
FORMAT = re.compile(r"\bFORMAT\s+([A-Za-z0-9]+)\s*;?\s*$", re.I)
INSERT_FORMAT = re.compile(r"\bFORMAT\s+([A-Za-z0-9]+)\s*", re.I)
FORBIDDEN = re.compile(r"\bINTO\s+OUTFILE\b|\bKILL\s+(QUERY|MUTATION)\b", re.I)
GREETING = re.compile(
    r"SELECT name, value, readonly FROM system.settings LIMIT 10000\s*(FORMAT Native)?\s*"
)  # clickhouse-connect asks what it may set
LEADING = re.compile(r"\A(\s+|--[^\n]*\n|/\*.*?\*/)*", re.S)


@dataclasses.dataclass(frozen=True)
class Lane:
    """One kind of work: how many at once, with how much memory (bytes), time (seconds) and threads."""

    name: str
    slots: int
    memory: int
    seconds: int
    threads: int
    wait: float = 10.0  # how long a request may queue before it is told that the server is busy


class Refusal(Exception):
    """A request that is answered with an error of ClickHouse's kind."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text


class Engine:
    """The chDB directory: opens it, runs one statement per connection, kills by mark."""

    def __init__(self, folder: Path, memory: int, *, durable: bool = True, reserve: int = RESERVE) -> None:
        from chdb import _chdb

        self._chdb, self._folder, self._reserve = _chdb, folder, reserve
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / "backups").mkdir(exist_ok=True, mode=0o700)
        config = folder / "config.xml"
        config.write_text(_config(folder, memory, durable))
        self._address = f"{folder / 'data'}?config-file={config}&log-level=none"
        self._keeper = self.connect()  # the engine lives as long as one connection is open
        self._control = self.connect()
        self._control_lock = threading.Lock()

    def connect(self) -> Any:
        """A new connection with a session of its own (about 1.5 ms)."""
        return self._chdb.connect(self._address)  # type: ignore[attr-defined]

    @contextmanager
    def session(self, lane: Lane, settings: dict[str, str], *, readonly: bool, mark: str) -> Iterator[Any]:
        """A connection with the lane's limits set; when readonly, nothing can be set or written after
        that.
        """
        connection = self.connect()
        try:
            limits = {
                **settings,
                "log_comment": mark,
                "max_memory_usage": str(lane.memory),
                "max_execution_time": str(lane.seconds),
                "max_threads": str(lane.threads),
            }
            if readonly:
                limits["readonly"] = "1"
            words = ", ".join(f"{name} = {_quoted(value)}" for name, value in limits.items())
            connection.query("SET " + words, "Null")
            yield connection
        finally:
            connection.close()

    def kill(self, mark: str) -> None:
        """Stop whatever runs under the mark; not waiting for it to end."""
        with self._control_lock:
            self._control.query(f"KILL QUERY WHERE Settings['log_comment'] = {_quoted(mark)} ASYNC", "Null")

    def need_space(self, size: int) -> None:
        """Refuse to write where that would leave less than the reserve, which merges, deletions and the cursor's own
        rows live on: so nothing is ever found half written.
        """
        if shutil.disk_usage(self._folder).free < self._reserve + 2 * size:
            text = (
                "Code: 243. DB::Exception: the disk is nearly full, nothing was written. (NOT_ENOUGH_SPACE)"
            )
            raise Refusal(507, 243, text)

    def close(self) -> None:
        self._control.close()
        self._keeper.close()


class Departures:
    """Watches the sockets of requests under way and tells when a client has gone."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._watched: dict[int, tuple[socket.socket, str]] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._watch, name="departures", daemon=True).start()

    @contextmanager
    def watching(self, connection: socket.socket, mark: str) -> Iterator[None]:
        number = connection.fileno()
        with self._lock:
            self._watched[number] = (connection, mark)
        try:
            yield
        finally:
            with self._lock:
                self._watched.pop(number, None)

    def _watch(self) -> None:
        while True:
            time.sleep(0.1)
            with self._lock:
                watched = list(self._watched.values())
            for connection, mark in watched:
                if _gone(connection):
                    try:
                        self._engine.kill(mark)
                    except Exception as problem:
                        _say(f"facts: kill failed: {problem}")


class Server(ThreadingHTTPServer):
    """HTTP in front of the engine: one thread per connection, lanes in front of the work."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], engine: Engine, token: str, lanes: dict[str, Lane]) -> None:
        super().__init__(address, Handler)
        self.engine, self.token, self.lanes = engine, token, lanes
        self.places = {name: threading.BoundedSemaphore(lane.slots) for name, lane in lanes.items()}
        self.departures = Departures(engine)
        self.under_way = 0
        self.stopping = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Of what kind it was; its words may hold values of people."""
        _say(f"facts: a request broke off: {sys.exc_info()[0]}")


class Handler(BaseHTTPRequestHandler):
    """One request: who asks, what kind of statement it is, which lane; then the engine's answer as it is."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "Prilavok-facts"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/ping":
            self._answer(200, b"Ok.\n")
        elif path == "/lanes":
            self._guarded(self._show_lanes)
        else:
            self._guarded(self._statement)

    def do_POST(self) -> None:
        self._guarded(self._statement)

    def _guarded(self, work: Any) -> None:
        try:
            body = self._body()
            self._authenticate()
            work(body)
        except Refusal as refusal:
            self._answer(
                refusal.status,
                refusal.text.encode() + b"\n",
                headers={"X-ClickHouse-Exception-Code": str(refusal.code)},
            )
        except ConnectionError:
            self.close_connection = True
        self.wfile.flush()

    def _show_lanes(self, _body: bytes) -> None:
        lanes = {name: dataclasses.asdict(lane) for name, lane in self.server.lanes.items()}
        self._answer(200, json.dumps(lanes).encode(), content_type="application/json")

    def _statement(self, body: bytes) -> None:
        asked = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        text = asked.get("query", "")
        kind, sql = _first_word(text or body[:4096].decode("utf-8", "replace")), text
        if kind == "INSERT":
            self._insert(sql, asked, body)
            return
        sql = f"{text}\n{body.decode()}" if text and body else text or body.decode()
        if FORBIDDEN.search(sql):
            raise Refusal(
                403, 497, "Code: 497. DB::Exception: this statement is not for clients. (ACCESS_DENIED)"
            )
        if kind in READS:
            lane = "heavy" if self.headers.get("X-Prilavok-Lane") == "heavy" else "interactive"
            self._run(lane, sql, asked, readonly=not GREETING.fullmatch(sql))
        elif kind in DEFINITIONS:
            self._run("metadata", sql, asked, readonly=False)
        else:
            raise Refusal(
                403,
                497,
                "Code: 497. DB::Exception: only reads, inserts and definitions are served. (ACCESS_DENIED)",
            )

    def _run(self, lane: str, sql: str, asked: dict[str, str], *, readonly: bool) -> None:
        sql = sql.strip().rstrip(";")
        wanted = self.headers.get("X-ClickHouse-Format") or asked.get("default_format") or "TabSeparated"
        if found := FORMAT.search(sql):
            wanted, sql = found[1], sql[: found.start()]
        parameters = {name[6:]: value for name, value in asked.items() if name.startswith("param_")}
        started = time.monotonic()
        with self._place(lane) as rules, self._named() as mark:
            with self.server.engine.session(rules, _settings(asked), readonly=readonly, mark=mark) as session:
                result = _told(lambda: session.query(sql, wanted, params=parameters))
                view = result.get_memview()
                summary = {
                    "read_rows": str(result.storage_rows_read()),
                    "elapsed_ns": str(int((time.monotonic() - started) * 1e9)),
                }
                self._answer(
                    200,
                    view.view() if len(view) else b"",
                    headers={"X-ClickHouse-Format": wanted, "X-ClickHouse-Summary": json.dumps(summary)},
                )

    def _insert(self, sql: str, asked: dict[str, str], body: bytes) -> None:
        """INSERT … SELECT, or INSERT … FORMAT x with the rows behind it, in the body."""
        head = sql or body[:65536].decode("utf-8", "replace")
        found, selected = INSERT_FORMAT.search(head), re.search(r"\bSELECT\b", head, re.I)
        self.server.engine.need_space(len(body))
        if selected and not (found and found.start() < selected.start()):
            self._run("insert", sql or body.decode(), asked, readonly=False)
            return
        if not found:
            text = "Code: 62. DB::Exception: INSERT wants FORMAT and rows in the body. (SYNTAX_ERROR)"
            raise Refusal(400, 62, text)
        data = head[found.end() :].encode() + body if sql else body[len(head[: found.end()].encode()) :]
        with self._place("insert") as rules, self._named() as mark:
            with self.server.engine.session(rules, _settings(asked), readonly=False, mark=mark) as session:
                written = _told(lambda: _write(session, head[: found.start()], found[1], data))
        summary = {"written_rows": str(written), "written_bytes": str(len(data))}
        self._answer(200, b"", headers={"X-ClickHouse-Summary": json.dumps(summary)})

    @contextmanager
    def _place(self, lane: str) -> Iterator[Lane]:
        rules, places = self.server.lanes[lane], self.server.places[lane]
        if not places.acquire(timeout=rules.wait):
            raise Refusal(
                503, 202, f"Code: 202. DB::Exception: lane {lane} is full. (TOO_MANY_SIMULTANEOUS_QUERIES)"
            )
        try:
            yield rules
        finally:
            places.release()

    @contextmanager
    def _named(self) -> Iterator[str]:
        mark = secrets.token_hex(12)
        with self.server.departures.watching(self.connection, mark):
            yield mark

    def _authenticate(self) -> None:
        given = self.headers.get("X-ClickHouse-Key", "")
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        if kind == "Bearer":
            given = value
        elif kind == "Basic":
            given = base64.b64decode(value).decode("utf-8", "replace").partition(":")[2]
        if not hmac.compare_digest(given.encode(), self.server.token.encode()):
            raise Refusal(
                401,
                516,
                "Code: 516. DB::Exception: Authentication failed: the token is wrong. (AUTHENTICATION_FAILED)",
            )

    def _body(self) -> bytes:
        """The whole body, before anything is done: a client lost half-way has written nothing."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            raw = b"".join(_chunks(self.rfile))
        else:
            length = int(self.headers.get("Content-Length") or 0)
            if length > MAX_BODY:
                raise Refusal(413, 307, "Code: 307. DB::Exception: the body is too large. (TOO_MANY_BYTES)")
            raw = self.rfile.read(length) if length else b""
            if len(raw) < length:
                raise ConnectionResetError
        return _decompressed(raw, self.headers.get("Content-Encoding", ""))

    def _answer(
        self,
        status: int,
        body: Any,
        *,
        content_type: str = "text/plain; charset=UTF-8",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-ClickHouse-Timezone", "UTC")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged: statements may hold values of people."""


def _write(session: Any, statement: str, form: str, data: bytes) -> int:
    stream = session.send_insert(statement, form)
    try:
        for start in range(0, len(data), 4 << 20):
            session.insert_append(stream, data[start : start + (4 << 20)])
        return int(session.insert_done(stream).rows_written())
    except BaseException:
        try:
            session.insert_cancel(stream)
        except Exception:  # the stream is already closed by the failure that is being told
            pass
        raise


def _told(work: Any) -> Any:
    """What the engine answers; its error as a refusal with ClickHouse's own code."""
    try:
        result = work()
    except RuntimeError as error:
        text = str(error)
    else:
        if not hasattr(result, "has_error") or not result.has_error():
            return result
        text = result.error_message()
    found = CODE.search(text)
    raise Refusal(404 if found and found[1] in ("60", "81") else 500, int(found[1]) if found else 1002, text)


def _settings(asked: dict[str, str]) -> dict[str, str]:
    given = {
        name: value
        for name, value in asked.items()
        if name not in NOT_SETTINGS and not name.startswith("param_")
    }
    for name in given:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise Refusal(
                400, 115, f"Code: 115. DB::Exception: Unknown setting {name[:60]!r}. (UNKNOWN_SETTING)"
            )
    return given


def _first_word(sql: str) -> str:
    rest = LEADING.sub("", sql, count=1)
    return "(" if rest[:1] == "(" else (re.match(r"[A-Za-z]*", rest) or [""])[0].upper()


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _chunks(stream: Any) -> Iterator[bytes]:
    total = 0
    while size := int(stream.readline().split(b";")[0].strip() or b"0", 16):
        total += size
        if total > MAX_BODY:
            raise Refusal(413, 307, "Code: 307. DB::Exception: the body is too large. (TOO_MANY_BYTES)")
        piece = stream.read(size)
        if len(piece) < size:
            raise ConnectionResetError
        yield piece
        stream.readline()
    stream.readline()


def _decompressed(body: bytes, encoding: str) -> bytes:
    if not body or encoding in ("", "identity"):
        return body
    if encoding == "gzip":
        return gzip.decompress(body)
    if encoding == "lz4":
        import lz4.frame  # type: ignore[import-untyped]

        return bytes(lz4.frame.decompress(body))
    raise Refusal(
        415, 48, f"Code: 48. DB::Exception: Content-Encoding {encoding} is not served. (NOT_IMPLEMENTED)"
    )


def _gone(connection: socket.socket) -> bool:
    try:
        readable, _, _ = select.select([connection], [], [], 0)
        return bool(readable) and connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except (OSError, ValueError):
        return True


def _config(folder: Path, memory: int, durable: bool) -> str:
    """What chDB's defaults lack of a server: memory, caches, backups' place, durability of what was
    acknowledged.
    """
    return f"""<clickhouse>
  <logger><level>none</level></logger>
  <max_server_memory_usage>{memory}</max_server_memory_usage>
  <mark_cache_size>{max(64 << 20, memory // 16)}</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <background_pool_size>2</background_pool_size>
  <timezone>UTC</timezone>
  <backups><allowed_path>{escape(str(folder / "backups"))}/</allowed_path></backups>
  <merge_tree>
    <old_parts_lifetime>30</old_parts_lifetime>
    <fsync_after_insert>{durable:d}</fsync_after_insert>
    <fsync_part_directory>{durable:d}</fsync_part_directory>
    <non_replicated_deduplication_window>10000</non_replicated_deduplication_window>
  </merge_tree>
</clickhouse>
"""


def lanes_for(memory: int, cores: int) -> dict[str, Lane]:
    """Lanes for a machine: many light reads, one heavy, writes and definitions apart (memory in bytes).

    >>> lanes_for(4 << 30, 2)["interactive"].slots
    6
    """
    return {
        "interactive": Lane("interactive", max(4, min(8, cores * 3)), memory // 4, 20, cores),
        "heavy": Lane("heavy", 1, memory // 2, 600, cores, wait=600),
        "insert": Lane("insert", 2, memory // 4, 600, 1, wait=120),
        "metadata": Lane("metadata", 2, memory // 4, 600, 1, wait=120),
    }


def run(
    folder: Path,
    host: str,
    port: int,
    token: str,
    memory: int,
    *,
    durable: bool = True,
    reserve: int = RESERVE,
) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code. Prints the address when ready."""
    try:
        engine = Engine(folder, memory, durable=durable, reserve=reserve)
    except RuntimeError as error:
        _say(f"facts: {folder} cannot be opened (is another facts process running on it?): {error}")
        return 75
    try:
        server = Server((host, port), engine, token, lanes_for(memory, os.cpu_count() or 2))
    except OSError as error:
        _say(f"facts: {host}:{port} cannot be listened on: {error}")
        engine.close()
        return 76
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()
    sys.stdout.write(f"facts listening on http://{host}:{server.server_address[1]}\n")
    sys.stdout.flush()
    while not stop.wait(1.0):
        pass
    server.shutdown()
    for lane in ("insert", "metadata"):  # an acknowledged insert is whole; one under way is given time to end
        for _ in range(server.lanes[lane].slots):
            server.places[lane].acquire(timeout=10)
    sys.stdout.flush()
    os._exit(0)  # reads under way are dropped; the engine keeps its parts on disk


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="prilavok facts", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--dir", type=Path, required=True, help="the directory of the column store")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8123, help="0: any free one, printed when ready")
    parser.add_argument("--token-file", type=Path, help="a file with the token; else FACTS_TOKEN")
    parser.add_argument(
        "--memory", type=int, default=0, help="bytes for the engine; 0: 40 %% of the machine's"
    )
    parser.add_argument(
        "--volatile", action="store_true", help="a power cut may lose what was acknowledged: for tests"
    )
    parser.add_argument("--reserve", type=int, default=RESERVE, help="bytes of disk that inserts leave free")
    given = parser.parse_args(arguments)
    token = given.token_file.read_text().strip() if given.token_file else os.environ.get("FACTS_TOKEN", "")
    if not token:
        _say("facts: no token: set FACTS_TOKEN or --token-file")
        return 2
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    memory = given.memory or machine * 2 // 5
    return run(
        given.dir.absolute(),
        given.host,
        given.port,
        token,
        memory,
        durable=not given.volatile,
        reserve=given.reserve,
    )


if __name__ == "__main__":
    sys.exit(main())
