"""Where customers live and shops stand, and which shop is nearest: as the crow flies, nothing is looked up."""

import json
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company import actions as company
from prilavok.company.actions import NewShop
from prilavok.company.models import Employee, Shop
from prilavok.customers import actions
from prilavok.customers.actions import addresses
from prilavok.customers.models import Address, Profile
from prilavok.customers.ports import NewCustomer
from prilavok.customers.queries import postal
from prilavok.facts import client as engine
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.places import NoPoint, read_point
from prilavok.segments import actions as actions_of_segments
from prilavok.segments import queries as segments
from prilavok.segments.problems import BadCondition
from tests.cast import NOON, login

MOSCOW, TVER, KLIN = "55.7558, 37.6173", "56.8587, 35.9176", "56.3333, 36.7333"
_keys = count()


@pytest.fixture
def shops(shop_on_lenina: Shop) -> dict[str, Shop]:
    """One in Moscow, one in Tver, a site and one of which nobody knows where it is."""
    rows = [NewShop(code="tver", name="Тверь"), NewShop(code="site", name="Сайт", kind="online")]
    rows.append(NewShop(code="somewhere", name="Где-то"))
    found = company.add_shops(rows, by=SYSTEM, at=NOON)
    places = {shop_on_lenina.pk: MOSCOW, found["tver"].pk: TVER, found["site"].pk: KLIN}
    told = {shop: read_point(place) for shop, place in places.items()}
    assert company.place_shops(told, by=SYSTEM, at=NOON) == 3
    return {"lenina": shop_on_lenina, **found}


def lives(profile: Profile, kind: str, coordinates: str) -> Address:
    return addresses.add_address(
        profile_id=profile.pk,
        kind=kind,
        line=f"г. Клин, д. {kind}",
        coordinates=coordinates,
        by=SYSTEM,
        at=NOON,
    )


def test_the_home_counts_first_and_a_merged_persons_too(anna: Profile, shops: dict[str, Shop]) -> None:
    lives(anna, "delivery", MOSCOW)
    assert postal.nearest_shops([anna.pk]) == {anna.pk: (shops["lenina"].pk, 0)}
    other = actions.register(NewCustomer(external_id="other"), by=SYSTEM, at=NOON)
    lives(other, "home", KLIN)
    actions.merge(profile_id=anna.pk, other_id=other.pk, by=SYSTEM, at=NOON)

    [(shop, metres)] = postal.nearest_shops([anna.pk]).values()
    assert (shop, round(metres / 1000)) == (shops["tver"].pk, 77)  # Moscow is 84 km away
    assert postal.placed() == [anna.pk]


def test_conditions_follow_people_and_shops(facts: None, anna: Profile, shops: dict[str, Shop]) -> None:
    near_tver = {"trait": "nearest_shop", "op": "in", "value": [shops["tver"].pk]}
    close = {"trait": "nearest_shop_km", "op": "<=", "value": 10}
    home = lives(anna, "home", KLIN)
    journal.deliver()
    assert [segments.count(one, SYSTEM, at=NOON).people for one in (near_tver, close)] == [1, 0]

    places = {shops["tver"].pk: None, shops["lenina"].pk: read_point(KLIN)}
    company.place_shops(places, by=SYSTEM, at=NOON)
    journal.deliver()
    assert [segments.count(one, SYSTEM, at=NOON).people for one in (near_tver, close)] == [0, 1]

    far = {"fact": "distance", "measure": "km", "op": ">", "value": 90}
    assert segments.count(far | {"where": {"shop": [shops["lenina"].pk]}}, SYSTEM, at=NOON).people == 0
    assert (
        segments.count(far | {"where": {"shop": [shops["tver"].pk]}}, SYSTEM, at=NOON).people == 0
    )  # nowhere now

    told = {"profile_id": anna.pk, "address": home.public_id, "by": SYSTEM, "at": NOON}
    addresses.change_address(**told, city="Москва")  # type: ignore[arg-type]
    journal.deliver()
    assert engine.rows("SELECT nearest_shop_id, nearest_shop_m FROM profiles FINAL") == [(0, None)]
    assert engine.rows("SELECT profile_id FROM homes FINAL") == []


