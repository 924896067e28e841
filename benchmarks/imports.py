"""Files that come in: a generated year of receipts, and a hundred thousand customers with checks and dedup."""

import csv
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from benchmarks.measuring import Measured, against_floor

CUSTOMERS = 100_000
LINES = 300_000


def measure() -> Iterator[Measured]:
    from demo import files, generated, people
    from prilavok.company import actions as company
    from prilavok.kernel.actors import SYSTEM

    company.name_company(name="Bench", currency="USD", timezone="America/New_York", language="en", by=SYSTEM)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        year = generated.make()
        files.write(year, people.invent(year, files.cut_of(year)), folder)
        for kind in ("shops", "categories", "products", "customers"):
            _load(kind, folder / f"{kind}.csv")
        _many_customers(folder / "many.csv")
        rows, seconds, _again = _load("customers", folder / "many.csv")
        yield against_floor(
            "import customers", f"{rows / seconds:,.0f} rows/s", rows / seconds, 15_000, "rows/s"
        )
        _beginning(folder / "receipts.csv", folder / "some.csv")
        lines, seconds, changed = _load("receipts", folder / "some.csv")
        assert changed
        yield against_floor(
            "import receipts", f"{lines / seconds:,.0f} lines/s", lines / seconds, 40_000, "lines/s"
        )
        ours = lines / seconds
        lines, seconds, changed = _load("receipts", folder / "some.csv")
        assert not changed, "the same file again changed something"
        yield against_floor(
            "import receipts again", f"{lines / seconds:,.0f} lines/s", lines / seconds, 40_000, "lines/s"
        )
        alone = lines / _copied_alone(folder)
        yield Measured(
            "… beside COPY alone",
            f"{ours:,.0f} lines/s",
            ours / alone,
            f"{alone:,.0f} lines/s, at least half of it",
            ours >= alone / 2,
        )


def _copied_alone(folder: Path) -> float:
    """Seconds in which the server takes the same rows, ready in files, by COPY and one connection, and nothing else."""
    from django.db import connection, transaction

    from prilavok.kernel.journal import _COLUMNS
    from prilavok.orders.actions.writing import DISCOUNT, LINE, RECEIPT

    tables = {
        "orders_receipt": RECEIPT,
        "orders_receiptline": LINE,
        "orders_linediscount": DISCOUNT,
        "kernel_storedevent": _COLUMNS,
    }
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_storedevent WHERE type <> 'orders.ReceiptPaid'")
        for table, columns in tables.items():
            with (
                cursor.copy(f"COPY {table} ({columns}) TO STDOUT") as copy,
                (folder / table).open("wb") as file,
            ):
                file.writelines(copy)
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        cursor.execute("SET synchronous_commit = off")
        began = time.perf_counter()
        with transaction.atomic():
            for table, columns in tables.items():
                with (
                    cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
                    (folder / table).open("rb") as file,
                ):
                    while block := file.read(1 << 17):
                        copy.write(block)
        return time.perf_counter() - began


def _load(kind: str, path: Path) -> tuple[int, float, int]:
    """Rows, seconds, and how many things came new."""
    from prilavok.exchange import actions
    from prilavok.kernel import clock
    from prilavok.kernel.actors import SYSTEM

    began = time.perf_counter()
    options = {"verified": "card"} if kind == "customers" else {}
    one = actions.import_file(kind, path, by=SYSTEM, at=clock.now(), options=options)
    taken = time.perf_counter() - began
    assert not one.rejected, one.reconciliation
    assert not any(line["difference"] for line in one.reconciliation), one.reconciliation
    return one.rows, taken, one.loaded


def _beginning(source: Path, target: Path) -> None:
    with source.open() as lines, target.open("w") as kept:
        for number, line in enumerate(lines):
            if number >= LINES:
                break
            kept.write(line)


def _many_customers(path: Path) -> None:
    from demo.names import FAMILIES, MEN

    random = Random(1)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            "external_id card last_name first_name sex birth_date email phone consent_email".split()
        )
        for number in range(CUSTOMERS):
            day = f"{random.randint(1, 28):02d}.{random.randint(1, 12):02d}.{random.randint(1940, 2005)}"
            writer.writerow(
                [
                    f"bench-{number}", f"31{number:011d}", random.choice(FAMILIES), random.choice(MEN), "м", day,
                    f"someone{number}@example.test", f"+7 900 {number // 10_000:03d} {number % 10_000:04d}", "да",
                ]
            )  # fmt: skip
