"""What a campaign can show is told before it starts, and what campaigns of the past claim, by a year's receipts."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from prilavok.campaigns import actions
from prilavok.campaigns.actions import PastCampaign
from prilavok.campaigns.models import Campaign
from prilavok.company.models import Employee
from prilavok.experiments import queries as experiments
from prilavok.experiments.tests.people import standing_past, standing_shop
from prilavok.kernel.actors import SYSTEM
from prilavok.orders.models import Receipt
from tests.cast import NOON, login

__all__ = ["standing_past", "standing_shop"]
CONSENTED = 100  # of the regulars, the first ones

pytestmark = pytest.mark.django_db


def test_the_launch_page_tells_what_each_control_share_can_show(
    client: Client,
    marina: Employee,
    standing_past: list[int],
    campaign_to: Callable[..., Campaign],
) -> None:
    campaign = campaign_to(standing_past, start_at=NOON)
    login(client, marina)
    address = f"/campaigns/{campaign.public_id}/when/"
    known = experiments.sensitivity(standing_past[:CONSENTED], 28, 0.15, NOON)
    told = client.get(f"{address}beforehand/", {"control_share": "0.15", "analysis_days": "28"})
    page = told.content.decode()
    for point in known.curve:
        assert f"{point.smallest_effect:,.2f}" in page
    assert page.count("row-proposed") == 1
    assert f'value="{Decimal(str(known.proposed_share))}"' in page

    fields = client.get(address).context["form"].initial | {"start_at": "", "cost": "", "save": "1"}
    for share in ("0.35", "0.125", "0"):
        assert client.post(address, fields | {"control_share": share}).status_code == 302
        campaign.refresh_from_db()
        assert campaign.control_share == Decimal(share)
        assert f'value="{share}" checked' in client.get(address).content.decode()
    assert client.post(address, fields | {"control_share": "0.6"}).status_code == 422


def test_a_campaign_of_the_past_shows_what_a_naive_report_claims(
    client: Client, marina: Employee, standing_past: list[int]
) -> None:
    first = NOON.date() - timedelta(days=30)
    targeted = standing_past[:40]
    row = PastCampaign(code="18", name="Autumn", starts_on=first, ends_on=first + timedelta(days=20))
    ids = actions.load_campaigns([row], by=SYSTEM, at=NOON)
    actions.load_targets({"18": targeted}, by=SYSTEM, at=NOON)
    one = Campaign.objects.get(pk=ids["18"])
    bought = Counter[int]()
    for receipt in Receipt.objects.filter(local_date__range=(row.starts_on, row.ends_on)):
        assert receipt.profile_id
        bought[receipt.profile_id] += receipt.revenue
    mean = sum(bought[profile] for profile in targeted) / 40
    others = (sum(bought.values()) - sum(bought[profile] for profile in targeted)) / (len(standing_past) - 40)
    claimed = (mean - others) * 40

    login(client, marina)
    assert client.get(f"/campaigns/{one.public_id}/past/").status_code == 200
    page = client.get(f"/campaigns/{one.public_id}/past/naive/").content.decode()
    assert f"{abs(round(claimed)):,}" in page
    assert "Difference in differences" in page
