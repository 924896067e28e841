from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from prilavok.catalog.ports import ProductRef
from prilavok.company.models import Employee, Shop
from prilavok.kernel.actors import SYSTEM
from prilavok.loyalty import actions, queries, scenarios
from prilavok.loyalty.definitions import PromotionWritten
from prilavok.loyalty.models import Promotion
from prilavok.loyalty.web import promotions_drafts as drafts
from prilavok.loyalty.web.promotions_recipes import RECIPES
from prilavok.segments import actions as segments
from tests.cast import NOON, login

FILES = sorted((Path(scenarios.__file__).parent / "scenarios").glob("*.yaml"))


class Form(HTMLParser):
    """What a browser would send of the form `editor`."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent = QueryDict(mutable=True)
        self._inside = False
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name, value = told.get("name") or "", told.get("value") or ""
        if tag == "form":
            self._inside = told.get("id") == "editor"
        if not self._inside or (tag == "input" and told.get("type") == "checkbox" and "checked" not in told):
            return
        if tag == "input":
            self.sent.appendlist(name, "on" if told.get("type") == "checkbox" and not value else value)
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in told:
            self.sent.appendlist(self._select, value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


def same(one: Any, other: Any) -> bool:
    written = [PromotionWritten.model_validate(told).model_dump() for told in (one, other)]
    return written[0] == written[1]


def open_editor(client: Client, **query: str) -> str:
    page = client.get(reverse("loyalty:promotion_new"), query)
    assert page.status_code == 200
    return page.content.decode()


def test_a_draft_says_what_is_written() -> None:
    """Every promotion of every scenario file goes through the editor's draft and comes out the same."""
    told = [one for file in FILES for story in scenarios.read(file.read_text()) for one in story.promotions]
    assert len(told) > 40
    for one in told:
        definition = one.model_dump(mode="json", exclude_unset=True)
        assert same(drafts.to_definition(drafts.from_definition(definition)), definition), one.name


@pytest.fixture
def whole(goods: dict[str, ProductRef], march: object, shop_on_lenina: Shop) -> dict[str, Any]:
    """A promotion that names every key there is."""
    friends = segments.create(
        name="Friends", kind="dynamic", tree={"trait": "email_ok", "is": True}, by=SYSTEM, at=NOON
    )
    milk = {"products": ["milk"], "without_products": ["bread"]}
    return {
        "name": "Everything",
        "give": [
            {"percent_off": {"percent": "10", "of": milk}},
            {"amount_off": {"amount": "100", "of": milk}},
            {"fixed_price": {"price": "50", "of": milk}},
            {"tiers": {"steps": {"3": "5", "6": "10"}, "by": "amount", "of": milk}},
            {"multiple": {"take": 3, "pay": 2, "of": milk}},
            {"pair": {"percent": "50", "of": milk}},
            {
                "bundle": {
                    "items": [{"of": milk, "pieces": 2}, {"of": {"products": ["bread"]}}],
                    "price": "99",
                }
            },
            {"gift": {"products": ["bread", "milk"], "quantity": "2"}},
            {"earn": {"percent": "3", "of": {"delivery": True}}},
            {"earn_each": {"points": "5", "each": "100"}},
            {"multiply": {"factor": "2"}},
        ],
        "needs": [{"of": milk, "quantity": "2", "amount": "500"}],
        "when": {
            "since": "2026-03-01T00:00",
            "until": "2026-04-01T00:00:00+03:00",
            "weekdays": ["mon", "sun"],
            "hours": {"since": "22:00", "until": "02:00"},
        },
        "where": {"shops": ["lenina"], "channels": ["shop", "site"], "payments": ["card"]},
        "who": {
            "known": True,
            "segments": [str(friends.public_id)],
            "birthday": {"before": 3, "after": 0},
            "first": True,
        },
        "coupon": "MARCH",
        "stacking": "exclusive",
        "group": "spring",
        "priority": 7,
        "limits": {
            "receipt": 1,
            "all": 100,
            "all_money": "1000",
            "own": 3,
            "own_money": "300",
            "today": 1,
            "today_money": "100",
            "own_week": 2,
            "own_week_money": "150",
            "own_month": 3,
            "own_month_money": "200",
            "day": 10,
            "day_money": "500",
            "week": 20,
            "week_money": "600",
            "month": 30,
            "month_money": "700",
        },
    }


