"""What the public API offers of exchange."""

from ninja import Router

router = Router(tags=["exchange"])
