"""Schemes of RFM: tried before they are saved, by shares or own limits, by brand, with own names, side by side."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Brand, Employee, Shop
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.segments import actions, queries
from prilavok.segments.models import RfmScheme, RfmScore, Segment
from prilavok.segments.problems import BadScheme, MainSchemeStays, SchemeInUse
from prilavok.segments.rfm import asking, schemes
from prilavok.segments.tests.tills import sell
from tests.cast import NOON, actor, login

OWN: dict[str, Any] = {
    "days": 100,
    "r": {"bands": 3, "limits": ["10", "50"]},
    "f": {"bands": 3, "limits": ["2", "3"]},
    "m": {"bands": 4, "limits": ["100", "500.50", "1000"]},
    "groups": [
        {"key": "g1", "name": "Наши", "colour": "good"},
        {"key": "risk", "name": "", "colour": "bad", "silent": True},
        {"key": "rest", "name": "Остальные"},
    ],
    "grid": [["risk", "risk", "risk"], ["rest", "rest", "g1"], ["rest", "g1", "g1"]],
}


@pytest.fixture
def six(facts: None, shop_on_lenina: Shop, brand: Brand) -> list[Profile]:
    """The n-th of six bought n times, the last time 20 × n days ago, for 200 × n a time; the first never."""
    people = [
        customers.register(
            NewCustomer(external_id=f"s{n}", first_name=f"S{n}", shop_id=shop_on_lenina.pk),
            by=SYSTEM,
            at=NOON,
        )
        for n in range(6)
    ]
    for n, person in enumerate(people):
        for one in range(n):
            sell(
                person,
                shop_on_lenina,
                days_ago=20 * n + one,
                money=200 * n,
                brand=brand.pk if n % 2 else None,
            )
    journal.deliver()
    return people


def make(name: str = "Own", brand: int | None = None, **more: Any) -> RfmScheme:
    return schemes.create(name=name, told=OWN | more, brand_id=brand, by=SYSTEM, at=clock.now())


def standing(scheme: RfmScheme) -> dict[int, tuple[int, int, int, str]]:
    found = RfmScore.objects.filter(scheme=scheme)
    return {one.profile_id: (one.r, one.f, one.m, one.cell) for one in found}


def test_own_limits_say_where_everybody_stands_and_the_preview_said_it_before(six: list[Profile]) -> None:
    layout, tried = schemes.preview(OWN, None, SYSTEM, at=clock.now())
    assert layout.group("g1").name == "Наши" and not RfmScore.objects.exists()

    own = make()
    actions.reckon_rfm(scheme_id=own.pk, by=SYSTEM, at=clock.now())
    places = standing(own)
    assert [places[one.pk] for one in six] == [
        (0, 0, 0, "never"),
        (2, 1, 2, "rest"),
        (2, 2, 3, "rest"),
        (1, 3, 4, "risk"),
        (1, 3, 4, "risk"),
        (0, 0, 0, "gone"),
    ]
    assert Counter({(one.key, one.r, one.f): one.people for one in tried}) == Counter(
        (key, r, f) for r, f, _m, key in places.values()
    )


def test_a_scheme_of_one_brand_counts_its_purchases_alone(six: list[Profile], brand: Brand) -> None:
    own = make(brand=brand.pk)
    actions.reckon_rfm(scheme_id=own.pk, by=SYSTEM, at=clock.now())
    scored = [number for number, one in enumerate(six) if standing(own)[one.pk][0]]
    assert scored == [1, 3]
    actions.reckon_rfm(by=SYSTEM, at=clock.now())  # the main one beside it, of all brands
    assert sum(place[0] > 0 for place in standing(schemes.main()).values()) == 5
    assert standing(own)[six[2].pk][3] == "never"


def test_each_scheme_is_a_condition_and_the_main_one_is_what_the_rest_use(six: list[Profile]) -> None:
    own = make()
    for scheme in (own, schemes.main()):
        actions.reckon_rfm(scheme_id=scheme.pk, by=SYSTEM, at=clock.now())
    journal.deliver()
    asked = {"trait": "rfm_place", "op": "in", "value": [f"{own.pk}.risk"]}
    counted = queries.count(asked, SYSTEM, at=clock.now())
    assert set(counted.some) == {six[3].pk, six[4].pk}
    assert queries.rfm_of([six[3].pk])[six[3].pk].cell != "risk"

    schemes.make_main(scheme_id=own.pk, by=SYSTEM, at=clock.now())
    schemes.tell_everybody(scheme_id=own.pk)
    journal.deliver()
    assert queries.rfm_of([six[3].pk])[six[3].pk].cell == "risk"
    by_group = {"trait": "rfm_cell", "op": "in", "value": ["risk"]}
    assert queries.count(by_group, SYSTEM, at=clock.now()).people == 2
    assert queries.rfm_silent(SYSTEM) == ["risk"]
    with pytest.raises(MainSchemeStays):
        schemes.archive(scheme_id=own.pk, by=SYSTEM, at=clock.now())


def test_a_group_that_a_segment_asks_for_does_not_go(six: list[Profile]) -> None:
    own = make()
    tree = {"all": [{"trait": "rfm_place", "op": "in", "value": [f"{own.pk}.rest"]}]}
    segment = actions.create(name="The rest", tree=tree, kind="dynamic", by=SYSTEM, at=clock.now())
    without = OWN | {"groups": OWN["groups"][:2], "grid": [["risk"] * 3, ["g1"] * 3, ["g1"] * 3]}
    for forbidden in (
        lambda: schemes.change(scheme_id=own.pk, name="Own", told=without, by=SYSTEM, at=clock.now()),
        lambda: schemes.archive(scheme_id=own.pk, by=SYSTEM, at=clock.now()),
    ):
        with pytest.raises(SchemeInUse, match="The rest"):
            forbidden()
    actions.archive(segment_id=segment.pk, by=SYSTEM, at=clock.now())
    schemes.archive(scheme_id=own.pk, by=SYSTEM, at=clock.now())
    actions.keep_rfm()
    assert not own.runs.exists()
    schemes.restore(scheme_id=own.pk, by=SYSTEM, at=clock.now())
    actions.keep_rfm()
    assert own.runs.exists()


def test_a_changed_scheme_is_reckoned_anew_and_its_run_says_so(six: list[Profile]) -> None:
    own = make()
    actions.keep_rfm()
    before = own.runs.count()
    assert not own.runs.filter(redefined=True).exists()
    actions.keep_rfm()
    assert own.runs.count() == before
    schemes.change(scheme_id=own.pk, name="Own", told=OWN | {"days": 1000}, by=SYSTEM, at=clock.now())
    actions.keep_rfm()
    last = asking.last_run(own)
    assert last is not None and (last.redefined, last.days, last.moved) == (True, 1000, 0)
    assert standing(own)[six[5].pk][3] == "risk"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"days": 3}, "days"),
        ({"days": "nonsense"}, "days"),
        ({"r": {"bands": 7}}, "r_bands"),
        ({"r": {"bands": 3, "limits": ["10"]}}, "r_limits"),
        ({"r": {"bands": 3, "limits": ["50", "10"]}}, "r_limits"),
        ({"f": {"bands": 3, "limits": ["1.5", "2"]}}, "f_limits"),
        ({"m": {"bands": 4, "limits": ["1", "NaN", "x"]}}, "m_limits"),
        ({"groups": [{"key": "g1", "name": ""}]}, "groups.0"),
        ({"groups": [{"key": "g 1", "name": "One"}]}, "groups.0"),
        ({"groups": [{"key": "g1", "name": "One", "colour": "javascript:"}]}, "groups.0"),
        ({"grid": [["g1"]]}, "grid"),
        ({"grid": [["nobody"] * 3] * 3}, "grid"),
        ({"name": " "}, "name"),
    ],
)
def test_a_scheme_that_cannot_be_is_refused_by_its_field(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(BadScheme) as refused:
        make(**wrong)
    assert refused.value.field == field and "%" not in str(refused.value)
    assert not RfmScheme.objects.filter(is_main=False).exists()


def form(**more: Any) -> dict[str, Any]:
    """The editor's form with three bands each and two groups."""
    grid = {f"cell-{r}-{f}": "g1" if r + f > 4 else "rest" for r in (1, 2, 3) for f in (1, 2, 3)}
    bands = {f"{axis}_bands": "3" for axis in "rfm"}
    groups = {"group": ["g1", "rest", "gone", "never"], "name-g1": "Свои", "name-rest": "Прочие"}
    limits = {"r_limits": "10, 50", "f_limits": "2 3", "m_limits": "100; 1000,50"}
    return {
        "name": "По форме",
        "days": "100",
        "r_was": "3",
        "f_was": "3",
        **bands,
        **grid,
        **groups,
        **limits,
        **more,
    }


