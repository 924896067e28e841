"""What the public API offers of orders."""

from ninja import Router

router = Router(tags=["orders"])
