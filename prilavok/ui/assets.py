"""Addresses of the built interface. Without a build the pages still render and say how to make one."""

import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django_vite.core.asset_loader import DjangoViteAppClient, DjangoViteAssetLoader
from django_vite.core.exceptions import DjangoViteAssetNotFoundError, DjangoViteManifestError

BUILD = Path(__file__).parent / "static" / "ui" / "build"
PREFIX = "ui/build/"


class BuiltFiles(DjangoViteAppClient):  # type: ignore[misc]
    """Vite's names already carry a hash; a second one from the storage would load every shared chunk twice."""

    def get_production_server_url(self, path: str) -> str:
        return f"{settings.STATIC_URL}{PREFIX}{path}"


def entry(name: str) -> SafeString:
    """Tags that load one entry of the build with its styles; empty when there is no build."""
    try:
        return mark_safe(str(DjangoViteAssetLoader.instance().generate_vite_asset(f"src/{name}.ts")))
    except (DjangoViteAssetNotFoundError, DjangoViteManifestError):
        return mark_safe("")


def missing() -> SafeString:
    """A note for developers that the interface is not built; empty when it is."""
    if (BUILD / "manifest.json").exists() or getattr(settings, "TESTING", False):
        return mark_safe("")
    return format_html(
        '<p role="alert">{} <code>python3 dev/bootstrap.py run</code></p>',
        _("The interface is not built. Run:"),
    )


def built_url(name: str) -> str:
    """The address of a built file that is not an entry (the sprite of icons)."""
    return f"{settings.STATIC_URL}{PREFIX}{_names().get(name, name)}"


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    path = BUILD / "names.json"
    names: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return names
