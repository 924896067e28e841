"""A small SMTP client for bulk mail: commands of the next letter travel with the body of the last one (RFC 2920).

One letter is between «its body has begun to leave» and «the server has answered» at any time; of all others of a
batch it is certain what became of them, whenever the connection is lost.
"""

import base64
import contextlib
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from prilavok.messaging.rules import ACCEPTED, LOST_AFTER, LOST_BEFORE, REJECTED, TEMPORARY, UNTRIED, Outcome

WINDOW = 100
CONNECTIONS = 2
TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Relay:
    """Where letters are handed over, read from an address.

    `smtp://host:25` tries STARTTLS where it is offered, `smtp+tls://` insists on it, `smtps://host:465` begins
    with it. The server's certificate is always verified: by whom the system trusts, or by the authorities in the
    file of `?ca=`. `user:password@` logs in, over TLS only; `?connections=4&window=200` bounds what may be in
    flight at once.

    >>> Relay.read("smtps://me:p%40ss@mail.example/?window=50")
    Relay(host='mail.example', port=465, tls='wrapped', user='me', password='p@ss', connections=2, window=50, ca='')
    """

    host: str
    port: int
    tls: str = "offered"
    user: str = ""
    password: str = ""
    connections: int = CONNECTIONS
    window: int = WINDOW
    ca: str = ""

    @classmethod
    def read(cls, address: str) -> Self:
        url = urlsplit(address)
        kinds = {"smtp": ("offered", 25), "smtp+tls": ("required", 587), "smtps": ("wrapped", 465)}
        if url.scheme not in kinds or not url.hostname:
            raise ValueError("SMTP_URL must read smtp://host:port, smtp+tls://… or smtps://…")
        tls, port = kinds[url.scheme]
        options = parse_qs(url.query)
        return cls(
            host=url.hostname,
            port=url.port or port,
            tls=tls,
            user=unquote(url.username or ""),
            password=unquote(url.password or ""),
            connections=max(1, int(options.get("connections", [str(CONNECTIONS)])[0])),
            window=max(1, int(options.get("window", [str(WINDOW)])[0])),
            ca=options.get("ca", [""])[0],
        )

    def secured(self, plain: socket.socket) -> ssl.SSLSocket:
        """The connection under TLS, to nobody but the server of this name. Raises OSError."""
        trusted = ssl.create_default_context(cafile=self.ca or None)
        return trusted.wrap_socket(plain, server_hostname=self.host)


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter on its way: envelope addresses and the bytes between DATA and the final dot."""

    sender: str
    recipient: str
    content: bytes


class Unavailable(Exception):
    """The server cannot be reached or does not want us now; nothing has been sent. Its text says why."""


class Session:
    """One connection to the relay. Not for use by several threads."""

    def __init__(self, relay: Relay, *, timeout: float = TIMEOUT) -> None:
        """Connect, secure and log in. Raises Unavailable."""
        self._buffer = b""
        try:
            self._socket = _connect(relay, timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._expect(self._reply(), 220)
            self._introduce(relay)
        except (OSError, ValueError) as exc:
            self.abandon()
            raise Unavailable(str(exc)[:200]) from exc

    # ── Handing over ──────────────────────────────────────────────────────────────────────────────────

    def send(self, letters: Sequence[Letter]) -> Iterator[Outcome]:
        """Hand letters over one after another; yields one outcome per letter, in their order.

        After a lost connection the remaining letters come out as UNTRIED and the session is dead.
        """
        answered = 0
        body_left = False
        try:
            if letters:
                self._socket.sendall(self._envelope(letters[0]))
            for number, letter in enumerate(letters):
                following = self._envelope(letters[number + 1]) if number + 1 < len(letters) else b""
                refusal, go_on = self._envelope_answers()
                if refusal is None:
                    body_left = True
                    self._socket.sendall(_dotted(letter.content) + b".\r\n" + following)
                    outcome = _judged(*self._reply())
                    body_left = False
                else:
                    self._back_out(go_on, following)
                    outcome = refusal
                if outcome.code == 421:
                    raise ConnectionError("421")
                answered += 1
                yield outcome
        except (OSError, ValueError):
            self.abandon()
            if answered < len(letters):
                yield Outcome(LOST_AFTER if body_left else LOST_BEFORE)
                for _ in letters[answered + 1 :]:
                    yield Outcome(UNTRIED)

    def quit(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._socket.sendall(b"QUIT\r\n")
        self.abandon()

    def abandon(self) -> None:
        self.alive = False
        with contextlib.suppress(OSError, AttributeError):
            self._socket.close()

    alive = True

    def _envelope(self, letter: Letter) -> bytes:
        commands = f"MAIL FROM:<{letter.sender}>\r\nRCPT TO:<{letter.recipient}>\r\nDATA\r\n"
        return commands.encode("utf-8" if self._utf8 else "ascii", "replace")

    def _envelope_answers(self) -> tuple[Outcome | None, bool]:
        """Answers to MAIL, RCPT and DATA: the refusal if there is one, and whether DATA was let through."""
        mail, rcpt, data = self._reply(), self._reply(), self._reply()
        for code, text in (mail, rcpt):
            if not 200 <= code < 300:
                return _judged(code, text), data[0] == 354
        return (None, True) if data[0] == 354 else (_judged(*data), False)

    def _back_out(self, data_open: bool, following: bytes) -> None:
        """Leave a refused letter behind and begin the next one."""
        if data_open:  # the server took DATA though it refused the recipient: an empty text ends it
            self._socket.sendall(b".\r\n")
            self._reply()
        self._socket.sendall(b"RSET\r\n" + following)
        self._expect(self._reply(), 250)

    # ── Beginning ─────────────────────────────────────────────────────────────────────────────────────

    def _introduce(self, relay: Relay) -> None:
        offers = self._ehlo()
        if relay.tls in ("offered", "required") and "STARTTLS" in offers:
            self._say("STARTTLS", 220)
            self._buffer = b""  # whatever was said in the open does not count
            self._socket = relay.secured(self._socket)
            offers = self._ehlo()
        elif relay.tls == "required":
            raise ValueError("the server offers no STARTTLS")
        self._utf8 = "SMTPUTF8" in offers
        if relay.user:
            self._log_in(relay, offers.get("AUTH", ""))

    def _ehlo(self) -> dict[str, str]:
        self._socket.sendall(f"EHLO {_own_name()}\r\n".encode())
        code, text = self._reply()
        self._expect((code, text), 250)
        lines = (line.partition(" ") for line in text.split("\n")[1:])
        return {name.upper(): rest for name, _, rest in lines}

    def _log_in(self, relay: Relay, ways: str) -> None:
        if not isinstance(self._socket, ssl.SSLSocket):
            raise ValueError("the server offers no encryption, so the password was not sent")
        if "PLAIN" in ways.upper() or not ways:
            secret = base64.b64encode(f"\0{relay.user}\0{relay.password}".encode()).decode()
            self._say(f"AUTH PLAIN {secret}", 235)
            return
        self._say("AUTH LOGIN", 334)
        self._say(base64.b64encode(relay.user.encode()).decode(), 334)
        self._say(base64.b64encode(relay.password.encode()).decode(), 235)

    def _say(self, command: str, expected: int) -> None:
        self._socket.sendall(f"{command}\r\n".encode())
        self._expect(self._reply(), expected)

    @staticmethod
    def _expect(reply: tuple[int, str], code: int) -> None:
        if reply[0] != code:
            raise ValueError(f"the server answered {reply[0]} {reply[1]}")

    def _reply(self) -> tuple[int, str]:
        """One whole answer: its code and its lines. Raises OSError when the connection ends, ValueError on noise."""
        lines = []
        while True:
            line = self._line()
            lines.append(line[4:].decode("utf-8", "replace"))
            if line[3:4] != b"-":
                return int(line[:3]), "\n".join(lines)

    def _line(self) -> bytes:
        while True:
            line, found, rest = self._buffer.partition(b"\r\n")
            if found:
                self._buffer = rest
                return line
            more = self._socket.recv(65536)
            if not more:
                raise ConnectionError("the server closed the connection")
            self._buffer += more
            if len(self._buffer) > 1_000_000:
                raise ValueError("the server does not speak SMTP")


def _connect(relay: Relay, timeout: float) -> socket.socket:
    plain = socket.create_connection((relay.host, relay.port), timeout=timeout)
    if relay.tls != "wrapped":
        return plain
    return relay.secured(plain)


def _own_name() -> str:
    name = socket.getfqdn()
    return name if "." in name else "[127.0.0.1]"


def _judged(code: int, text: str) -> Outcome:
    text = " ".join(text.split())
    if 200 <= code < 300:
        return Outcome(ACCEPTED, code, text)
    return Outcome(TEMPORARY if 400 <= code < 500 else REJECTED, code, text)


def _dotted(content: bytes) -> bytes:
    """The content with its leading dots doubled and its end on a line of its own."""
    if content.startswith(b"."):
        content = b"." + content
    if b"\n." in content:
        content = content.replace(b"\n.", b"\n..")
    return content if content.endswith(b"\r\n") else content + b"\r\n"


def is_sendable(address: str, *, longest: int = 254) -> bool:
    """Whether an address can stand in an SMTP command at all.

    >>> is_sendable("anna@example.org"), is_sendable("anna@example.org>\\r\\nRCPT TO:<all@"), is_sendable("anna")
    (True, False, False)
    """
    local, at, domain = address.rpartition("@")
    return bool(
        at
        and local
        and domain
        and len(address) <= longest
        and not set(address) & set(" <>\r\n\t,;")
        and address.isprintable()
    )
