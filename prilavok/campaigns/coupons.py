"""The personal coupon of a campaign: whose series, which words, which codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from prilavok.campaigns.models import Campaign
from prilavok.company import queries as company
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty import queries as loyalty_queries
from prilavok.ui import formats

if TYPE_CHECKING:
    from prilavok.loyalty.models import CouponSeries


def offer(campaign: Campaign) -> dict[str, str]:
    """What every letter says of the coupon: its name and last day; nothing without a coupon."""
    series = campaign.coupon_series
    if series is None:
        return {}
    said = {"coupon_name": series.name}
    if series.valid_until is not None:
        last = (series.valid_until - timedelta(microseconds=1)).astimezone(company.zone()).date()
        said["coupon_until"] = formats.day(last, company.company().language)
    return said


def codes(campaign: Campaign, profile_ids: Sequence[int], *, at: datetime) -> dict[int, str]:
    """Each customer's own code; the same campaign gives nobody a second one."""
    if campaign.coupon_series_id is None:
        return {}
    return loyalty.issue(
        campaign.coupon_series_id,
        profile_ids,
        cause=campaign.public_id,
        by=SYSTEM,
        at=at,
    )


def choices(by: Actor, *, at: datetime) -> list[CouponSeries]:
    """Series whose codes a campaign may give away now, the latest first."""
    if not by.may("loyalty.see"):
        return []
    found = loyalty_queries.series(by).open_at(at).filter(personal=True, imported=False)
    return list(found.order_by("-made_at", "-id")[:50])


def by_public_id(public_id: UUID | None, by: Actor) -> CouponSeries | None:
    """The chosen series. Raises CouponSeries.DoesNotExist, Refused."""
    return loyalty_queries.get_series(public_id, by) if public_id else None
