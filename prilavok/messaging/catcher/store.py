"""The catcher's letters in one SQLite file: they outlive the process."""

import email
import email.policy
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS mail (
    id INTEGER PRIMARY KEY, received_at TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,
    message_id TEXT NOT NULL, subject TEXT NOT NULL, raw BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS mail_recipient ON mail (recipient, message_id);
CREATE TABLE IF NOT EXISTS visit (address TEXT PRIMARY KEY, count INTEGER NOT NULL);
"""
_MESSAGE_ID = re.compile(rb"^message-id:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Caught:
    """A letter as the list shows it."""

    id: int
    received_at: str
    sender: str
    recipient: str
    message_id: str
    subject: str


class Store:
    """One connection to the file; each thread opens its own."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None)
        self._db.executescript(_SCHEMA)

    # ── Writing ───────────────────────────────────────────────────────────────────────────────────────

    def keep(self, *, at: str, sender: str, recipients: list[str], raw: bytes) -> None:
        """Keep a letter, one row per recipient; it is in the file when this returns."""
        head = raw.split(b"\r\n\r\n", 1)[0]
        found = _MESSAGE_ID.search(head)
        message_id = found.group(1).decode("ascii", "replace").strip() if found else ""
        subject = str(
            email.message_from_bytes(head + b"\r\n\r\n", policy=email.policy.default)["subject"] or ""
        )
        self._db.executemany(
            "INSERT INTO mail (received_at, sender, recipient, message_id, subject, raw) VALUES (?, ?, ?, ?, ?, ?)",
            [(at, sender, one, message_id, subject, raw) for one in recipients],
        )

    def visits(self, address: str) -> int:
        """How many times the address had been tried before; counts this one."""
        row = self._db.execute(
            "INSERT INTO visit VALUES (?, 1) ON CONFLICT (address) DO UPDATE SET count = count + 1 RETURNING count",
            (address,),
        ).fetchone()
        return int(row[0]) - 1

    def clear(self) -> None:
        self._db.execute("DELETE FROM mail")
        self._db.execute("DELETE FROM visit")

    # ── Reading ───────────────────────────────────────────────────────────────────────────────────────

    def page(self, *, search: str = "", before: int | None = None, size: int = 50) -> list[Caught]:
        """The latest letters, before an id; `search` looks into addresses and subjects."""
        rows = self._db.execute(
            "SELECT id, received_at, sender, recipient, message_id, subject FROM mail "
            "WHERE id < ? AND (? = '' OR instr(lower(recipient || ' ' || subject), lower(?)) > 0) "
            "ORDER BY id DESC LIMIT ?",
            (before or 1 << 62, search, search, size),
        )
        return [Caught(*row) for row in rows]

    def raw(self, number: int) -> bytes | None:
        row = self._db.execute("SELECT raw FROM mail WHERE id = ?", (number,)).fetchone()
        return bytes(row[0]) if row else None

    def one(self, number: int) -> tuple[Caught, EmailMessage] | None:
        row = self._db.execute(
            "SELECT id, received_at, sender, recipient, message_id, subject FROM mail WHERE id = ?", (number,)
        ).fetchone()
        raw = self.raw(number)
        if row is None or raw is None:
            return None
        letter = email.message_from_bytes(raw, policy=email.policy.default)
        return Caught(*row), letter

    def counts(self) -> dict[str, Any]:
        """How many letters, recipients, and how many came to somebody more than once."""
        total, people = self._db.execute("SELECT count(*), count(DISTINCT recipient) FROM mail").fetchone()
        twice = self._db.execute(
            "SELECT count(*) FROM (SELECT 1 FROM mail GROUP BY recipient, message_id HAVING count(*) > 1)"
        ).fetchone()[0]
        return {"letters": total, "recipients": people, "duplicates": twice}

    def envelopes(self) -> Iterator[tuple[str, str]]:
        """(recipient, Message-ID) of every letter."""
        yield from self._db.execute("SELECT recipient, message_id FROM mail ORDER BY id")
