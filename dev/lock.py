"""Lock requirements/*.in with hashes and without the address of any package host (`make lock`)."""

import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
ORDER = ["base", "demo", "dev", "node"]  # the later ones keep to the versions of base

for name in ORDER:
    print(f"requirements/{name}.in → {name}.txt", flush=True)
    subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "uv",
                "pip",
                "compile",
                "--quiet",
                "--universal",
                "--python-version",
                "3.11",
            ),
            *("--generate-hashes", "--no-header", "--no-emit-index-url", *sys.argv[1:]),
            *(f"requirements/{name}.in", "-o", f"requirements/{name}.txt"),
        ],
        cwd=REQUIREMENTS.parent,
        check=True,
    )
