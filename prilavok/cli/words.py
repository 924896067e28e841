"""The command line speaks the terminal's language (LANG), English or Russian; it needs no Django for that."""

import gettext
import os
from pathlib import Path

_ = gettext.translation("django", Path(__file__).parent / "locale", fallback=True).gettext


def language() -> str:
    """ru or en, as the terminal says."""
    named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "ru" if named.startswith("ru") else "en"
