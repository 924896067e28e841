"""What the API says of itself, made once for all tests that ask: it takes a second."""

import json
from functools import cache
from typing import Any

from prilavok.config.api import api


@cache
def api_schema() -> dict[str, Any]:
    """The API's description as clients get it. Nobody changes it."""
    made: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    return made
