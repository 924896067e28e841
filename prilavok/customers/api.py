"""What the public API offers of customers."""

from ninja import Router

router = Router(tags=["customers"])
