"""What the public API offers of campaigns."""

from ninja import Router

router = Router(tags=["campaigns"])
