"""Soaks the facts process (`make soak`): questions, batches, clients that go away and kill -9, for SOAK_MINUTES (60).

Two writers send batches under tokens until each is acknowledged; readers ask, and look whether a batch that was
acknowledged is there whole; others ask something heavy and hang up. For the first two thirds of the time the process
is killed again and again and started at once, as its supervisor does; the last third is left in peace, to see whether
memory or descriptors grow. At the end the books must be exact. Samples and a picture stand in var/soak.

Ends with 0 when the books are exact, no question is left behind and descriptors have not grown.
"""

import csv
import logging
import os
import random
import shutil
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
MOST_ROWS = 4_000
LONG = 100  # seconds of peace, below which pools are still filling
MAY_GROW = 50  # descriptors: some hundreds are open, more or fewer with the parts that wait to be merged
TABLE = (
    "CREATE TABLE IF NOT EXISTS soaked (batch UInt64, number UInt32, local_date Date, units Int64) ENGINE = MergeTree "
    "PARTITION BY toYYYYMM(local_date) ORDER BY (batch, number) SETTINGS non_replicated_deduplication_window = 10000"
)
QUESTIONS = (
    "SELECT local_date, count(), sum(units) FROM soaked GROUP BY local_date",
    "SELECT uniqExact(number), max(units) FROM soaked WHERE local_date >= '2026-06-01'",
    "SELECT batch, sum(units) AS total FROM soaked GROUP BY batch ORDER BY total DESC LIMIT 10",
    "SELECT count() FROM soaked WHERE batch IN (SELECT batch FROM soaked GROUP BY batch HAVING count() > 100)",
)
ENDLESS = "SELECT sum(cityHash64(number)) FROM numbers(1000000000000)"


@dataclass
class Sample:
    seconds: float
    megabytes: float
    descriptors: int
    threads: int


