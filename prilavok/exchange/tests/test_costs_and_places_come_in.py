"""Files say what goods cost the shop, and where shops and homes stand."""

from datetime import date
from decimal import Decimal

from prilavok.catalog.models import Product
from prilavok.company.models import Shop
from prilavok.customers.models import Address
from prilavok.exchange.tests.conftest import Bring
from tests.cast import NOON

HEADER = "код;название;себестоимость;себестоимость с\n"


def test_costs_come_with_goods(bring: Bring, the_company: None) -> None:
    one = bring("products", HEADER + "M1;Молоко;61,50 ₽;01.02.2026\nB1;Хлеб;20;\nX1;Сыр;;\nK1;Кефир;-5;\n")

    assert (one.loaded, one.rejected) == (3, 1)
    costs = Product.objects.order_by("code").values_list("code", "costs__since", "costs__cost")
    assert list(costs) == [
        ("B1", NOON.date(), Decimal(20)),
        ("M1", date(2026, 2, 1), Decimal("61.5")),
        ("X1", None, None),
    ]


def test_coordinates_come_with_shops_and_homes(bring: Bring, the_company: None) -> None:
    shops = "код;название;координаты\nS1;Первый;55.7558, 37.6173\nS2;Второй;где-то\n"
    one = bring("shops", shops)
    assert (one.loaded, one.rejected) == (1, 1)
    again = bring("shops", shops.replace("37.6173", "37.7"), name="again.csv")
    assert (again.loaded, again.changed, again.rejected) == (0, 1, 1)
    assert str(Shop.objects.get(code="S1").place) == "55.755800, 37.700000"

    people = "код;адрес;координаты\nA;г. Клин, ул. Мира, д. 1;56.3333 36.7333\nB;;56 36\nC;г. Тверь, д. 5;\n"
    one = bring("customers", people)
    assert (one.loaded, one.rejected) == (2, 1)
    assert [str(home.place) for home in Address.objects.order_by("city")] == ["56.333300, 36.733300", "None"]
