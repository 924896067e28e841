"""Both ports of the catcher in one process."""

import asyncio
import contextlib
import logging
import os
import signal
import threading
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from prilavok.messaging.catcher import smtp
from prilavok.messaging.catcher.store import Store
from prilavok.messaging.catcher.web import pages

logger = logging.getLogger(__name__)

PAGE = "http://127.0.0.1:1080"


def run(
    *,
    store: Path | None = None,
    host: str = "127.0.0.1",
    smtp_port: int | None = None,
    web_port: int | None = None,
    moody: bool = True,
    pace: float = 0.0,
) -> None:
    """Catch letters until SIGTERM or SIGINT.

    Without arguments the ports are those of SMTP_URL and PRILAVOK_CATCHER_URL, the file is in the installation's
    home. `moody` refuses a known share of addresses; `pace` is how many seconds a letter takes at least.
    """
    store = store or settings.HOME / "mail.sqlite3"
    smtp_port = smtp_port or urlsplit(settings.SMTP_URL).port or 1025
    web_port = web_port or urlsplit(os.environ.get("PRILAVOK_CATCHER_URL", PAGE)).port or 1080
    page = pages.server(store, host=host, port=web_port)
    threading.Thread(target=page.serve_forever, daemon=True).start()
    logger.info("taking letters at %s:%d, showing them at http://%s:%d", host, smtp_port, host, web_port)
    asyncio.run(_catch(Store(store), host, smtp_port, moody, pace))
    page.shutdown()


async def _catch(store: Store, host: str, port: int, moody: bool, pace: float) -> None:
    task = asyncio.ensure_future(smtp.serve(store, host=host, port=port, moody=moody, pace=pace))
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task
