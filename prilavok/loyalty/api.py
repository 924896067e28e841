"""What the public API offers of loyalty."""

from ninja import Router

router = Router(tags=["loyalty"])
