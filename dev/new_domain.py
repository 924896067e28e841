"""Lay the skeleton of a domain as the others have it, and register it: `make new-domain NAME=service`."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

FILES = {
    "__init__.py": "",
    "README.md": """# {Name}

What it is, in a sentence.

Knows: . Listens to: nothing. Tells: nothing.
""",
    "apps.py": """from django.apps import AppConfig


class {Name}Config(AppConfig):
    name = "prilavok.{name}"
    label = "{name}"
""",
    "models.py": '"""What {name} keeps."""\n',
    "events.py": '"""What {name} tells: ids and values, never names or addresses."""\n',
    "queries.py": '"""Everything that may be asked of {name}. Takes `by`; returns only what `by` may see."""\n',
    "actions.py": '"""Everything that can be done in {name}: one transaction, one event each; takes `by`, `at`."""\n',
    "api.py": """\"\"\"What the public API offers of {name}.\"\"\"

from ninja import Router

router = Router(tags=["{name}"])
""",
    "web/__init__.py": "",
    "web/urls.py": """from django.urls import URLPattern

app_name = "{name}"
urlpatterns: list[URLPattern] = []
""",
    "migrations/__init__.py": "",
    "tests/__init__.py": "",
}

REGISTERED = {  # file: what is there, and what comes before it
    "prilavok/config/settings.py": [('    "prilavok.reports",\n', '    "prilavok.{name}",\n')],
    "prilavok/config/urls.py": [
        (
            '    path("", include("prilavok.exchange.web.urls")),\n',
            '    path("", include("prilavok.{name}.web.urls")),\n',
        )
    ],
    "prilavok/config/api.py": [
        (
            "from prilavok.segments.api import router as segments\n",
            "from prilavok.{name}.api import router as {name}\n",
        ),
        ("    segments,\n", "    {name},\n"),
    ],
}

STEPS = """
Laid in {folder} and registered in prilavok/config. Now:
  1. {layer}
  2. say in its README what it knows, listens to and tells;
  3. let the best domain be its pattern: prilavok/loyalty;
  4. make check
"""


def main(name: str) -> int:
    if not re.fullmatch(r"[a-z][a-z_]+", name):
        sys.stderr.write("Name the domain in small Latin letters: make new-domain NAME=service\n")
        return 2
    folder = ROOT / "prilavok" / name
    if folder.exists():
        sys.stderr.write(f"{folder} exists already.\n")
        return 1
    for file, text in FILES.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            text.replace("{name}", name).replace("{Name}", name.title().replace("_", "")), encoding="utf-8"
        )
    register(name)
    layer = (
        "look at its layer in pyproject.toml: it waited there;"
        if take_layer(name)
        else "give it its layer in pyproject.toml (`layers`): it may know only those below;"
    )
    sys.stdout.write(STEPS.format(folder=folder.relative_to(ROOT), layer=layer))
    return 0


def register(name: str) -> None:
    """Put the domain among the others in settings, addresses and the API."""
    for file, places in REGISTERED.items():
        path = ROOT / file
        text = path.read_text(encoding="utf-8")
        for there, line in places:
            if there not in text:
                raise SystemExit(f"{file} no longer has the line {there.strip()}: register {name} by hand.")
            text = text.replace(there, line.format(name=name) + there, 1)
        path.write_text(text, encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--fix", "--quiet", *REGISTERED], cwd=ROOT, check=True
    )


def take_layer(name: str) -> bool:
    """Take the parentheses off, if the domain's layer is written down; whether it was."""
    path = ROOT / "pyproject.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"({name})", name), encoding="utf-8")
    return f"({name})" in text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