@dataclass
class Outcome:
    """What happened, counted by those who did it, and what the facts say of it."""

    batches: dict[int, tuple[int, int]] = field(default_factory=dict)
    resent: int = 0
    healed: int = 0  # batches that a kill had left in part, found when they were sent again
    answered: int = 0
    refused: int = 0
    hung_up: int = 0
    torn: int = 0  # batches seen in part
    kills: list[float] = field(default_factory=list)
    returns: list[float] = field(default_factory=list)  # seconds from a kill to the next answer
    samples: list[Sample] = field(default_factory=list)
    exact: bool = False
    left_behind: int = 0

    def peace(self) -> list[Sample]:
        """Samples of the second half of the time after the last kill: pools of threads and caches are full then."""
        last = self.samples[-1].seconds if self.samples else 0
        since = (last + (self.kills[-1] if self.kills else 0)) / 2
        return [one for one in self.samples if one.seconds > since] or self.samples[-5:]

    def grown(self) -> tuple[float, float]:
        """Megabytes and descriptors of the last quarter of the peace less those of its first."""
        peace = self.peace()
        quarter = max(1, len(peace) // 4)
        return (
            statistics.median(one.megabytes for one in peace[-quarter:])
            - statistics.median(one.megabytes for one in peace[:quarter]),
            statistics.median(one.descriptors for one in peace[-quarter:])
            - statistics.median(one.descriptors for one in peace[:quarter]),
        )

    def holds(self) -> bool:
        steady = len(self.peace()) < LONG or self.grown()[1] < MAY_GROW
        return self.exact and not self.torn and not self.left_behind and steady


class Soak:
    """The work of all, over one process that is killed and comes back."""

    def __init__(self, folder: Path, seconds: float, seed: int = 1) -> None:
        from prilavok.facts.testing import FactsServer

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        folder.mkdir(parents=True)
        self.server = FactsServer(folder, port=port)
        self.seconds, self.dice, self.outcome = seconds, random.Random(seed), Outcome()
        self.begun, self.over, self.number = 0.0, threading.Event(), 0
        self.lock = threading.Lock()

    def run(self) -> Outcome:
        from prilavok.facts import client

        self.server.start()
        before = settings.FACTS_URL, settings.FACTS_TOKEN
        settings.FACTS_URL, settings.FACTS_TOKEN = self.server.url, self.server.token
        try:
            client.execute(TABLE)
            self.begun = time.monotonic()
            works = [
                self.write,
                self.write,
                self.read,
                self.read,
                self.read,
                self.hang_up,
                self.sample,
                self.kill,
            ]
            threads = [threading.Thread(target=work, daemon=True) for work in works]
            for thread in threads:
                thread.start()
            self.over.wait(self.seconds)
            self.over.set()
            for thread in threads:
                thread.join(timeout=180)
            self.settle()
        finally:
            settings.FACTS_URL, settings.FACTS_TOKEN = before
            self.server.end()
        return self.outcome

    def now(self) -> float:
        return time.monotonic() - self.begun

    # What is done

    def write(self) -> None:
        while not self.over.is_set():
            with self.lock:
                self.number += 1
                batch = self.number
            dice = random.Random(batch)
            units = [dice.randrange(-9_999, 99_999) for _ in range(dice.randrange(1, MOST_ROWS))]
            body = "".join(
                f"{batch}\t{number}\t2026-{1 + number % 12:02}-11\t{one}\n"
                for number, one in enumerate(units)
            )
            if self.sent(batch, body.encode(), len(units)):
                self.outcome.batches[batch] = (len(units), sum(units))
            self.over.wait(0.1)

    def sent(self, batch: int, body: bytes, rows: int) -> bool:
        """Sends the same bytes until they are acknowledged, also after the end of the time, as the loading does."""
        from prilavok.facts import client

        columns, token = ["batch", "number", "local_date", "units"], f"soak-{batch}"
        for attempt in range(400):
            try:
                if attempt == 0:
                    client.insert("soaked", columns, body, token=token)
                elif not client.insert_again("soaked", columns, body, token=token, batch=batch, rows=rows):
                    self.outcome.healed += 1
            except (client.FactsDown, client.FactsBusy):
                self.outcome.resent += 1
                time.sleep(0.3)
            else:
                return True
        return False

    def read(self) -> None:
        from prilavok.facts import client

        dice = random.Random(threading.get_ident())
        while not self.over.is_set():
            try:
                client.rows(dice.choice(QUESTIONS))
                if known := list(self.outcome.batches.items()):
                    batch, books = dice.choice(known)
                    found = client.rows(f"SELECT count(), sum(units) FROM soaked WHERE batch = {batch}")[0]
                    self.outcome.torn += tuple(map(int, found)) != books
                self.outcome.answered += 1
            except (client.FactsDown, client.FactsBusy, client.TooHeavy):
                self.outcome.refused += 1
            self.over.wait(0.15)

    def hang_up(self) -> None:
        host, port = self.server.url.removeprefix("http://").split(":")
        words = (
            "POST / HTTP/1.1",
            "Host: x",
            f"X-ClickHouse-Key: {self.server.token}",
            f"Content-Length: {len(ENDLESS)}",
        )
        head = "".join(word + "\r\n" for word in (*words, ""))
        while not self.over.wait(self.dice.uniform(0.5, 2)):
            try:
                with socket.create_connection((host, int(port)), timeout=5) as caller:
                    caller.sendall((head + ENDLESS).encode())
                    self.over.wait(random.uniform(0.05, 0.8))
                self.outcome.hung_up += 1
            except OSError:
                continue

    def kill(self) -> None:
        while not self.over.wait(
            self.dice.uniform(4, 8) if self.seconds < 300 else self.dice.uniform(15, 60)
        ):
            if self.now() > self.seconds * 2 / 3:
                return
            killed = time.monotonic()
            self.server.end(at_once=True)
            self.server.start()
            self.outcome.kills.append(killed - self.begun)
            self.outcome.returns.append(time.monotonic() - killed)

    def sample(self) -> None:
        while not self.over.wait(1):
            process = self.server.process
            place = Path(f"/proc/{process.pid if process else 0}")
            try:
                status = dict(line.split(":", 1) for line in (place / "status").read_text().splitlines())
                megabytes = int(status["VmRSS"].split()[0]) / 1024
                descriptors = len(list((place / "fd").iterdir()))
                self.outcome.samples.append(
                    Sample(self.now(), megabytes, descriptors, int(status["Threads"]))
                )
            except (OSError, KeyError):
                continue

    def settle(self) -> None:
        """The books at the end, and whether anything still runs."""
        from prilavok.facts import client

        rows = client.rows("SELECT batch, count(), sum(units) FROM soaked GROUP BY batch", lane="heavy")
        found = {int(batch): (int(count), int(units)) for batch, count, units in rows}
        self.outcome.exact = found == self.outcome.batches
        for _attempt in range(50):
            left = client.value(
                "SELECT count() FROM system.processes WHERE query LIKE '%cityHash64(number)%'"
            )
            self.outcome.left_behind = int(left) - 1  # the question itself
            if self.outcome.left_behind == 0:
                break
            time.sleep(0.2)


def picture(outcome: Outcome, file: Path) -> None:
    """Memory and descriptors over time, kills as lines, as SVG."""
    width, height, left = 1000, 220, 60
    last = max((one.seconds for one in outcome.samples), default=1)

    def curve(title: str, value: Callable[[Sample], float], top: int) -> str:
        most = max((value(one) for one in outcome.samples), default=1) * 1.1
        across, up = (width - left - 10) / last, (height - 30) / most
        points = " ".join(
            f"{left + one.seconds * across:.1f},{top + height - value(one) * up:.1f}"
            for one in outcome.samples
        )
        return (
            f'<text x="{left}" y="{top + 14}" font-weight="bold">{title}</text>'
            f'<text x="4" y="{top + 34}">{most:.0f}</text><text x="4" y="{top + height}">0</text>'
            f'<line x1="{left}" x2="{width - 10}" y1="{top + height}" y2="{top + height}" stroke="#999"/>'
            f'<polyline points="{points}" fill="none" stroke="#206bc4"/>'
        )

    kills = "".join(
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="20" y2="{2 * height + 40}" stroke="#d63939" stroke-opacity="0.35"/>'
        for x in (left + at / last * (width - left - 10) for at in outcome.kills)
    )
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {2 * height + 60}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="#fff"/>{kills}'
        + curve("Memory of the facts process, MB (red: kill -9)", lambda one: one.megabytes, 0)
        + curve("Open descriptors", lambda one: one.descriptors, height + 20)
        + f'<text x="{left}" y="{2 * height + 55}">0</text>'
        f'<text x="{width - 80}" y="{2 * height + 55}">{last / 60:.1f} min</text></svg>'
    )


