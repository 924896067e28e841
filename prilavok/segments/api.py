"""What the public API offers of segments."""

from ninja import Router

router = Router(tags=["segments"])
