"""What the public API offers of catalog."""

from ninja import Router

router = Router(tags=["catalog"])
