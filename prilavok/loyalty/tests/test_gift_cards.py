"""Gift cards: sold at the till, they pay in parts, get their share back, expire, are blocked; the books close."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from prilavok.company.models import Shop
from prilavok.customers.models import Profile
from prilavok.kernel import journal, limits
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.kernel.errors import Problem
from prilavok.kernel.limits import TooOften
from prilavok.ledger import actions as ledger_actions
from prilavok.ledger import queries as ledger
from prilavok.loyalty import actions, gifts, queries, rules
from prilavok.loyalty.actions import Sold
from prilavok.loyalty.models import GiftCard, GiftChange, GiftKind, GiftPayment
from prilavok.loyalty.ports import GiftSale, GiftTender
from prilavok.loyalty.problems import (
    BadCardKind,
    BadGiftAmount,
    BadGiftKind,
    BadGiftNumbers,
    CardsWereSold,
    GiftCardShort,
    GiftCardTwice,
    UnknownGiftCard,
    WrongGiftState,
)
from prilavok.loyalty.tests.till import Till, put_up
from prilavok.orders import actions as orders
from prilavok.orders.actions import Back
from prilavok.orders.models import Receipt
from tests.cast import NOON, actor, hire
from tests.properties import cases
from tests.side_by_side import side_by_side

DAY = timedelta(days=1)


def books_close() -> None:
    assert ledger.open_units() == [] and ledger.lots_that_differ() == [] and ledger.overdrawn() == []


@pytest.fixture(autouse=True)
def the_books_close(db: None) -> Iterator[None]:
    yield
    books_close()


@pytest.fixture
def thousand(the_company: None) -> GiftKind:
    """Certificates of a thousand, good for a year, by codes that nobody can guess."""
    return actions.make_gift_kind(
        code="thousand", name="A thousand", value=Decimal(1000), secret=True, by=SYSTEM, at=NOON
    )


@pytest.fixture
def plastic(the_company: None) -> GiftKind:
    """Cards from 500 to 15000 for ever, by numbers of a range with a PIN."""
    return actions.make_gift_kind(
        code="plastic", name="Plastic", least=Decimal(500), most=Decimal(15000), lifetime_days=None,
        secret=False, pin=True, prefix="27", by=SYSTEM, at=NOON,
    )  # fmt: skip


Sell = Callable[..., GiftCard]


@pytest.fixture
def sold(shop_on_lenina: Shop) -> Sell:
    """Issue a card of a kind and sell it."""

    def sell(kind: GiftKind, amount: str | None = None, **more: Any) -> GiftCard:
        actions.issue_gift_cards(kind.pk, 1, by=SYSTEM, at=NOON)
        card = GiftCard.objects.filter(kind=kind).latest("pk")
        sale = GiftSale(card.number, Decimal(amount) if amount else None)
        told: dict[str, Any] = {"receipt": f"G-{card.pk}", "by": SYSTEM, "at": NOON} | more
        return actions.sell_gift_cards([sale], shop_id=shop_on_lenina.pk, **told)[0]

    return sell


def by(card: GiftCard, amount: str | None = None) -> list[GiftTender]:
    """The card as its holder shows it."""
    pin = gifts.pin_of(card.number, settings.SECRET_KEY) if card.kind.pin else ""
    return [GiftTender(rules.grouped(card.number).lower(), pin, Decimal(amount) if amount else None)]


def left(card: GiftCard, at: Any = NOON) -> Any:
    return queries.gift_balances([card], at=at)[card.pk]


def states(card: GiftCard) -> list[tuple[str, Any]]:
    return list(GiftChange.objects.filter(card=card).order_by("pk").values_list("state", "amount"))


def test_a_card_pays_in_parts_until_it_is_used_up(
    till: Till, anna: Profile, thousand: GiftKind, sold: Sell
) -> None:
    put_up("Points", give={"earn": 10})
    card = sold(thousand, profile_id=anna.pk)
    first = till.sell("1", "700.00", to=anna, gift_cards=by(card))
    assert (first.receipt.paid, first.receipt.revenue) == (Decimal(700), Decimal(700))
    assert [(one.amount, one.balance) for one in first.gifts] == [(Decimal(700), Decimal(300))]
    assert first.points_earned == 70  # a means of payment lowers no points

    second = till.sell("2", "500.00", gift_cards=by(card))
    assert second.gifts[0].amount == 300
    card.refresh_from_db()
    assert (card.state, left(card)) == ("used", 0)
    assert states(card) == [("active", 1000), ("partly", -700), ("used", -300)]
    with pytest.raises(WrongGiftState):
        till.sell("3", "100.00", gift_cards=by(card))


def test_a_payment_told_again_is_taken_once(till: Till, thousand: GiftKind, sold: Sell) -> None:
    card = sold(thousand)
    told = till.reckon("400.00")
    first, again = (till.pay(told, "1", gift_cards=by(card, "250.00")) for _ in range(2))
    assert first == again
    assert (left(card), GiftPayment.objects.count()) == (750, 1)


def test_a_sale_told_again_sells_once_and_binds(
    shop_on_lenina: Shop, anna: Profile, thousand: GiftKind
) -> None:
    actions.issue_gift_cards(thousand.pk, 1, by=SYSTEM, at=NOON)
    number = GiftCard.objects.get().number
    told: dict[str, Any] = {"shop_id": shop_on_lenina.pk, "profile_id": anna.pk, "by": SYSTEM, "at": NOON}
    for _ in range(2):
        [card] = actions.sell_gift_cards([GiftSale(number)], receipt="7", **told)
    assert (left(card), card.profile_id) == (1000, anna.pk)
    assert card.expires_at is not None and (card.expires_at - NOON).days == 365
    with pytest.raises(WrongGiftState):
        actions.sell_gift_cards([GiftSale(number)], receipt="8", **told)
    with pytest.raises(GiftCardTwice):
        actions.sell_gift_cards([GiftSale(number), GiftSale(number)], receipt="7", **told)


def test_what_a_card_cannot_pay_is_refused_and_nothing_is_written(
    till: Till, plastic: GiftKind, sold: Sell
) -> None:
    card = sold(plastic, "500.00")
    right = by(card)[0]
    for tenders, problem in [
        ([GiftTender(right.number, right.pin, Decimal(501))], GiftCardShort),
        ([GiftTender(right.number, right.pin, Decimal(601))], BadGiftAmount),
        ([GiftTender(right.number, "000000")], UnknownGiftCard),
        ([GiftTender("2700000000021", right.pin)], UnknownGiftCard),
        ([right, right], GiftCardTwice),
    ]:
        with pytest.raises(problem):
            till.sell("1", "600.00", gift_cards=tenders)
    assert (Receipt.objects.count(), left(card)) == (0, 500)
    with pytest.raises(BadGiftAmount):
        sold(plastic, "100.00")
    with pytest.raises(BadGiftAmount):
        sold(plastic)


def test_whoever_guesses_is_slowed_down(till: Till, plastic: GiftKind, sold: Sell) -> None:
    card = sold(plastic, "500.00")
    for guess in range(10):
        with pytest.raises(UnknownGiftCard):
            actions.gift_balance(card.number, f"{guess:06}", by=till.by, at=NOON)
    with pytest.raises(TooOften):  # even with the right one: it is not told
        actions.gift_balance(card.number, by(card)[0].pin, by=till.by, at=NOON)


def test_parts_that_come_back_give_the_card_its_share(till: Till, thousand: GiftKind, sold: Sell) -> None:
    card = sold(thousand)
    bought = till.sell("1", "333.33", "333.33", "333.34", gift_cards=by(card, "500.00"))
    parts = [till.take_back(bought, f"1-{line}", {line: "1"}) for line in (1, 2, 3)]
    assert [one.refund for one in parts] == [Decimal("333.33"), Decimal("333.33"), Decimal("333.34")]
    assert [one.gifts[0].amount for one in parts] == [
        Decimal("-166.67"),
        Decimal("-166.66"),
        Decimal("-166.67"),
    ]
    assert till.take_back(bought, "1-3", {3: "1"}) == parts[-1]
    card.refresh_from_db()
    assert (card.state, left(card)) == ("active", 1000)


@pytest.mark.django_db(transaction=True)
def test_a_return_told_past_the_till_gives_the_card_and_the_points_theirs(
    till: Till, anna: Profile, thousand: GiftKind, sold: Sell
) -> None:
    """`POST /receipts/…/returns` writes the return; what was paid by card and points follows from the journal."""
    put_up("Points", give={"earn": 10})
    till.sell("0", "1000.00", to=anna)
    card = sold(thousand)
    bought = till.sell("1", "200.00", "300.00", to=anna, points=Decimal(100), gift_cards=by(card))
    assert [bought.receipt.paid, left(card), till.balance(anna)] == [400, 600, 40]
    at_once = till.take_back(bought, "1-1", {1: "1"})
    orders.return_lines(
        receipt=bought.receipt.public_id, lines=[Back(2, Decimal(1))], number="1-2", by=SYSTEM, at=NOON
    )
    journal.deliver()
    assert [left(card), till.balance(anna)] == [
        1000,
        100,
    ]  # all that was paid, and what the first sale earned
    again = till.take_back(bought, "1-2", {2: "1"})
    assert at_once.points_spent + again.points_spent == -100
    assert [left(card), till.balance(anna)] == [1000, 100]


def test_points_spent_meanwhile_are_owed_when_the_money_is_gone(till: Till, anna: Profile) -> None:
    put_up("Points", give={"earn": 10})
    actions.change_programme(till.programme.pk, owes=False, by=SYSTEM, at=NOON)
    bought = till.sell("1", "1000.00", to=anna)
    till.sell("2", "100.00", to=anna, points=Decimal(100))
    back = orders.return_lines(
        receipt=bought.receipt.public_id, lines=[Back(1, Decimal(1))], number="1-1", by=SYSTEM, at=NOON
    )
    done = actions.settle_return(back.pk, by=SYSTEM, at=NOON)
    assert done is not None
    assert [done.refund, done.owed] == [1000, 100]
    assert actions.settle_return(bought.receipt.pk, by=SYSTEM, at=NOON) is None


def test_a_cancelled_sale_fills_the_cards_again(
    till: Till, thousand: GiftKind, plastic: GiftKind, sold: Sell
) -> None:
    one, other = sold(thousand), sold(plastic, "500.00")
    bought = till.sell("1", "1300.00", gift_cards=by(one) + by(other))
    assert [left(one), left(other)] == [0, 200]
    assert till.cancel(bought, "1-void").refund == 1300
    assert [left(one), left(other)] == [1000, 500]


def test_a_receipt_that_sold_a_card_is_undone_with_it_or_not_at_all(
    till: Till, thousand: GiftKind, sold: Sell
) -> None:
    """Milk and a card by one fiscal number: undone, the card would stay good; a used one is not taken back."""
    milk = till.sell("77", "90.00")
    card = sold(thousand, receipt="77")
    with pytest.raises(CardsWereSold):
        till.cancel(milk, "77-void")
    bought = till.sell("78", "300.00", gift_cards=by(card))
    with pytest.raises(WrongGiftState):
        actions.take_gift_card_back(card.pk, by=SYSTEM, at=NOON)
    with pytest.raises(CardsWereSold):
        till.cancel(milk, "77-void")
    assert till.take_back(milk, "77-1", {1: "1"}).refund == 90  # the milk alone may come back

    again = till.sell("79", "50.00")
    other = sold(thousand, receipt="79")
    actions.take_gift_card_back(other.pk, by=SYSTEM, at=NOON)
    undone = till.cancel(again, "79-void")
    assert (undone.refund, left(card)) == (Decimal(50), Decimal(700))
    assert till.cancel(again, "79-void") == undone
    assert till.cancel(bought, "78-void").refund == 300
    assert left(card) == 1000


def test_the_rest_of_a_card_is_the_shops_when_its_time_is_over(
    till: Till, thousand: GiftKind, sold: Sell
) -> None:
    card = sold(thousand)
    till.sell("1", "400.00", gift_cards=by(card))
    over = NOON + 366 * DAY
    assert left(card, over) == 0
    assert actions.expire_gift_cards(over) == 1
    assert actions.expire_gift_cards(over) == 0
    card.refresh_from_db()
    assert (card.state, states(card)[-1]) == ("expired", ("expired", -600))
    [lapsed] = ledger.balances(
        owner_kind="gift_kind", owner_ids=[thousand.pk], unit="RUB", kind="expired"
    ).values()
    assert lapsed == 600


def test_what_comes_back_late_lives_a_month(till: Till, thousand: GiftKind, sold: Sell) -> None:
    card = sold(thousand)
    bought = till.sell("1", "400.00", gift_cards=by(card))
    late = NOON + 400 * DAY
    actions.expire_gift_cards(late)
    till.take_back(bought, "1-1", {1: "1"}, at=late)
    card.refresh_from_db()
    assert (card.state, left(card, late), card.expires_at) == ("partly", 400, late + 30 * DAY)
    actions.expire_gift_cards(late + 30 * DAY)
    assert sum(amount for _state, amount in states(card)) == 0


def test_a_blocked_card_pays_for_nothing_until_it_is_unblocked(
    till: Till, thousand: GiftKind, sold: Sell
) -> None:
    card = sold(thousand)
    actions.block_gift_card(card.pk, reason="lost", by=SYSTEM, at=NOON)
    with pytest.raises(WrongGiftState):
        till.sell("1", "100.00", gift_cards=by(card))
    assert actions.gift_balance(card.number, "", by=till.by, at=NOON)[1] == 0
    assert actions.unblock_gift_card(card.pk, by=SYSTEM, at=NOON).state == "active"
    assert till.sell("1", "100.00", gift_cards=by(card)).gifts[0].balance == 900


def test_an_unused_card_is_taken_back_and_sold_again(
    thousand: GiftKind, sold: Sell, shop_on_lenina: Shop
) -> None:
    card = actions.take_gift_card_back(sold(thousand).pk, by=SYSTEM, at=NOON)
    assert (card.state, left(card)) == ("issued", 0)
    told: dict[str, Any] = {"shop_id": shop_on_lenina.pk, "receipt": f"G-{card.pk}", "by": SYSTEM, "at": NOON}
    assert left(actions.sell_gift_cards([GiftSale(card.number)], **told)[0]) == 1000


def test_a_used_card_is_not_taken_back(till: Till, thousand: GiftKind, sold: Sell) -> None:
    card = sold(thousand)
    till.sell("1", "100.00", gift_cards=by(card))
    with pytest.raises(WrongGiftState):
        actions.take_gift_card_back(card.pk, by=SYSTEM, at=NOON)


def test_more_money_is_put_on_a_card_once_and_within_its_kind(
    till: Till, plastic: GiftKind, thousand: GiftKind, sold: Sell
) -> None:
    card, shop = sold(plastic, "500.00"), till.shop.pk
    till.sell("1", "500.00", gift_cards=by(card))
    told: dict[str, Any] = {"shop_id": shop, "receipt": "T-1", "by": SYSTEM, "at": NOON}
    for _ in range(2):
        topped = actions.top_up_gift_card(card.pk, Decimal(800), **told)
    assert [topped.state, topped.value, left(card)] == ["partly", 1300, 800]
    with pytest.raises(BadGiftAmount):  # the same receipt cannot have put another sum on it
        actions.top_up_gift_card(card.pk, Decimal(900), **told)
    assert left(card) == 800
    assert till.sell("2", "300.00", gift_cards=by(card)).gifts[0].balance == 500
    more = told | {"receipt": "T-2"}
    for amount in (Decimal(14501), Decimal(0), Decimal(-1)):
        with pytest.raises(BadGiftAmount):
            actions.top_up_gift_card(card.pk, amount, **more)
    with pytest.raises(BadGiftAmount):  # each is worth the same
        actions.top_up_gift_card(sold(thousand).pk, Decimal(5), **more)
    actions.block_gift_card(card.pk, by=SYSTEM, at=NOON)
    with pytest.raises(WrongGiftState):
        actions.top_up_gift_card(card.pk, Decimal(5), **more)


def test_a_card_with_more_money_on_it_is_not_taken_back_as_unused(
    plastic: GiftKind, sold: Sell, shop_on_lenina: Shop
) -> None:
    card = sold(plastic, "500.00")
    actions.top_up_gift_card(
        card.pk, Decimal(100), shop_id=shop_on_lenina.pk, receipt="T-1", by=SYSTEM, at=NOON
    )
    with pytest.raises(WrongGiftState):
        actions.take_gift_card_back(card.pk, by=SYSTEM, at=NOON)
    assert actions.pay_gift_card_out(card.pk, reason="", by=SYSTEM, at=NOON)[1] == 600


def test_the_rest_is_given_in_money_and_told_apart(till: Till, thousand: GiftKind, sold: Sell) -> None:
    card = sold(thousand)
    bought = till.sell("1", "400.00", gift_cards=by(card))
    done, out = actions.pay_gift_card_out(card.pk, reason="moved away", by=SYSTEM, at=NOON)
    assert [done.state, out, left(card)] == ["used", 600, 0]
    assert states(card)[-1] == ("used", -600)
    with pytest.raises(WrongGiftState):
        actions.pay_gift_card_out(card.pk, reason="", by=SYSTEM, at=NOON)
    sums = queries.gift_sums([thousand])[thousand.pk]
    assert [sums.sold, sums.paid, sums.paid_out, sums.owed] == [1000, 400, 600, 0]
    told = queries.gift_liability(SYSTEM, since=NOON - DAY, at=NOON)
    assert [told.paid, told.paid_out, told.owed.total] == [400, 600, 0]
    till.take_back(bought, "1-1", {1: "1"})  # what comes back later is the card's again
    assert left(card) == 400


def test_cards_of_a_printer_open_by_the_printers_pin(
    till: Till, plastic: GiftKind, thousand: GiftKind, shop_on_lenina: Shop
) -> None:
    numbers = list(plastic.shape.numbers(700, 2))
    rows = [(numbers[0], "40 41"), (numbers[1], "")]
    assert actions.add_gift_cards(plastic.pk, rows, by=SYSTEM, at=NOON) == 2
    assert actions.add_gift_cards(plastic.pk, rows, by=SYSTEM, at=NOON) == 0
    exported = list(queries.unsold_numbers(plastic, SYSTEM))
    assert exported == [(numbers[0], ""), (numbers[1], gifts.pin_of(numbers[1], settings.SECRET_KEY))]
    sale = [GiftSale(number, Decimal(500)) for number in numbers]
    actions.sell_gift_cards(sale, shop_id=shop_on_lenina.pk, receipt="9", by=SYSTEM, at=NOON)
    assert actions.gift_balance(numbers[0], " 4041", by=till.by, at=NOON)[1] == 500
    for wrong in ("4042", "", gifts.pin_of(numbers[0], settings.SECRET_KEY)):
        with pytest.raises(UnknownGiftCard):
            actions.gift_balance(numbers[0], wrong, by=till.by, at=NOON)
    for kind, row in (
        (plastic, ("2700000000021x", "1")),
        (thousand, ("SHORT", "")),
        (thousand, (numbers[0], "")),
    ):
        with pytest.raises(BadGiftNumbers):
            actions.add_gift_cards(kind.pk, [row], by=SYSTEM, at=NOON)


def test_kinds_that_cannot_be_are_refused(plastic: GiftKind) -> None:
    def make(**terms: Any) -> None:
        actions.make_gift_kind(code="k", name="K", by=SYSTEM, at=NOON, **terms)

    for terms in (
        {},
        {"least": Decimal(5), "most": Decimal(4)},
        {"value": Decimal(5), "least": Decimal(4)},
        {"value": Decimal(5), "secret": False, "prefix": "28"},  # a range without a PIN
    ):
        with pytest.raises(BadGiftKind):
            make(**terms)
    with pytest.raises(BadCardKind):
        make(value=Decimal(5), secret=False, pin=True, prefix="27")
    actions.issue_gift_cards(plastic.pk, 1, by=SYSTEM, at=NOON)
    with pytest.raises(BadGiftKind):
        actions.change_gift_kind(plastic.pk, prefix="26", by=SYSTEM, at=NOON)


def test_a_stranger_sells_blocks_and_sees_no_card(
    thousand: GiftKind, sold: Sell, shop_on_lenina: Shop
) -> None:
    card, stranger = sold(thousand), actor(hire("Max"))
    for attempt in (
        lambda: actions.make_gift_kind(code="x", name="X", by=stranger, at=NOON),
        lambda: actions.order_gift_cards(thousand.pk, 5, by=stranger, at=NOON),
        lambda: actions.sell_gift_cards([], shop_id=shop_on_lenina.pk, receipt="1", by=stranger, at=NOON),
        lambda: actions.block_gift_card(card.pk, by=stranger, at=NOON),
        lambda: actions.take_gift_card_back(card.pk, by=stranger, at=NOON),
        lambda: actions.pay_gift_card_out(card.pk, reason="", by=stranger, at=NOON),
        lambda: actions.add_gift_cards(thousand.pk, [], by=stranger, at=NOON),
        lambda: actions.gift_balance(card.number, "", by=stranger, at=NOON),
    ):
        with pytest.raises(Refused):
            attempt()


@pytest.mark.django_db(transaction=True)
def test_twenty_tills_take_no_more_than_there_is_on_a_card(
    till: Till, thousand: GiftKind, sold: Sell
) -> None:
    card = sold(thousand)
    told = [till.reckon("300.00") for _ in range(20)]

    def pay(place: int) -> Sold | Problem:
        try:
            return till.pay(told[place], str(place), gift_cards=by(card, "300.00"))
        except Problem as refused:
            return refused

    done = side_by_side(20, pay, range(20))
    assert sum(isinstance(one, Sold) for one in done) == 3
    assert (left(card), Receipt.objects.count()) == (100, 3)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), st.integers(500, 3000)),
        st.tuples(st.just("pay"), st.integers(0, 3), st.integers(1, 2500)),
        st.tuples(st.just("return"), st.integers(0, 5), st.integers(1, 2)),
        st.tuples(st.just("cancel"), st.integers(0, 5)),
        st.tuples(st.just("wait"), st.integers(1, 200)),
        st.tuples(st.just("back"), st.integers(0, 3)),
    ),
    max_size=14,
)


@hypothesis(
    max_examples=cases(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_whatever_happens_in_whatever_order_the_books_close(
    steps: list[tuple[Any, ...]], till: Till, plastic: GiftKind, sold: Sell
) -> None:
    """Every card has what its history says; what was sold is held, was paid, lapsed or came back."""
    with transaction.atomic():
        GiftKind.objects.filter(pk=plastic.pk).update(lifetime_days=300)
        _Story(till, plastic, sold).play(steps)
        transaction.set_rollback(True)


class _Story:
    def __init__(self, till: Till, kind: GiftKind, sold: Sell) -> None:
        self.till, self.kind, self.sold, self.at = till, kind, sold, NOON
        self.cards: list[GiftCard] = []
        self.receipts: list[Sold] = []

    def play(self, steps: list[tuple[Any, ...]]) -> None:
        for number, (what, *told) in enumerate(steps):
            try:
                with transaction.atomic():
                    getattr(self, f"do_{what}")(f"{number}", *told)
            except Problem:
                pass  # refused: nothing was written
        self._holds()

    def do_sell(self, number: str, amount: int) -> None:
        self.cards.append(self.sold(self.kind, str(amount), at=self.at))

    def do_pay(self, number: str, which: int, price: int) -> None:
        card = self.cards[which % len(self.cards)] if self.cards else None
        if card:
            tenders = [GiftTender(card.number, by(card)[0].pin)]
            prices = (f"{price}.37", f"{price}.11")
            limits.forget()
            self.receipts.append(self.till.sell(number, *prices, at=self.at, gift_cards=tenders))

    def do_return(self, number: str, which: int, line: int) -> None:
        if self.receipts:
            sale = self.receipts[which % len(self.receipts)]
            self.till.take_back(sale, number, {line: "1"}, at=self.at)

    def do_cancel(self, number: str, which: int) -> None:
        if self.receipts:
            self.till.cancel(self.receipts[which % len(self.receipts)], number)

    def do_wait(self, number: str, days: int) -> None:
        self.at += days * DAY
        self.till.at = self.at
        actions.expire_gift_cards(self.at)

    def do_back(self, number: str, which: int) -> None:
        if self.cards:
            actions.take_gift_card_back(self.cards[which % len(self.cards)].pk, by=SYSTEM, at=self.at)

    def _holds(self) -> None:
        ledger_actions.settle_due(by=SYSTEM, at=self.at)
        books_close()
        now = queries.gift_balances(self.cards, at=self.at)
        for card in self.cards:
            assert now[card.pk] == sum(amount for _state, amount in states(card)) >= 0
        for sale in self.receipts:
            rows = GiftPayment.objects.filter(receipt__returns=sale.receipt.pk)
            back, paid = -sum(one.amount for one in rows), sum(one.amount for one in sale.gifts)
            whole = Receipt.objects.filter(returns=sale.receipt.pk).count() == 2
            assert back == paid if whole else 0 <= back <= paid
