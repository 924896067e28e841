"""Numbers of printed cards and codes of printed coupons come as files; a row that is wrong is told by its column."""

from collections.abc import Callable
from decimal import Decimal

from prilavok.exchange.models import Import
from prilavok.exchange.tests.conftest import Bring
from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import queries as ledger
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty.models import Card, Coupon
from prilavok.loyalty.ports import NewSeries
from tests.cast import NOON

Rejects = Callable[[Import], list[list[str]]]


def test_numbers_of_cards_go_to_the_stock(the_company: None, bring: Bring, rejects: Rejects) -> None:
    club = loyalty.make_programme(code="club", name="Club", by=SYSTEM, at=NOON)
    for code, prefix in (("plastic", "29001"), ("gold", "29002")):
        loyalty.make_card_kind(programme_id=club.pk, code=code, name=code, prefix=prefix, by=SYSTEM, at=NOON)
    text = (
        "Вид карты;Номер карты\n"
        "plastic;2900100000017\n"
        "plastic;29001 0000002 4\n"
        "plastic;2900100000017\n"
        "plastic;2900100000018\n"  # the check digit is another
        "gold;2900100000017\n"
        "silver;2900200000016\n"
        ";2900100000048\n"
    )
    one = bring("cards", text)
    assert (one.loaded, one.unchanged, one.rejected) == (2, 1, 4)
    told = [(row[-3], row[-2]) for row in rejects(one)]
    assert told == [("5", "Номер карты"), ("6", "Номер карты"), ("7", "Вид карты"), ("8", "Вид карты")]
    assert sorted(Card.objects.values_list("number", "state")) == [
        ("2900100000017", "stock"),
        ("2900100000024", "stock"),
    ]
    assert (bring("cards", text, "again.csv").loaded, Card.objects.count()) == (0, 2)


def test_codes_of_coupons_join_their_series(the_company: None, bring: Bring, rejects: Rejects) -> None:
    for code, personal in (("SPRING", False), ("SUMMER", False), ("OWN", True)):
        loyalty.create_series(
            NewSeries(
                code=code, name=code, valid_from=NOON, reward_kind="amount", reward_value=Decimal(50),
                uses=1, personal=personal,
            ),
            by=SYSTEM,
            at=NOON,
        )  # fmt: skip
    text = (
        "Серия;Код\n"
        "spring;AAAA-1111\n"
        "SPRING;aaaa 1111\n"
        "SPRING;СОВЕТ-5\n"  # Cyrillic look-alikes
        "SUMMER;AAAA-1111\n"
        "WINTER;BBBB-2222\n"
        "OWN;CCCC-3333\n"
        "SPRING;A!\n"
    )
    one = bring("coupon_codes", text)
    assert (one.loaded, one.unchanged, one.rejected) == (2, 1, 4)
    assert [row[-2] for row in rejects(one)] == ["Код", "Серия", "Серия", "Код"]
    assert sorted(Coupon.objects.values_list("code", flat=True)) == ["AAAA-1111", "COBET-5"]
    assert ledger.open_units() == []
    assert (bring("coupon_codes", text, "again.csv").loaded, Coupon.objects.count()) == (0, 2)
