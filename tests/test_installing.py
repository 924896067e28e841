"""What a fresh checkout says and does when the machine does not let it go on."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


def program(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, ROOT / "dev" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bootstrap = program("bootstrap")


@pytest.mark.parametrize(
    "said, remedy",
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError: Failed to establish; No matching distribution found", "cannot be reached"),
        ("npm error code ENOTFOUND", "cannot be reached"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "differs from the locked one"),
        ("error: [Errno 13] Permission denied: '.venv'", "may not write there"),
        ("Segmentation fault", "run the same command again"),
    ],
)
def test_a_failed_step_says_what_to_do(said: str, remedy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "RUSSIAN", False)

    assert remedy in bootstrap.explain("Installing", said)


@pytest.mark.parametrize(
    "script, half_done",
    [
        ("echo Collecting x; exit 1", False),
        ("echo 'Installing collected packages: x'; exit 1", True),
        ("kill -9 $$", True),
    ],
)
def test_what_was_cut_off_in_the_middle_is_begun_anew(script: str, half_done: bool) -> None:
    with pytest.raises(bootstrap.Trouble) as trouble:
        bootstrap.run(["sh", "-c", script], "Installing")

    assert isinstance(trouble.value, bootstrap.CutOff) == half_done


def test_a_second_installation_waits_for_the_first(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import bootstrap\n"
        "with open(sys.argv[2], 'w') as lock:\n"
        "    bootstrap.be_alone(lock); print('alone', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(ROOT / "dev"), str(tmp_path / "lock")]
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    english = os.environ | {"LC_ALL": "C"}
    with (
        subprocess.Popen(command, env=english, **pipes) as first,
        subprocess.Popen(command, env=english, **pipes) as second,
    ):
        said = sorted([first.stdout.readline(), second.stdout.readline()])  # type: ignore[union-attr]
        assert said[0].startswith("Another installation") and said[1] == "alone\n"
        first.stdin.close()  # type: ignore[union-attr]
        second.stdin.close()  # type: ignore[union-attr]


@pytest.mark.parametrize("language, word", [("ru_RU.UTF-8", "Заготовка"), ("C", "skeleton")])
def test_help_lists_what_can_be_asked_for(language: str, word: str) -> None:
    done = subprocess.run(
        ["make", "help"], cwd=ROOT, env=os.environ | {"LC_ALL": language}, capture_output=True, check=True
    )

    assert word in done.stdout.decode()


def test_a_new_domain_is_laid_and_registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_domain = program("new_domain")
    for file in ("pyproject.toml", *new_domain.REGISTERED):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, tmp_path / file)
    monkeypatch.setattr(new_domain, "ROOT", tmp_path)

    assert new_domain.main("service") == 0
    assert new_domain.main("service") == 1  # it is there already

    contract = (tmp_path / "pyproject.toml").read_text(encoding="utf-8")
    assert '"service | (sales) | (affiliates)"' in contract
    for file in new_domain.REGISTERED:
        assert "service" in (tmp_path / file).read_text(encoding="utf-8")
