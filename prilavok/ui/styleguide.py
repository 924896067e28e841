"""Examples for the catalogue of parts: invented, the same at every look."""

from typing import Any


def example() -> dict[str, Any]:
    return {}
