"""The catcher's SMTP side: speaks enough of RFC 5321, with pipelining."""

import asyncio
import re
import time
from datetime import UTC, datetime

from prilavok.messaging.catcher.moods import Mood, mood
from prilavok.messaging.catcher.store import Store

_PATH = re.compile(rb"^(?:MAIL FROM|RCPT TO):\s*<([^>]*)>", re.IGNORECASE)
_LIMIT = 30_000_000


class Conversation(asyncio.Protocol):
    """One connection. Commands are answered in their order, however they arrive."""

    def __init__(self, store: Store, *, moody: bool, pace: float = 0.0) -> None:
        self._store = store
        self._moody = moody
        self._pace = pace
        self._buffer = bytearray()
        self._reading_text = False
        self._forget()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._say("220 catcher.prilavok ESMTP: every letter stays here")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > _LIMIT:
            self._transport.abort()
        while not self._transport.is_closing():
            if not (self._take_text() if self._reading_text else self._take_command()):
                return

    def _say(self, line: str) -> None:
        self._transport.write(line.encode() + b"\r\n")

    def _forget(self) -> None:
        self._sender = ""
        self._recipients: list[str] = []
        self._hang_up_after = False

    def _take_command(self) -> bool:
        end = self._buffer.find(b"\n")
        if end < 0:
            return False
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        verb = line[:4].upper()
        answers = {
            b"EHLO": self._ehlo,
            b"HELO": self._ok,
            b"MAIL": lambda: self._mail(line),
            b"RCPT": lambda: self._rcpt(line),
            b"DATA": self._data,
            b"RSET": self._reset,
            b"NOOP": self._ok,
            b"QUIT": self._quit,
        }
        answers.get(verb, self._unknown)()
        return True

    def _ehlo(self) -> None:
        self._say(
            "250-catcher.prilavok\r\n250-PIPELINING\r\n250-SMTPUTF8\r\n250-8BITMIME\r\n250 SIZE 30000000"
        )

    def _ok(self) -> None:
        self._say("250 2.0.0 OK")

    def _unknown(self) -> None:
        self._say("500 5.5.2 Unknown command")

    def _reset(self) -> None:
        self._forget()
        self._ok()

    def _quit(self) -> None:
        self._say("221 2.0.0 Bye")
        self._transport.close()

    def _mail(self, line: bytes) -> None:
        found = _PATH.match(line)
        if found is None or self._sender:
            self._say("501 5.5.4 Wrong sender" if found is None else "503 5.5.1 Nested MAIL")
            return
        self._sender = found.group(1).decode("utf-8", "replace") or "<>"
        self._ok()

    def _rcpt(self, line: bytes) -> None:
        found = _PATH.match(line)
        if found is None or not self._sender:
            self._say("501 5.5.4 Wrong recipient" if found is None else "503 5.5.1 MAIL first")
            return
        address = found.group(1).decode("utf-8", "replace").lower()
        how = mood(address) if self._moody else Mood.ACCEPT
        first = how is Mood.ACCEPT or self._store.visits(address) == 0
        if how is Mood.NO_SUCH_USER:
            self._say("550 5.1.1 No such user here")
        elif how is Mood.LATER and first:
            self._say("451 4.7.1 Try again later")
        elif how is Mood.HANG_UP_BEFORE and first:
            self._transport.abort()
        else:
            self._hang_up_after |= how is Mood.HANG_UP_AFTER and first
            self._recipients.append(address)
            self._ok()

    def _data(self) -> None:
        if not self._recipients:
            self._say("554 5.5.1 No valid recipients")
            return
        self._reading_text = True
        self._say("354 End with a dot on a line of its own")

    def _take_text(self) -> bool:
        if self._buffer.startswith(b".\r\n"):
            end, skip = 0, 3
        else:
            end, skip = self._buffer.find(b"\r\n.\r\n"), 5
        if end < 0:
            return False
        raw = bytes(self._buffer[:end]).replace(b"\r\n..", b"\r\n.") + b"\r\n"
        del self._buffer[: end + skip]
        self._reading_text = False
        time.sleep(self._pace)  # blocks on purpose: a busy server makes all its callers wait
        if self._hang_up_after:
            self._transport.abort()
            return False
        self._store.keep(
            at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            sender=self._sender,
            recipients=self._recipients,
            raw=raw,
        )
        self._forget()
        self._say("250 2.0.0 Caught")
        return True


async def serve(store: Store, *, host: str, port: int, moody: bool, pace: float) -> None:
    """Take letters until cancelled, each in `pace` seconds at least."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Conversation(store, moody=moody, pace=pace), host, port)
    async with server:
        await server.serve_forever()