def test_any_shop_may_be_asked_how_far_it_is_and_people_follow_when_it_moves(
    facts: None, anna: Profile, shops: dict[str, Shop], client: Client, marina: Employee
) -> None:
    lives(anna, "home", KLIN)  # 77 km to Tver, 84 to Moscow
    journal.deliver()

    def within(km: int, *names: str) -> dict[str, Any]:
        chosen = {"shop": [shops[name].pk for name in names]}
        return {"fact": "distance", "measure": "km", "op": "<=", "value": km, "where": chosen}

    for tree, people in (
        (within(83, "lenina"), 0),
        (within(85, "lenina"), 1),
        (within(77, "lenina", "tver"), 1),
        (within(77), 1),
        ({"not": within(83, "lenina")}, 1),
        (within(20_000, "somewhere"), 0),
    ):
        assert segments.count(tree, SYSTEM, at=NOON).people == people, tree

    near = actions_of_segments.create(
        name="Near", tree=within(10, "lenina"), kind="dynamic", by=SYSTEM, at=clock.now()
    )
    company.place_shops({shops["lenina"].pk: read_point(KLIN)}, by=SYSTEM, at=clock.now())
    journal.deliver()
    assert segments.member_ids(near.pk) == [anna.pk]

    login(client, marina)
    page = client.get(reverse("segments:edit", args=[near.public_id])).content.decode()
    assert shops["lenina"].name in page and "c_0.window" not in page
    with pytest.raises(BadCondition):
        segments.count(within(10) | {"window": {"last_days": 3}}, SYSTEM, at=NOON)


def test_oleg_types_coordinates_and_takes_them_back(client: Client, anna: Profile, oleg: Employee) -> None:
    login(client, oleg)
    page = reverse("customers:addresses", args=[anna.public_id])
    typed = {"kind": "home", "line": "г. Клин, ул. Мира, д. 1", "coordinates": "не знаю"}
    bad = client.post(page, typed, headers={"HX-Request": "true"})
    assert (bad.status_code, Address.objects.count()) == (422, 0)
    client.post(page, typed | {"coordinates": "56,3333 36,7333"}, headers={"HX-Request": "true"})
    home = Address.objects.get()
    assert str(home.place) == "56.333300, 36.733300"

    one = reverse("customers:address", args=[anna.public_id, home.public_id])
    assert "56.333300, 36.733300" in client.get(one).content.decode()
    parts = {"kind": "home", "city": "Клин", "street": "ул. Мира", "house": "1", "coordinates": ""}
    client.post(one, parts, headers={"HX-Request": "true"})
    home.refresh_from_db()
    assert home.place is None
    client.post(reverse("customers:undo", args=[anna.public_id, list(client.session["customers.undo"])[-1]]))
    home.refresh_from_db()
    assert home.place


def test_ada_places_a_shop(client: Client, shops: dict[str, Shop], ada: Employee, oleg: Employee) -> None:
    login(client, ada)
    somewhere = shops["somewhere"]
    page = reverse("company:shop", args=[somewhere.public_id])
    assert page in client.get(reverse("company:shops")).content.decode()
    assert client.post(page, {"coordinates": "100 200"}).status_code == 422
    assert client.post(page, {"coordinates": TVER}).status_code == 302
    somewhere.refresh_from_db()
    assert str(somewhere.place) == "56.858700, 35.917600"

    api = f"/api/v1/shops/{somewhere.public_id}/place"

    def put(body: dict[str, str | None]) -> int:
        headers = {"Idempotency-Key": f"places-{next(_keys)}"}
        return client.put(api, json.dumps(body), content_type="application/json", headers=headers).status_code

    assert put({"latitude": "10", "longitude": None}) == 422
    assert put({"latitude": "10.5", "longitude": "-20"}) == 200
    somewhere.refresh_from_db()
    assert (somewhere.latitude, somewhere.longitude) == (Decimal("10.5"), Decimal(-20))

    login(client, oleg)
    assert client.post(page, {"coordinates": TVER}).status_code == 403
    assert put({"latitude": None, "longitude": None}) == 403
    assert page not in client.get(reverse("company:shops")).content.decode()


def test_what_is_no_point_is_refused_by_the_api(client: Client, anna: Profile, oleg: Employee) -> None:
    with pytest.raises(NoPoint):
        lives(anna, "home", "91, 0")
    login(client, oleg)
    body = {"line": "г. Клин, д. 1", "coordinates": KLIN}
    answer = client.post(
        f"/api/v1/customers/{anna.public_id}/addresses",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": f"places-{next(_keys)}"},
    )
    assert (answer.status_code, Decimal(answer.json()["latitude"])) == (201, Decimal("56.3333"))
