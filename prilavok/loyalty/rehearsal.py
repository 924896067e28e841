"""Scenarios that pay, return, merge and wait: the real engine and database, and nothing of it stays.

Each scenario is one transaction that is rolled back. It has a brand, a shop, a programme, people and goods of its own;
promotions and tiers of the installation stand aside meanwhile. Time is the scenario's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from prilavok.catalog import actions as catalog_actions
from prilavok.catalog import queries as catalog
from prilavok.catalog.ports import NewCategory, NewProduct
from prilavok.company import actions as company
from prilavok.company.actions import NewShop
from prilavok.customers import actions as customers
from prilavok.customers import queries as customers_queries
from prilavok.customers.ports import NewCustomer
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.errors import Problem
from prilavok.ledger import actions as ledger
from prilavok.ledger import queries as ledger_queries
from prilavok.loyalty import actions, rules, scenarios
from prilavok.loyalty.actions import Calculated, Sold
from prilavok.loyalty.definitions import Name
from prilavok.loyalty.models import Account, CouponSeries, Promotion, PromotionUse, Tier
from prilavok.loyalty.ports import NewSeries, TillBasket, TillLine
from prilavok.loyalty.queries.book import forget_book
from prilavok.loyalty.scenarios import BadScenario, Difference, Scenario, Step
from prilavok.orders.actions import Back

ZERO = Decimal(0)


def run(scenario: Scenario) -> list[Difference]:
    """Try a scenario in the database; what differs from what it expects. Raises BadScenario."""
    try:
        with transaction.atomic():
            try:
                return list(_differences(scenario))
            finally:
                transaction.set_rollback(True)
    finally:
        forget_book()  # what this process compiled was never there


def _differences(scenario: Scenario) -> Iterator[Difference]:
    try:
        stage = _Stage(scenario)
    except Problem as wrong:
        raise BadScenario(f"{scenario.scenario}: {wrong}") from wrong
    for number, step in enumerate(scenario.steps, start=1):
        try:
            found = stage.play(step)
        except KeyError as missing:
            raise BadScenario(f"{scenario.scenario}: {number}: {missing}") from missing
        refused = found.get("refused")
        if refused and step.expect.refused is None:
            yield Difference(scenario.scenario, number, "refused", None, refused)
        yield from scenarios.compared(scenario.scenario, number, step.expect, found)


class _Stage:
    """What a scenario names, made for it, and what has happened so far."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.key = uuid4().hex[:12]
        self.calculations: dict[str, Calculated] = {}
        self.sold: dict[str, Sold] = {}
        self.codes: dict[str, str] = {}
        self.merges: dict[str, int] = {}
        first = next(iter(scenario.customers), None)
        named = scenario.customer if "customer" in scenario.model_fields_set else first
        self.who = named if isinstance(named, str) else None
        company.add_brand(code=f"try-{self.key}", name=scenario.scenario, by=SYSTEM)
        shop = NewShop(f"try-{self.key}", scenario.scenario, f"try-{self.key}", "UTC")
        self.now = _of_shop(scenario.moment)
        self.shop = company.add_shops([shop], by=SYSTEM, at=self.now)[shop.code]
        self._stand_aside()
        self._make_programme()
        self._make_goods()
        self.people = {
            name: customers.register(
                NewCustomer(
                    first_name=name, birth_date=one.birthday, shop_id=self.shop.pk, source="scenario"
                ),
                by=SYSTEM,
                at=self.now,
            ).pk
            for name, one in scenario.customers.items()
        }
        self.series = {name: self._make_series(name) for name in scenario.series}
        self.promotions = {one.name: self._put_up(one) for one in scenario.promotions}

    def _stand_aside(self) -> None:
        """The installation's own promotions and tiers are not there, until all is rolled back."""
        Promotion.objects.live().update(state=Promotion.State.PAUSED)
        Tier.objects.standing().update(removed_at=self.now)

    def _make_programme(self) -> None:
        written = self.scenario
        self.programme = actions.make_programme(
            code=f"try-{self.key}",
            name=written.scenario,
            brand_id=self.shop.brand_id,
            policies=written.policies.model_dump(mode="json", exclude_unset=True),
            by=SYSTEM,
            at=self.now,
            **written.programme.model_dump(),
        )
        for code, tier in written.tiers.items():
            actions.make_tier(
                programme_id=self.programme.pk, code=code, name=code, by=SYSTEM, at=self.now, **dict(tier)
            )

    def _make_goods(self) -> None:
        """Products and categories of all baskets and promotions; several categories lie one within the next."""
        parents, products = self._named()
        for basket in self._baskets:
            for line in basket.lines:
                chain = [str(one) for one in line.categories]
                for code, parent in zip(chain, [*chain[1:], ""], strict=False):
                    parents[code] = parents.get(code) or parent
                if line.product is not None and (chain or line.brand):
                    products[str(line.product)] = ([*chain, f"try-{self.key}"][0], str(line.brand or ""))
        if not products and not parents:
            return
        categories = [NewCategory(code=f"try-{self.key}", name=self.scenario.scenario)]
        categories += [NewCategory(code=code, name=code, parent_code=up) for code, up in parents.items()]
        catalog_actions.load_categories(categories, by=SYSTEM, at=self.now)
        goods = [
            NewProduct(code=code, name=code, category_code=category, manufacturer=brand)
            for code, (category, brand) in products.items()
        ]
        catalog_actions.load_products(goods, by=SYSTEM, at=self.now)

    def _named(self) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
        """What promotions name: categories with the one above, products with their category and brand."""
        parents: dict[str, str] = {}
        products: dict[str, tuple[str, str]] = {}

        def note(kind: str, name: Name) -> int:
            if kind == "product":
                products[str(name)] = (f"try-{self.key}", "")
            if kind == "category":
                parents[str(name)] = ""
            return 0

        for one in self.scenario.promotions:
            one.made(0, note)
        for series in self.scenario.series.values():
            for kind, names in (("product", series.products), ("category", series.categories)):
                for name in names:
                    note(kind, name)
        return parents, products

    @cached_property
    def _baskets(self) -> list[scenarios.BasketWritten]:
        return [one for step in self.scenario.steps for one in (step.calculate, step.commit) if one]

    def _make_series(self, code: str) -> CouponSeries:
        written = self.scenario.series[code]
        series = actions.create_series(
            NewSeries(
                code=code,
                name=code,
                reward_kind=written.reward,
                reward_value=written.value,
                minimum=written.minimum,
                personal=written.personal,
                uses=written.uses,
                first_order=written.first_order,
                product_ids=[
                    one.id for one in catalog.products_by_code([*map(str, written.products)]).values()
                ],
                category_ids=[*catalog.category_ids([*map(str, written.categories)]).values()],
                valid_from=self.now - timedelta(days=1),
                valid_until=_of_shop(written.until) if written.until else None,
            ),
            by=SYSTEM,
            at=self.now,
        )
        for one in written.codes:
            actions.add_code(series.pk, one, by=SYSTEM, at=self.now)
        return series

    def _put_up(self, written: Any) -> int:
        promotion = actions.create_promotion(written, by=SYSTEM, at=self.now)
        actions.ask_approval(promotion.pk, by=SYSTEM, at=self.now)
        actions.approve_promotion(promotion.pk, by=SYSTEM, at=self.now)
        return promotion.pk

    # ── Steps ────────────────────────────────────────────────────────────────────────────────────────────

    def play(self, step: Step) -> dict[str, Any]:
        """What a step came to, in the words of `Expected`. Raises KeyError for what nobody has named before."""
        if "customer" in step.model_fields_set:
            self.who = step.customer if isinstance(step.customer, str) else None
        if step.moment:
            self.now = _of_shop(step.moment)
        try:
            with transaction.atomic():
                found = self._done(step)
        except Problem as problem:
            found = {"refused": problem.params.get("because", problem.code)}
        if self.people:
            actions.look_at_buyers(list(self.people.values()), at=self.now)
        return self._standing() | found

    def _done(self, step: Step) -> dict[str, Any]:
        if step.calculate:
            return self._reckoned(self._calculate(step.calculate))
        if step.commit:
            return self._commit(step.commit)
        if step.give_back:
            return self._give_back(step.give_back)
        if step.cancel is not None:
            receipt, number = self._receipt(step.cancel), f"{step.cancel}-cancelled"
            return _sold(actions.cancel(receipt=receipt, number=number, by=SYSTEM, at=self.now))
        self._change(step)
        return {}

    def _change(self, step: Step) -> None:
        """What happens apart from the till."""
        if step.merge:
            self._merge(*step.merge)
        if step.undo_merge is not None:
            customers.undo_merge(merge_id=self.merges[step.undo_merge], by=SYSTEM, at=self.now)
        if step.grant:
            self._grant(step.grant)
        if step.issue:
            self._issue(step.issue)
        if step.wait:
            self.now += timedelta(**dict(step.wait))

    def _merge(self, first: str, other: str) -> None:
        made = customers.merge(
            profile_id=self.people[first], other_id=self.people[other], by=SYSTEM, at=self.now
        )
        self.merges[other] = made.pk

    def _issue(self, written: scenarios.IssueWritten) -> None:
        profile, series = self.people[self.who or ""], self.series[str(written.series)]
        given = actions.issue(series.pk, [profile], cause=uuid4(), by=SYSTEM, at=self.now)
        self.codes[written.code] = given[profile]

    def _calculate(self, written: scenarios.BasketWritten) -> Calculated:
        basket = TillBasket(
            shop_id=self.shop.pk,
            lines=tuple(
                TillLine(
                    product=f"try-{self.key}-{number}" if one.product is None else str(one.product),
                    quantity=one.quantity,
                    price=one.price,
                    closed=one.closed,
                    floor=one.floor,
                    delivery=one.delivery,
                )
                for number, one in enumerate(written.lines, start=1)
            ),
            at=self.now,
            profile_id=self.people[self.who] if self.who else None,
            coupons=tuple(self.codes.get(one, one) for one in written.coupons),
            points=written.points,
            channel=written.channel,
            payment=written.payment,
            stock={str(one): pieces for one, pieces in written.stock.items()},
            explain=True,
        )
        told = actions.calculate(basket, by=SYSTEM, at=self.now)
        if written.name:
            self.calculations[written.name] = told
        return told

    def _reckoned(self, told: Calculated) -> dict[str, Any]:
        names = {number: name for name, number in self.promotions.items()}
        names |= {-series.pk: code for code, series in self.series.items()}
        typed = {code: name for name, code in self.codes.items()}
        found = scenarios.reckoned(told.answer, lambda product: told.gifts[product].code, names)
        found["unused"] = {typed.get(code, code): why for code, why in found["unused"].items()}
        return found

    def _commit(self, written: scenarios.CommitWritten) -> dict[str, Any]:
        if written.calculation:
            told = self.calculations[written.calculation]
        else:
            told = self._calculate(written)
        sold = actions.commit(told.id, number=written.receipt, by=SYSTEM, at=self.now)
        self.sold[written.receipt] = sold
        return self._reckoned(told) | {
            "total": sold.receipt.paid,
            "points_spent": sold.points_spent,
            "points_earned": sold.points_earned,
        }

    def _give_back(self, written: scenarios.ReturnWritten) -> dict[str, Any]:
        return _sold(
            actions.give_back(
                receipt=self._receipt(written.receipt),
                lines=[Back(line, quantity) for line, quantity in written.lines.items()],
                number=written.number or f"{written.receipt}-{uuid4().hex[:8]}",
                by=SYSTEM,
                at=self.now,
            )
        )

    def _receipt(self, number: str) -> UUID:
        return self.sold[number].receipt.public_id

    def _grant(self, written: scenarios.GrantWritten) -> None:
        profile = self.people[self.who or ""]
        account = actions.open_accounts([profile], self.programme.pk, by=SYSTEM, at=self.now)[profile]
        ledger.carry_out(
            [
                ledger.Grant(
                    cause=uuid4(),
                    reason="points.earned",
                    wallet=ledger.Wallet(rules.OWNER, account.pk, self.programme.unit),
                    amount=written.points,
                    source=ledger.Purse(
                        "programme", self.programme.pk, "issued", self.programme.unit, may_owe=True
                    ),
                    expires_at=datetime.combine(written.until, time(), UTC) if written.until else None,
                )
            ],
            by=SYSTEM,
            at=self.now,
        )

    # ── What is so now ───────────────────────────────────────────────────────────────────────────────────

    def _standing(self) -> dict[str, Any]:
        """Points and tier of the customer and all who are one with them, and their uses of promotions."""
        if self.who is None:
            return {"uses": self._uses({})}
        kin = customers_queries.kin(self.people[self.who])
        accounts = list(
            Account.objects.filter(profile__in=kin, programme=self.programme).select_related("tier")
        )
        balances = ledger_queries.wallet_balances(
            owner_kind=rules.OWNER,
            owner_ids=[one.pk for one in accounts],
            unit=self.programme.unit,
            at=self.now,
        ).values()
        tiers = sorted([one.tier for one in accounts if one.tier], key=lambda tier: tier.place)
        return {
            "balance": sum((one.available for one in balances), ZERO),
            "pending": sum((one.pending for one in balances), ZERO),
            "owed": sum((one.owed for one in balances), ZERO),
            "tier": tiers[-1].code if tiers else "",
            "uses": self._uses({"profile__in": kin}),
        }

    def _uses(self, whose: dict[str, Any]) -> dict[str, int]:
        used = PromotionUse.objects.filter(promotion__in=self.promotions.values(), undone_at=None, **whose)
        numbers = list(used.values_list("promotion_id", flat=True))
        return {name: numbers.count(pk) for name, pk in self.promotions.items() if pk in numbers}


def _sold(sold: Sold) -> dict[str, Any]:
    """What a return came to: points given back and taken back are below zero, as the till is told."""
    return {"refund": sold.refund, "points_spent": sold.points_spent, "points_earned": sold.points_earned}


def _of_shop(moment: datetime) -> datetime:
    """The scenario's shop stands in UTC, so that a day ends where the file says it does."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