def test_the_form_reaches_every_key(client: Client, marina: Employee, whole: dict[str, Any]) -> None:
    login(client, marina)
    page = client.post(reverse("loyalty:promotion_create"), {"name": ""})  # refused, and drawn again
    assert page.status_code == 422
    made = actions.create_promotion(whole, by=SYSTEM, at=NOON)
    form = Form(client.get(reverse("loyalty:promotion_edit", args=[made.public_id])).content.decode())
    assert same(drafts.to_definition(drafts.from_post(form.sent)), whole)
    client.post(reverse("loyalty:promotion_save", args=[made.public_id]), dict(form.sent.lists()))
    assert queries.versions(made.pk, SYSTEM).count() == 1  # nothing changed: no new version


def test_a_recipe_is_filled_in_and_saved(
    client: Client, marina: Employee, goods: dict[str, ProductRef]
) -> None:
    login(client, marina)
    shown = open_editor(client)
    assert all(f'href="?recipe={one.key}"' in shown for one in RECIPES)
    for one in RECIPES:
        assert Form(open_editor(client, recipe=one.key)).sent["give.count"] == "1"
    form = Form(open_editor(client, recipe="multiple"))
    offers = client.get(
        reverse("loyalty:promotion_offers"), {"thing": "product", "place": "give.0.of.products", "q": "mil"}
    ).content.decode()
    assert "pick:give.0.of.products:milk" in offers
    picked = client.post(
        reverse("loyalty:promotion_change"),
        {**dict(form.sent.lists()), "do": "pick:give.0.of.products:milk"},
    ).content.decode()
    assert "3 for the price of 2: «Milk 1 l»" in picked
    form = Form(f'<form id="editor">{picked}</form>')
    saved = client.post(
        reverse("loyalty:promotion_create"), {**dict(form.sent.lists()), "then": "ask"}, follow=True
    )
    assert "Sent for approval" in saved.content.decode()
    made = Promotion.objects.get()
    assert made.state == "waiting"
    assert queries.versions(made.pk, SYSTEM)[0].definition == {
        "name": "N for the price of M",
        "give": [{"multiple": {"take": 3, "pay": 2, "of": {"products": ["milk"]}}}],
    }


def test_clicks_add_change_and_take_away(client: Client, marina: Employee) -> None:
    login(client, marina)
    sent = dict(Form(open_editor(client, recipe="tiers")).sent.lists())

    def click(do: str, **typed: object) -> dict[str, list[Any]]:
        answer = client.post(reverse("loyalty:promotion_change"), {**sent, **typed, "do": do})
        assert answer.status_code == 200
        return dict(Form(f'<form id="editor">{answer.content.decode()}</form>').sent.lists())

    sent = click("add:give.0.steps")
    assert sent["give.0.steps.count"] == ["3"]
    sent = click("remove:give.0.steps.1")
    assert sent["give.0.steps.count"] == ["2"]
    sent = click("add:give")
    sent = click("", **{"give.1.kind": "bundle"})
    sent = click("add:give.1.items")
    assert sent["give.1.items.count"] == ["3"]
    sent = click("add:needs")
    assert (sent["needs.count"], sent["give.count"]) == (["1"], ["2"])
    sent = click("remove:give.0")
    assert sent["give.0.kind"] == ["bundle"]
    for nonsense in ("add:name", "remove:give.9", "pick:nowhere:milk", "add:when"):
        assert client.post(reverse("loyalty:promotion_change"), {**sent, "do": nonsense}).status_code == 400


def test_what_is_wrong_stands_beside_its_field(
    client: Client, marina: Employee, goods: dict[str, ProductRef]
) -> None:
    login(client, marina)
    sent = dict(Form(open_editor(client, recipe="percent")).sent.lists())
    wrong = {**sent, "give.0.percent": "1 000,5", "where.shops": "nowhere", "name": "", "priority": "many"}
    page = client.post(reverse("loyalty:promotion_create"), wrong)
    assert page.status_code == 422
    text = page.content.decode()
    for name, words in {
        "name": "Fill this in.",
        "give.0.percent": "It must be at most 100.",
        "priority": "Give a whole number.",
    }.items():
        assert words in text.split(f'id="{name}-trouble"')[1][:60]
    page = client.post(reverse("loyalty:promotion_create"), {**sent, "where.shops": "nowhere"})
    assert "There is no shop with the code “nowhere”." in page.content.decode()
    checked = client.post(reverse("loyalty:promotion_check"), wrong).content.decode()
    assert "Still to do" in checked
    assert not Promotion.objects.exists()


def test_who_does_not_promote_opens_no_editor(client: Client, klara: Employee) -> None:
    login(client, klara)
    for name in ("promotion_new", "promotion_create", "promotion_change", "promotion_check"):
        ask = client.get if name == "promotion_new" else client.post
        assert ask(reverse(f"loyalty:{name}")).status_code == 403
