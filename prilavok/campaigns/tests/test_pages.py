"""A marketer goes from nothing to a sent campaign on pages; a stranger gets nowhere."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from prilavok.campaigns import actions, queries
from prilavok.campaigns.models import Campaign
from prilavok.campaigns.tests.conftest import Catcher, send_all
from prilavok.company.models import Employee
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.loyalty.models import CouponSeries
from prilavok.messaging.models import TemplateVersion
from prilavok.segments.models import Segment
from tests.cast import login

pytestmark = pytest.mark.django_db(transaction=True)


def test_marina_sends_a_campaign_in_three_steps(
    client: Client,
    marina: Employee,
    catcher: Catcher,
    town: Callable[..., list[int]],
    segment_of: Callable[[list[int]], Segment],
    coupon: CouponSeries,
) -> None:
    segment = segment_of(town(*[f"reader{number}@town.test" for number in range(20)]))
    CouponSeries.objects.update(valid_until=None)
    login(client, marina)
    assert client.get("/campaigns/").status_code == 200
    assert "Meat eaters" in client.get("/campaigns/new/").content.decode()
    reach = client.get(f"/campaigns/reach/{segment.public_id}/")
    assert "20" in reach.content.decode()

    whom = client.post("/campaigns/new/", {"segment": segment.public_id, "name": ""})
    campaign = Campaign.objects.get()
    assert whom["Location"].endswith("/what/")
    assert client.get(whom["Location"]).status_code == 200
    client.post(f"/campaigns/{campaign.public_id}/what/starter/?ready=points")  # there is no programme
    campaign.refresh_from_db()
    assert campaign.template is not None
    assert client.get(f"/campaigns/{campaign.public_id}/what/").status_code == 200
    shown = client.get(f"/campaigns/letters/{campaign.template.public_id}/")
    assert "iframe" in shown.content.decode()
    assert "{{" not in shown.content.decode()
    what = client.post(
        f"/campaigns/{campaign.public_id}/what/",
        {"template": campaign.template.public_id, "coupon_series": coupon.public_id},
    )
    assert what["Location"].endswith("/when/")
    page = client.get(what["Location"])
    launched = client.post(what["Location"], page.context["form"].initial | {"start_at": "", "cost": ""})
    assert launched.status_code == 302, launched.context["form"].errors

    actions.prepare(campaign_id=campaign.pk)
    send_all()
    card = client.get(f"/campaigns/{campaign.public_id}/")
    assert card.status_code == 200
    for address in set(
        re.findall(
            rf'href="(/campaigns/{campaign.public_id}/(?:people|readers)/[^"]*)"', card.content.decode()
        )
    ):
        assert client.get(address).status_code == 200, address
    assert client.get(f"/campaigns/{campaign.public_id}/progress/").status_code == 200
    assert queries.books(Campaign.objects.get()).delivered == 18


def test_a_letter_with_a_code_asks_for_a_coupon_at_once(
    client: Client, marina: Employee, campaign_to: Callable[..., Campaign], letter: TemplateVersion
) -> None:
    campaign = campaign_to([], coupon_series_id=None)
    login(client, marina)
    answer = client.post(
        f"/campaigns/{campaign.public_id}/what/", {"template": letter.template.public_id, "coupon_series": ""}
    )
    assert answer.status_code == 422
    assert "coupon" in answer.content.decode()


def test_the_launch_page_says_what_groups_can_show(
    client: Client,
    marina: Employee,
    campaign_to: Callable[..., Campaign],
    town: Callable[..., list[int]],
    facts: object,
) -> None:
    campaign = campaign_to(town("a@town.test", "b@town.test"))
    login(client, marina)
    answer = client.get(
        f"/campaigns/{campaign.public_id}/when/beforehand/", {"control_share": "0.1", "analysis_days": "28"}
    )
    assert answer.status_code == 200


def test_verbs_on_the_page(
    client: Client, marina: Employee, campaign_to: Callable[..., Campaign], town: Callable[..., list[int]]
) -> None:
    campaign = campaign_to(town("a@town.test", "b@town.test"), control_share=0)
    actions.launch(campaign_id=campaign.pk, by=SYSTEM, at=clock.now())
    actions.prepare(campaign_id=campaign.pk)
    login(client, marina)
    for verb, state in (("pause", "paused"), ("resume", "sending"), ("cancel", "cancelled")):
        client.post(f"/campaigns/{campaign.public_id}/turn/{verb}/")
        campaign.refresh_from_db()
        assert campaign.state == state
        assert client.get(f"/campaigns/{campaign.public_id}/").status_code == 200
    assert client.post(f"/campaigns/{campaign.public_id}/copies/").status_code == 302


def test_an_open_page_comes_anew_when_the_campaign_has_turned(
    client: Client, marina: Employee, campaign_to: Callable[..., Campaign], town: Callable[..., list[int]]
) -> None:
    campaign = campaign_to(town("a@town.test"), control_share=0)
    actions.launch(campaign_id=campaign.pk, by=SYSTEM, at=clock.now())
    actions.prepare(campaign_id=campaign.pk)
    login(client, marina)
    part = f"/campaigns/{campaign.public_id}/progress/?state="
    assert f"{part}sending" in client.get(f"/campaigns/{campaign.public_id}/").content.decode()
    assert "HX-Refresh" not in client.get(f"{part}sending")
    assert client.get(f"{part}preparing")["HX-Refresh"] == "true"


def test_strangers_get_403_everywhere(
    client: Client, max_stranger: Employee, campaign_to: Callable[..., Campaign]
) -> None:
    campaign = campaign_to([])
    login(client, max_stranger)
    for page in (
        "/campaigns/",
        "/campaigns/new/",
        f"/campaigns/{campaign.public_id}/",
        f"/campaigns/{campaign.public_id}/when/",
    ):
        assert client.get(page).status_code == 403
    assert client.post(f"/campaigns/{campaign.public_id}/turn/cancel/").status_code == 403
