"""A segment of readers, a letter, a coupon: what a campaign is made of."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from prilavok.campaigns import actions
from prilavok.campaigns.models import Campaign
from prilavok.kernel.actors import SYSTEM
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty.models import CouponSeries
from prilavok.loyalty.ports import NewSeries
from prilavok.messaging.models import TemplateVersion
from prilavok.messaging.tests.conftest import Catcher, catcher, letter, send_all, town
from prilavok.segments import actions as segments
from prilavok.segments.models import Segment
from tests.cast import NOON

__all__ = ["Catcher", "catcher", "letter", "send_all", "town"]


@pytest.fixture
def coupon(the_company: None) -> CouponSeries:
    """Ten per cent off, a code for each."""
    return loyalty.create_series(
        NewSeries(
            code="MEAT10",
            name="10% off meat",
            valid_from=NOON - timedelta(days=1),
            valid_until=NOON + timedelta(days=30),
            reward_kind="percent",
            reward_value=Decimal(10),
            personal=True,
            uses=1,
        ),
        by=SYSTEM,
        at=NOON,
    )


@pytest.fixture
def segment_of(the_company: None) -> Callable[[list[int]], Segment]:
    """A segment of these very people."""

    def make(profiles: list[int]) -> Segment:
        return segments.hold(name="Meat eaters", profile_ids=profiles, by=SYSTEM, at=NOON)

    return make


@pytest.fixture
def campaign_to(
    segment_of: Callable[[list[int]], Segment], letter: TemplateVersion, coupon: CouponSeries
) -> Callable[..., Campaign]:
    """A draft to these people with letter and coupon."""

    def make(profiles: list[int], **more: object) -> Campaign:
        fields = {
            "segment_id": segment_of(profiles).pk,
            "template_id": letter.template_id,
            "coupon_series_id": coupon.pk,
        } | more
        return actions.create(name="Meat days", by=SYSTEM, at=NOON, **fields)

    return make
