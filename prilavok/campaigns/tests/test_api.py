"""All that the pages can do, the API can: once per idempotency key."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from prilavok.campaigns.models import Campaign, LegacyTarget
from prilavok.company.models import Employee
from prilavok.customers.models import Profile
from prilavok.loyalty.models import CouponSeries
from prilavok.messaging.models import TemplateVersion
from prilavok.segments.models import Segment
from tests.cast import login

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def api(client: Client, marina: Employee) -> Client:
    return login(client, marina)


def write(api: Client, method: str, path: str, body: object = None, key: str = "") -> Any:
    return api.generic(
        method,
        f"/api/v1{path}",
        data=json.dumps(body or {}, default=str),
        content_type="application/json",
        headers={"Idempotency-Key": key or str(uuid4())},
    )


def test_a_campaign_from_draft_to_launch(
    api: Client,
    town: Callable[..., list[int]],
    segment_of: Callable[[list[int]], Segment],
    letter: TemplateVersion,
    coupon: CouponSeries,
) -> None:
    segment = segment_of(town("a@town.test", "b@town.test"))
    draft = {"name": "Meat days", "segment": segment.public_id, "template": letter.template.public_id}
    made = write(api, "POST", "/campaigns", draft, key="one")
    again = write(api, "POST", "/campaigns", draft, key="one")
    assert made.status_code == again.status_code == 201, made.content
    assert made.json() == again.json()
    assert Campaign.objects.count() == 1
    address = f"/campaigns/{made.json()['public_id']}"

    refused = write(api, "POST", f"{address}/launch")
    assert (refused.status_code, refused.json()["code"]) == (422, "campaign_not_ready")
    changed = write(api, "PATCH", address, {"coupon_series": coupon.public_id, "control_share": "0.5"})
    assert changed.status_code == 200, changed.content
    assert write(api, "POST", f"{address}/launch").json()["state"] == "scheduled"
    assert write(api, "PATCH", address, {"name": "x"}).status_code == 409
    books = api.get(f"/api/v1{address}/books").json()
    assert books["closed"]
    assert api.get(f"/api/v1{address}/people").json() == {"items": [], "next": None}
    assert api.get("/api/v1/campaigns").json()["items"][0]["segment"] == str(segment.public_id)


def test_wrong_values_are_named(api: Client) -> None:
    answer = write(api, "POST", "/campaigns", {"name": "x", "control_share": "0.9"})
    assert answer.status_code == 422
    assert "control_share" in answer.content.decode()


def test_templates_are_checked(api: Client) -> None:
    answer = write(
        api, "POST", "/templates", {"name": "x", "subject": "Hi {{ nick }}", "mjml": "<mjml></mjml>"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_macro")
    assert "nick" in answer.json()["title"]


def test_a_letter_is_previewed(api: Client, letter: TemplateVersion, anna: Profile) -> None:
    answer = api.get(f"/api/v1/templates/{letter.template.public_id}/preview?customer={anna.public_id}")
    assert "Анна" in answer.json()["html"]


def test_past_campaigns_come_with_their_targets(client: Client, ada: Employee, anna: Profile) -> None:
    api = login(client, ada)
    past = {
        "code": "18",
        "name": "Campaign 18",
        "starts_on": "2026-01-01",
        "ends_on": "2026-02-01",
        "kind": "A",
    }
    assert write(api, "POST", "/past-campaigns", past).status_code == 201
    for loaded in (1, 0):
        answer = write(api, "POST", "/past-campaigns/18/targets", {"customers": [anna.public_id, uuid4()]})
        assert answer.json() == {"loaded": loaded, "unknown": 1}
    assert LegacyTarget.objects.count() == 1
    listed = api.get("/campaigns/?past=1&q=Campaign").content.decode()
    assert '<td data-label="Written to" class="figure">1</td>' in listed
    assert '<input type="hidden" name="past" value="1">' in listed
    page = api.get(f"/campaigns/{Campaign.objects.get().public_id}/past/")
    assert page.status_code == 200


def test_the_stranger_gets_403(client: Client, max_stranger: Employee) -> None:
    api = login(client, max_stranger)
    assert api.get("/api/v1/campaigns").status_code == 403
    assert api.get("/api/v1/templates").status_code == 403
    assert write(api, "POST", "/campaigns", {"name": "x"}).status_code == 403
    assert write(api, "POST", "/sending/pause", {"reason": "x"}).status_code == 403


def test_what_a_campaign_needs_is_not_taken_away(
    api: Client, town: Callable[..., list[int]], campaign_to: Callable[..., Campaign]
) -> None:
    address = f"/campaigns/{campaign_to(town('a@town.test')).public_id}"
    for field in ("name", "control_share", "policy", "analysis_days", "cost"):
        refused = write(api, "PATCH", address, {field: None})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, f"changes.{field}")
    assert write(api, "PATCH", address, {"coupon_series": None}).status_code == 200


def test_groups_too_small_to_show_anything_are_told_as_json(
    api: Client, facts: None, town: Callable[..., list[int]], campaign_to: Callable[..., Campaign]
) -> None:
    [one] = town("a@town.test")
    reader = str(Profile.objects.get(pk=one).public_id)
    told = write(api, "POST", "/experiments/sensitivity", {"customers": [reader]}).content

    def no_number(name: str) -> None:
        raise AssertionError(name)  # NaN and Infinity are no JSON

    assert json.loads(told, parse_constant=no_number)["chosen"]["smallest_effect"] is None


def test_a_past_campaign_without_a_key_takes_no_other_ones_place(
    client: Client, ada: Employee, town: Callable[..., list[int]], campaign_to: Callable[..., Campaign]
) -> None:
    api, own = login(client, ada), campaign_to(town("a@town.test"))
    past = {"code": " ", "name": "Old", "starts_on": "2025-03-01", "ends_on": "2025-03-02"}
    for code in ("", " "):
        refused = write(api, "POST", "/past-campaigns", past | {"code": code})
        assert (refused.status_code, refused.json()["field"]) == (422, "code")
    own.refresh_from_db()
    assert (own.name, own.state, own.legacy) == ("Meat days", Campaign.State.DRAFT, False)
