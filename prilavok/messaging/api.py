"""What the public API offers of messaging."""

from ninja import Router

router = Router(tags=["messaging"])
