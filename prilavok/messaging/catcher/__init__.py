"""The demo's mail catcher: takes every letter and delivers none.

A real SMTP server that refuses a known share of addresses, keeps letters in a file, and shows them on a page.
For demos and tests only; it listens on loopback.
"""

from prilavok.messaging.catcher.serving import run

__all__ = ["run"]
