"""Run the benchmarks named on the command line (all, if none) and print their ratios in one table.

With `--hold` it ends with 1 where one does not hold what it promises.

Each module here with a function `measure()` is a benchmark: it yields Measured, on the ground made for it. Each runs
in a process of its own, so that none finds the connections, caches or memory of the one before.
"""

import multiprocessing
import pkgutil
import sys
from concurrent.futures import ProcessPoolExecutor

from rich.console import Console
from rich.table import Table

import benchmarks
from benchmarks.ground import measured
from benchmarks.measuring import Measured

APART = {"__main__", "ground", "measuring", "memory", "sink", "soak", "tills"}


def main(wanted: list[str]) -> int:
    must_hold = "--hold" in wanted
    wanted = [name for name in wanted if name != "--hold"]
    names = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name not in APART]
    if unknown := set(wanted) - set(names):
        Console(stderr=True).print(
            f"No such benchmark: {', '.join(sorted(unknown))}. There are: {', '.join(names)}"
        )
        return 2
    console = Console()
    results: list[Measured] = []
    alone = multiprocessing.get_context("spawn")
    for name in wanted or names:
        with console.status(name), ProcessPoolExecutor(1, mp_context=alone) as process:
            results += process.submit(measured, name).result()
    console.print(_table(results))
    return int(must_hold and not all(one.holds for one in results))


def _table(results: list[Measured]) -> Table:
    table = Table("path", "measured", "ratio", "against", "holds")
    for one in results:
        table.add_row(one.path, one.figure, f"{one.ratio:.2f}", one.against, "yes" if one.holds else "NO")
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
