"""The live process: server-sent events that tell open pages which parts to fetch again.

A note carries a key (`campaign:12`) and nothing else. Notes come from PostgreSQL (`kernel.live.tell`) on one
connection, whatever the number of pages. A page is let in by the signed word that the `web` process gave it.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prilavok.config.settings")
django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core import signing  # noqa: E402
from django.db import connection  # noqa: E402

from prilavok.kernel.live import ADMITTED_SECONDS, CHANNEL, SALT  # noqa: E402

logger = logging.getLogger("prilavok.live")

HEARTBEAT = 20.0  # seconds: proxies close what is silent for long
RECONNECT_MS = 3000
WAITING = 256  # notes; a page that is slower than that is told to come again

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Pages:
    """The pages that listen now, by the keys that they show."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Queue[str], frozenset[str]] = {}
        self._listener: asyncio.Task[None] | None = None

    def enter(self, keys: frozenset[str]) -> asyncio.Queue[str]:
        """A page opens; the listener to PostgreSQL starts with the first one."""
        notes: asyncio.Queue[str] = asyncio.Queue(WAITING)
        self._waiting[notes] = keys
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen())
        return notes

    def leave(self, notes: asyncio.Queue[str]) -> None:
        self._waiting.pop(notes, None)

    def tell(self, key: str) -> None:
        for notes, keys in list(self._waiting.items()):
            if key in keys and not notes.full():
                notes.put_nowait(key)

    async def _listen(self) -> None:
        """Bring PostgreSQL's notes to the pages; a lost server is waited for."""
        pause = 0.5
        while True:
            try:
                parameters = connection.get_connection_params()
                parameters.pop("cursor_factory", None)
                parameters.pop("context", None)
                async with await psycopg.AsyncConnection.connect(**parameters, autocommit=True) as server:
                    await server.execute(f"LISTEN {CHANNEL}")
                    pause = 0.5
                    async for note in server.notifies():
                        self.tell(note.payload)
            except psycopg.OperationalError:
                logger.warning("Live notes wait for the database")
            await asyncio.sleep(pause)
            pause = min(pause * 2, 10.0)


pages = Pages()


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """GET /live/?key=…&pass=… → text/event-stream."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http":
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        if _admitted(query.get("pass", [""])[0]):
            await _stream(frozenset(query.get("key", [])), receive, send)
        else:
            await send({"type": "http.response.start", "status": 403, "headers": _headers(b"text/plain")})
            await send({"type": "http.response.body", "body": b"Open the page again.\n"})


def _admitted(word: str) -> bool:
    try:
        signing.loads(word, salt=SALT, max_age=ADMITTED_SECONDS)
    except signing.BadSignature:
        return False
    return True


def _headers(kind: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", kind),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"access-control-allow-origin", settings.PUBLIC_URL.encode("ascii")),
    ]


async def _stream(keys: frozenset[str], receive: Receive, send: Send) -> None:
    notes = pages.enter(keys)
    gone = asyncio.create_task(_until_gone(receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _headers(b"text/event-stream")})
        await _say(send, f"retry: {RECONNECT_MS}\n\n")
        while not gone.done():
            try:
                key = await asyncio.wait_for(notes.get(), HEARTBEAT)
                await _say(send, f"data: {key}\n\n")
            except TimeoutError:
                await _say(send, ": still here\n\n")
    except (OSError, RuntimeError):
        pass  # the page went away while being told
    finally:
        pages.leave(notes)
        gone.cancel()


async def _say(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return