def told(outcome: Outcome) -> str:
    rows = sum(count for count, _units in outcome.batches.values())
    memory, descriptors = outcome.grown()
    back = sorted(outcome.returns) or [0.0]
    return "\n".join(
        (
            f"{rows:,} rows in {len(outcome.batches):,} batches ({outcome.resent:,} sent again, "
            f"{outcome.healed} of them had been left in part); books "
            + ("exact" if outcome.exact else "NOT EXACT")
            + (f", {outcome.torn} batches seen in part" if outcome.torn else ""),
            f"{outcome.answered:,} questions answered, {outcome.refused:,} refused; {outcome.hung_up:,} callers hung "
            f"up, {outcome.left_behind} of their questions left running",
            f"{len(outcome.kills)} kills; back after {statistics.median(back):.1f} s, at most {back[-1]:.1f} s",
            f"memory at most {max((one.megabytes for one in outcome.samples), default=0):.0f} MB; in peace "
            f"{memory:+.0f} MB, {descriptors:+.0f} descriptors",
        )
    )


def main() -> int:
    settings.configure(FACTS_URL="", FACTS_TOKEN="")
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)  # it tells of every kill
    minutes = float(os.environ.get("SOAK_MINUTES", "60"))
    folder = ROOT / "var" / "soak"
    shutil.rmtree(folder, ignore_errors=True)
    print(f"Soaking for {minutes:g} minutes in {folder}")
    outcome = Soak(folder / "facts", minutes * 60).run()
    with (folder / "samples.csv").open("w") as file:
        out = csv.writer(file)
        out.writerow(["seconds", "megabytes", "descriptors", "threads"])
        out.writerows(
            [f"{one.seconds:.1f}", f"{one.megabytes:.1f}", one.descriptors, one.threads]
            for one in outcome.samples
        )
    picture(outcome, folder / "soak.svg")
    print(told(outcome))
    print(f"Samples: {folder / 'samples.csv'}; picture: {folder / 'soak.svg'}")
    shutil.rmtree(folder / "facts", ignore_errors=True)
    return 0 if outcome.holds() else 1


if __name__ == "__main__":
    sys.exit(main())
