"""What the public API offers of company."""

from ninja import Router

router = Router(tags=["company"])
