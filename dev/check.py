"""Run the checks and tests, side by side where that saves time (`make check`, `make test`, `make chaos`).

    dev/check.py quick   all but browser and chaos
    dev/check.py all     everything; BROWSER=0 leaves the browser tests out
    dev/check.py chaos   kills, retries and properties at length: CHAOS_EXAMPLES cases of each property (1,000), then
                         SALES_REQUESTS sales (100,000) through three kills; an hour a test at most

Each check prints one line, its own words only when it fails. The last line counts: "N passed, N failed".
"""

import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "var" / "check"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
PYTHON = sys.executable
TERMINAL = sys.stdout.isatty()
# A worker a core, each with servers of its own (a gigabyte); two at least, since one often waits for its servers.
WORKERS = str(min(8, max(2, len(os.sched_getaffinity(0)))))


@dataclass(frozen=True)
class Check:
    """One command; it passes when it ends with 0."""

    name: str
    command: list[str]


@dataclass
class Outcome:
    name: str
    passed: bool
    seconds: float
    said: str


CHECKS = [
    Check("format (ruff)", [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."]),
    Check("lint (ruff)", [PYTHON, "-m", "ruff", "check", "--quiet", "."]),
    Check(
        "import contracts",
        [PYTHON, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
    ),
    Check("templates (djlint)", [PYTHON, "-m", "djlint", "--lint", "--quiet", "prilavok"]),
    Check("migrations complete", [PYTHON, "-m", "django", "makemigrations", "--check", "--dry-run"]),
    Check("translations complete", [PYTHON, "dev/messages.py", "--check"]),
]
TYPES = Check("types (mypy)", [PYTHON, "-m", "mypy", "."])


def main(which: str) -> int:
    begun = time.monotonic()
    os.chdir(ROOT)
    os.environ["DJANGO_SETTINGS_MODULE"] = "prilavok.config.testing"
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # assertions compiled anew would cost ten seconds a run
    RESULTS.mkdir(parents=True, exist_ok=True)
    if which == "chaos":
        return chaos()
    browser = which == "all" and os.environ.get("BROWSER") != "0"
    if browser:
        find_chromium()
    with ThreadPoolExecutor(2) as lanes:
        types = lanes.submit(run, TYPES)
        rest = lanes.submit(lambda: [run(check) for check in CHECKS])
        tests = run_tests(which, browser)
        outcomes = [*rest.result(), types.result()]
    passed, failed, skipped = counted(RESULTS / "tests.xml")
    if tests.returncode not in (0, 1) and not failed:
        failed += 1  # the test run itself broke
    passed += sum(outcome.passed for outcome in outcomes)
    failed += sum(not outcome.passed for outcome in outcomes)
    print(f"\n{'all' if which == 'all' else 'quick'} checks in {time.monotonic() - begun:.0f} s")
    if which == "all" and not browser:
        print("The browser tests were left out (BROWSER=0).")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


def run_tests(which: str, browser: bool) -> subprocess.CompletedProcess[bytes]:
    """pytest, its words shown as they come."""
    leave_out = [] if which == "all" else ["chaos"]
    leave_out += [] if browser else ["browser"]
    marks = " and ".join(f"not {mark}" for mark in leave_out)
    share = "worksteal" if which == "quick" else "loadfile"  # the browser's tests of a file share one shop
    command = [PYTHON, "-m", "pytest", "-n", WORKERS, "--dist", share, "--timeout", "600"]
    command += ["--hypothesis-profile", "quick"] if which == "quick" else []
    command += ["--junitxml", str(RESULTS / "tests.xml"), *(["-m", marks] if marks else [])]
    return subprocess.run(command, check=False)


def chaos() -> int:
    """What `make test` tries shortly, at length: every property ten times as often, sales by the hundred thousand."""
    begun = time.monotonic()
    (RESULTS / "chaos.xml").unlink(missing_ok=True)
    many = {"CHAOS_EXAMPLES": "1000", "SALES_REQUESTS": "100000"} | os.environ
    words = ["-m", "chaos or hypothesis", "--hypothesis-profile", "hunt", "--timeout", "3600"]
    words += ["--durations", "10", "--junitxml", str(RESULTS / "chaos.xml")]
    subprocess.run(
        [PYTHON, "-m", "pytest", "-n", WORKERS, "--dist", "worksteal", *words], check=False, env=many
    )
    passed, failed, skipped = counted(RESULTS / "chaos.xml")
    sales = subprocess.run([PYTHON, "-m", "benchmarks", "--hold", "kills"], check=False, env=many)
    passed, failed = passed + (not sales.returncode), failed + bool(sales.returncode)
    asked = f"{many['CHAOS_EXAMPLES']} cases a property, {many['SALES_REQUESTS']} sales"
    print(f"\nchaos in {time.monotonic() - begun:.0f} s: {asked}")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


def run(check: Check) -> Outcome:
    begun = time.monotonic()
    done = subprocess.run(
        check.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    outcome = Outcome(check.name, done.returncode == 0, time.monotonic() - begun, done.stdout)
    text = f"\n{'✓' if outcome.passed else '✗'} {outcome.name}, {outcome.seconds:.0f} s"
    print(text if outcome.passed else f"{text}\n{outcome.said.rstrip()}", flush=True)
    return outcome


def counted(file: Path) -> tuple[int, int, int]:
    """Tests passed, failed and skipped, as pytest wrote them down."""
    try:
        suites = ElementTree.parse(file).getroot().iter("testsuite")
    except (OSError, ElementTree.ParseError):
        return 0, 1, 0
    total = failed = skipped = 0
    for suite in suites:
        total += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
    return total - failed - skipped, failed, skipped


def find_chromium() -> None:
    """Chromium for the browser tests: the machine's, else installed if we may. Without it they fail, each saying so."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium for the browser tests…", flush=True)
        quiet: dict[str, Any] = {
            "stdout": subprocess.DEVNULL,
            "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        }
        subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False, **quiet)
        found = shutil.which("chromium")
    if found:
        os.environ["PRILAVOK_CHROMIUM"] = found
    else:
        print(
            "There is no Chromium: the browser tests will fail. Install it: sudo apt-get install -y chromium"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) == 2 else "all"))
