"""The process that hands letters over: `python -m prilavok.messaging.sender`.

Any number may run, on any number of machines. After `kill -9` the next one settles what this one had in flight.
"""

import logging
import os
import signal
import sys

import django

logger = logging.getLogger("prilavok.messaging.sender")


def run() -> None:
    """Send until SIGTERM or SIGINT; letters in flight land first. Django must be set up."""
    from prilavok.messaging.lanes import Sender  # models exist only after the set-up

    sys.setswitchinterval(0.0005)  # lanes wait for answers: hand the interpreter over quickly
    sender = Sender()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: sender.stop.set())
    logger.info("sending to %s:%s", sender.relay.host, sender.relay.port)
    sender.run()


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prilavok.config.settings")
    django.setup()
    run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
