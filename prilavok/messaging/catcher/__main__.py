"""`python -m prilavok.messaging.catcher`: SMTP on one port, the page on another."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import django


def main(arguments: Sequence[str] | None = None) -> int:
    """Catch letters until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="catcher", description="Takes every letter and delivers none.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int)
    parser.add_argument("--web-port", type=int)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--accept-all", action="store_true", help="refuse no address")
    parser.add_argument("--pace", type=float, default=0.0, help="seconds that every letter takes at least")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prilavok.config.settings")
    django.setup()
    from prilavok.messaging import catcher  # settings exist only after the set-up

    catcher.run(
        store=options.store,
        host=options.host,
        smtp_port=options.smtp_port,
        web_port=options.web_port,
        moody=not options.accept_all,
        pace=options.pace,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
