"""What the public API offers of facts."""

from ninja import Router

router = Router(tags=["facts"])
