"""What the public API offers of experiments."""

from ninja import Router

router = Router(tags=["experiments"])