def test_the_editor_counts_while_it_is_changed_and_then_saves(
    six: list[Profile], marina: Employee, client: Client
) -> None:
    login(client, marina)
    assert client.get(reverse("segments:rfm_scheme_new")).status_code == 200
    tried = client.post(reverse("segments:rfm_scheme_try"), form()).content.decode()
    assert "Свои" in tried and "Never bought" in tried and ">6<" in tried
    more = client.post(reverse("segments:rfm_scheme_try"), form(f_bands="5", f_limits="", do="add"))
    assert more.context["draft"]["groups"][2]["key"] == "g2"
    assert [len(row["places"]) for row in more.context["draft"]["rows"]] == [5, 5, 5]
    less = client.post(reverse("segments:rfm_scheme_try"), form(do="remove:rest"))
    assert {place["key"] for row in less.context["draft"]["rows"] for place in row["places"]} == {"g1"}
    wrong = client.post(reverse("segments:rfm_scheme_create"), form(r_limits="50 10"))
    assert wrong.status_code == 422 and "50 10" in wrong.content.decode()

    client.post(reverse("segments:rfm_scheme_create"), form())
    made = RfmScheme.objects.get(name="По форме")
    assert made.layout.m.limits[1] == Decimal("1000.50")
    actions.keep_rfm()
    page = client.get(reverse("segments:rfm"), {"scheme": str(made.public_id)}).content.decode()
    assert "Свои" in page
    assert client.get(reverse("segments:rfm_scheme", args=[made.public_id])).context["runs"]
    people = client.get(reverse("segments:rfm_people"), {"scheme": str(made.public_id), "cell": "gone"})
    assert len(people.context["rows"]) == 1
    client.post(reverse("segments:rfm_segment"), {"scheme": str(made.public_id), "r": "2", "f": "2"})
    journal.deliver()
    assert actions.refresh(segment_id=Segment.objects.get(folder="RFM").pk, by=SYSTEM, at=clock.now())
    assert queries.member_ids(Segment.objects.get(folder="RFM").pk) == [six[2].pk]


def test_the_column_store_is_down_and_the_editor_says_so(
    six: list[Profile], marina: Employee, client: Client, settings: Any
) -> None:
    login(client, marina)
    settings.FACTS_URL = "http://127.0.0.1:9"
    page = client.post(reverse("segments:rfm_scheme_try"), form()).content.decode()
    assert "Свои" in page and "not answering" in page
    assert "not answering" in client.get(reverse("segments:actives")).content.decode()
    assert "not answering" in client.get(reverse("segments:orders")).content.decode()


def test_who_only_looks_makes_no_schemes(oleg: Employee) -> None:
    looker = actor(oleg)
    assert asking.scheme(looker).is_main
    for forbidden in (
        lambda: schemes.create(name="X", told={}, brand_id=None, by=looker, at=NOON),
        lambda: schemes.make_main(scheme_id=schemes.main().pk, by=looker, at=NOON),
        lambda: schemes.preview({}, None, looker, at=NOON),
        lambda: actions.reckon_rfm(by=looker, at=NOON),
    ):
        with pytest.raises(Refused):
            forbidden()
