"""Lay the skeleton of a domain as the others have it: `make new-domain NAME=service`."""

import re
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
from django.utils.translation import gettext_lazy as _


class {Name}Config(AppConfig):
    name = "prilavok.{name}"
    label = "{name}"
    verbose_name = _("{Name}")
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

STEPS = """
Laid in {folder}. Now:
  1. give it its layer in pyproject.toml (take the parentheses off, or add a line);
  2. register it: prilavok/config/settings.py, urls.py, api.py;
  3. say in its README what it knows, listens to and tells;
  4. let the best domain be its pattern: prilavok/loyalty.
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
    sys.stdout.write(STEPS.format(folder=folder.relative_to(ROOT)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
