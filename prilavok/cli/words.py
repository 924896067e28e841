"""The command line speaks the language of the terminal (LANG), English or Russian; Django is not needed for it."""

import gettext
from pathlib import Path

_ = gettext.translation("django", Path(__file__).parent / "locale", fallback=True).gettext
