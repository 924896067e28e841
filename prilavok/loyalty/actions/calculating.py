"""A basket is reckoned for a till; what it was told is kept, so that what was printed is what will be written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from prilavok.catalog import actions as catalog_actions
from prilavok.catalog import queries as catalog
from prilavok.catalog.ports import Sold
from prilavok.company import queries as company
from prilavok.experiments import actions as experiments
from prilavok.kernel import clock, limits, prepared
from prilavok.kernel.actors import SYSTEM, Actor, Refused
from prilavok.kernel.ids import uuid7
from prilavok.loyalty import reckoning, rules
from prilavok.loyalty.actions.anew import circumstances
from prilavok.loyalty.actions.attempts import note_attempts
from prilavok.loyalty.ports import TillBasket, TillLine
from prilavok.loyalty.problems import BadLine, ClockIsWrong
from prilavok.loyalty.queries.book import Rules
from prilavok.loyalty.queries.names import maker_number
from prilavok.loyalty.queries.referrals import named_referral_codes
from prilavok.loyalty.queries.rewards import brought
from prilavok.loyalty.queries.till import NamedCode, Situation, named_codes, situation
from prilavok.loyalty.reckoning import Answer, Returns
from prilavok.loyalty.reckoning.spreading import rounded, spread

if TYPE_CHECKING:
    from prilavok.catalog.models import Product

ZERO, ONE = Decimal(0), Decimal(1)
GUESSES_PER_MINUTE = 30
PIECE = 5_000  # calculations dropped at once
KEPT_FOR = timedelta(days=3)
MOST_SKEWED = 24 * 3600  # seconds that a till's clock may be wrong


@dataclass(frozen=True, slots=True)
class Calculated:
    """What a till is told: the reckoned basket, under an id that its commit names."""

    id: UUID
    answer: Answer
    situation: Situation
    codes: dict[str, NamedCode]
    own_codes: tuple[str, ...]  # good, and taken off by the till itself, as printed on them
    names: Mapping[int, tuple[str, str]]  # of promotions, by the answer's numbers: public id and name
    gifts: Mapping[int, Product]


def calculate(basket: TillBasket, *, by: Actor, at: datetime) -> Calculated:
    """Reckon a basket by the promotions that are live, and keep the answer for a day.

    It moves nothing: not a point, not a coupon. Raises Refused, BadLine, ClockIsWrong, TooOften.
    """
    by.must("loyalty.redeem")
    if not by.sees_shop(basket.shop_id):
        raise Refused("loyalty.redeem")
    if abs((basket.at - at).total_seconds()) > MOST_SKEWED:
        raise ClockIsWrong(field="at")
    local = basket.at.astimezone(company.zone_of(basket.shop_id))
    goods = _goods(basket)
    known = situation(
        basket.profile_id,
        brand_id=company.brand_of(basket.shop_id),
        card=basket.card,
        at=basket.at,
        today=local.date(),
    )
    good, own, refused = sorted_codes(basket, known, goods, by)
    if refused:
        note_attempts(basket, refused, today=local.date(), at=at)
    programme = known.book.programme(company.brand_of(basket.shop_id))
    lying = laid(basket, known, goods, good, refused)
    customer = _customer(basket, known, local.date())
    answer = reckoning.calculate(
        lying,
        customer,
        local,
        known.book.book.with_more(brought(good.values())),
        programme.policies if programme else reckoning.Policies(),
        explain=basket.explain,
    )
    names = known.book.names | {-one.series_id: ("coupon", one.name) for one in good.values()}
    gifts = catalog.products_by_id({one.product for one in answer.gifts}) if answer.gifts else {}
    told = Calculated(uuid7(), answer, known, good, own, names, gifts)
    anew = programme is not None and programme.policies.returns is Returns.ANEW
    kept = circumstances(answer, lying, customer, local, programme.policies) if programme and anew else None
    _keep(told, basket, refused, goods, programme, kept, at)
    return told


def _customer(basket: TillBasket, known: Situation, today: date) -> reckoning.Customer | None:
    """Who is reckoned with: account, tier, cards and limits are theirs whose card is shown; the birthday is that of
    whom the basket is for, and their segments count beside the other's.
    """
    if not basket.profile_id:
        return None
    if basket.beneficiary_id in (None, *known.profiles):
        return known.customer
    brand = company.brand_of(basket.shop_id)
    other = situation(basket.beneficiary_id, brand_id=brand, card="", at=basket.at, today=today)
    return replace(known.customer, birthday=other.birthday, segments=known.segments | other.segments)


def _goods(basket: TillBasket) -> dict[str, Sold]:
    """The products of the lines; a product that the catalog does not know is described later, the sale goes on."""
    for place, line in enumerate(basket.lines):
        _must_be_right(line, place)
    wanted = {line.product for line in basket.lines} | basket.stock.keys()
    found = catalog.sold(wanted)
    if missing := wanted - found.keys():
        with transaction.atomic():
            catalog_actions.add_placeholders(missing, by=SYSTEM, at=clock.now())
        found |= catalog.sold(missing)
    return found


def _must_be_right(line: TillLine, place: int) -> None:
    """What a commit would refuse is told before money is taken. Raises BadLine."""
    if (line.price is None) == (line.amount is None):
        raise BadLine(field=f"lines.{place}.price")
    if not line.discounts and line.gross is None:
        return
    costs = rounded(line.price * (line.quantity or ONE)) if line.amount is None else line.amount  # type: ignore[operator]
    listed = costs if line.gross is None else line.gross
    if sum((amount for _kind, amount, _funded in line.discounts), ZERO) > listed - costs:
        message = _(
            "What the till took off is more than lies between `gross`, the list price, and what the line costs."
        )
        raise BadLine(message, field=f"lines.{place}.discounts" if line.discounts else f"lines.{place}.gross")


def sorted_codes(
    basket: TillBasket, known: Situation, goods: Mapping[str, Sold], by: Actor
) -> tuple[dict[str, NamedCode], tuple[str, ...], dict[str, str]]:
    """The codes that are good, those that the till takes off by itself, and why the others aren't good.

    Whoever tries code after code is slowed down.
    """
    keys = {rules.code_key(code) for code in basket.coupons}
    codes = named_codes(keys, profiles=known.profiles, at=basket.at)
    asked_for = {one.coupon for one in known.book.book.promotions} if codes else set()
    unknown = keys - codes.keys()
    passed_on = named_referral_codes(unknown) if unknown else set()
    good: dict[str, NamedCode] = {}
    own: list[str] = []
    refused: dict[str, str] = {}
    for typed in dict.fromkeys(basket.coupons):
        code = codes.get(rules.code_key(typed))
        if code is None and rules.code_key(typed) in passed_on:
            own.append(typed)  # of a customer who brings friends: looked at when it is paid
        elif code is None:
            limits.take(f"codes {by.kind} {by.id}", times=GUESSES_PER_MINUTE, seconds=60)
            refused[typed] = "unknown"
        elif reason := _refusal(code, known, basket):
            refused[typed] = reason
        elif code.value is None and code.series_id not in asked_for:
            own.append(typed)
        elif code.value is None and not _about(code, basket, goods):
            refused[typed] = "nothing"
        else:
            good[typed] = code
    return good, tuple(own), refused


def _about(code: NamedCode, basket: TillBasket, goods: Mapping[str, Sold]) -> bool:
    """Whether anything in the basket is what the code's series is about."""
    lines = (goods[line.product] for line in basket.lines)
    return any(code.is_about(one.id, one.within) for one in lines)


def _refusal(code: NamedCode, known: Situation, basket: TillBasket) -> str | None:
    return rules.refusal(
        _without_minimum(code.terms),
        at=basket.at,
        used=code.used,
        holder=code.holder,
        person=code.holder if code.holder in known.profiles else None,
        basket=ZERO,
        first=basket.profile_id is not None and not known.bought,
        known=basket.profile_id is not None,
    )


def _without_minimum(terms: rules.Terms) -> rules.Terms:
    """The minimum is reckoned with the basket: without the delivery, and told with what is missing."""
    return replace(terms, minimum=None)


def laid(
    basket: TillBasket,
    known: Situation,
    goods: Mapping[str, Sold],
    good: Mapping[str, NamedCode],
    refused: dict[str, str],
) -> reckoning.Basket:
    """The basket as it is reckoned with."""
    return reckoning.Basket(
        tuple(_line(number, line, goods[line.product]) for number, line in enumerate(basket.lines, start=1)),
        shop=basket.shop_id,
        till=_till_number(basket) if known.book.asks_tills else None,
        channel=basket.channel,
        payment=basket.payment,
        coupons={typed: code.series_id for typed, code in good.items()},
        refused=refused,
        points=basket.points,
        stock={goods[code].id: pieces for code, pieces in basket.stock.items()},
        uses=known.uses,
    )


def _till_number(basket: TillBasket) -> int | None:
    return company.tills_by_code(basket.shop_id, [basket.till_code]).get(basket.till_code)


def _line(number: int, line: TillLine, sold: Sold) -> reckoning.Line:
    """A line as it is reckoned with; what has no quantity, or a sum below zero, is the till's own affair."""
    quantity = line.quantity or ONE
    odd = not line.quantity or (line.amount or ZERO) < 0
    return reckoning.Line(
        number,
        sold.id,
        line.price if line.amount is None else line.amount / quantity,  # type: ignore[arg-type]
        quantity,
        sold.within,
        maker_number(sold.manufacturer) if sold.manufacturer else None,
        line.closed or odd,
        line.floor,
        line.delivery,
        line.amount,
    )


# ── What is kept ─────────────────────────────────────────────────────────────────────────────────────────

# One statement is one transaction: that it need not wait for the disk is said within it.
_KEEP = """
    WITH quick AS (SELECT set_config('synchronous_commit', 'off', true) AS said)
    INSERT INTO loyalty_calculation (id, at, shop_id, body)
    SELECT %s::uuid, %s::timestamptz, %s::bigint, %s::jsonb FROM quick"""


def _keep(
    told: Calculated,
    basket: TillBasket,
    refused: Mapping[str, str],
    goods: Mapping[str, Sold],
    programme: Rules | None,
    kept: dict[str, Any] | None,
    at: datetime,
) -> None:
    """Write what a commit needs. Losing the last half second in a power cut is fine: the till reckons again."""
    answer, known = told.answer, told.situation
    account = known.own_account
    body = {
        "at": basket.at.isoformat(),
        "till": basket.till_code,
        "profile": basket.profile_id,
        "programme": programme.id if programme else None,
        "account": account.id if account else None,
        "accounts": [one.id for one in known.accounts],
        "lines": list(_kept_lines(told, basket.lines, goods, programme)),
        "points": [str(answer.points_spent), str(answer.points_earned)],
        "used": _used(told),
        "coupons": _used_coupons(told),
        "others": [*told.own_codes, *refused],
        **({"roles": [["beneficiary", basket.beneficiary_id]]} if basket.beneficiary_id else {}),
        **_entering(told),
        **({"first": first} if (first := _only_first(told)) else {}),
        **({"anew": kept} if kept else {}),
    }
    prepared.write(_KEEP, [told.id, at, basket.shop_id, json.dumps(body, separators=(",", ":"))])


def _entering(told: Calculated) -> dict[str, Any]:
    """Experiments in which the customer is from now on: promotions with a control group that fitted them, first now."""
    arms = [told.situation.arms[one] for one in told.answer.tested]
    new = [[arm.experiment_id, arm.id] for arm in arms if not arm.entered]
    return {"enters": new, "stratum": "buyer" if told.situation.bought else "new"} if new else {}


def entrances(told: Mapping[str, Any]) -> list[experiments.Entrance]:
    """The same, out of what was kept of a calculation."""
    return [
        experiments.Entrance(
            told["profile"], experiment, arm, told["stratum"], datetime.fromisoformat(told["at"])
        )
        for experiment, arm in told.get("enters", ())
    ]


def _kept_lines(
    told: Calculated, lines: Sequence[TillLine], goods: Mapping[str, Sold], programme: Rules | None
) -> Iterable[dict[str, Any]]:
    step = programme.policies.point_step if programme else ONE
    shares = _shares_of_points(told.answer, step)
    for sent, priced, share in zip(lines, told.answer.lines, shares, strict=True):
        sold = goods[sent.product]
        kept: dict[str, Any] = {
            "p": [sold.id, sold.category_id, sold.department_id],
            "q": str(sent.quantity),
            "u": sent.unit,
            "g": str(priced.gross if sent.gross is None else sent.gross),
            "t": str(priced.to_pay),
        }
        if sent.discounts or sent.gross is not None:
            kept["own"] = [(kind, str(amount), funded) for kind, amount, funded in sent.discounts]
        if sent.reimbursed:
            kept["r"] = str(sent.reimbursed)
        if priced.discounts:
            kept["d"] = [(promotion, str(amount)) for promotion, amount in priced.discounts]
        if priced.paid_by_points:
            kept["b"] = [str(priced.paid_by_points), str(share)]
        if priced.earned:
            kept["e"] = [(promotion, str(points)) for promotion, points in priced.earned]
        yield kept
    for gift in told.answer.gifts:
        product = told.gifts[gift.product]
        yield {
            "p": [product.pk, product.category_id, product.category.department_id or product.category_id],
            "q": str(gift.quantity),
            "u": "pcs",
            "g": "0",
            "t": "0",
            "gift": gift.promotion,
        }


def _shares_of_points(answer: Answer, step: Decimal) -> list[Decimal]:
    """How many of the points spent fall on each line, in whole steps of the programme: as the money does."""
    weights = [one.paid_by_points for one in answer.lines]
    return spread(answer.points_spent, weights, [answer.points_spent] * len(weights), step)


_BOUNDS = [
    name
    for one in ("all", "own", *reckoning.OWN_PERIODS, *reckoning.PERIODS)
    for name in (one, f"{one}_money")
]


def _used(told: Calculated) -> list[dict[str, Any]]:
    """Promotions that changed something, with the limits that a commit must keep."""
    of = {one.id: one for one in told.situation.book.book.promotions}
    gifts = {gift.promotion for gift in told.answer.gifts}
    used = []
    for verdict in told.answer.verdicts.values():
        if verdict.promotion < 0 or not (verdict.amount or verdict.points or verdict.promotion in gifts):
            continue
        bounds = of[verdict.promotion].limits
        named = {name: str(bound) for name in _BOUNDS if (bound := getattr(bounds, name)) is not None}
        used.append(
            {
                "id": verdict.promotion,
                "v": verdict.version,
                "a": str(verdict.amount),
                "p": str(verdict.points),
                **({"limits": named} if named else {}),
            }
        )
    return used


def _only_first(told: Calculated) -> str:
    """What was given because it is a first purchase, by its name; empty, if nothing was."""
    asks = {one.id for one in told.situation.book.book.promotions if one.who.first}
    gave = {gift.promotion for gift in told.answer.gifts}
    for one in told.answer.verdicts.values():
        if one.promotion in asks and (one.amount or one.points or one.promotion in gave):
            return told.names[one.promotion][1]
    used = (code for typed, code in told.codes.items() if typed not in told.answer.unused_coupons)
    return next((code.name for code in used if code.terms.first_order), "")


def _used_coupons(told: Calculated) -> dict[str, list[Any]]:
    """Codes that changed something: coupon, series, and what was taken off because of it."""
    asking: dict[int, Decimal] = {}
    for one in told.situation.book.book.promotions:
        if one.coupon is not None and one.id in told.answer.verdicts:
            asking[one.coupon] = asking.get(one.coupon, ZERO) + told.answer.verdicts[one.id].amount
    used: dict[str, list[Any]] = {}
    for typed, code in told.codes.items():
        if typed not in told.answer.unused_coupons:
            own = told.answer.verdicts.get(-code.series_id)
            taken = asking.get(code.series_id, ZERO) + (own.amount if own else ZERO)
            used[typed] = [code.coupon_id, code.series_id, str(taken)]
    return used


def forget_calculations() -> None:
    """Drop what tills were told so long ago that no commit may name it any more, piece by piece.

    Whoever a promotion with a control group fitted entered its experiment, also where nothing was bought in the end.
    """
    piece = (
        "WITH gone AS (DELETE FROM loyalty_calculation WHERE id IN"
        " (SELECT id FROM loyalty_calculation WHERE at < %s ORDER BY at LIMIT %s) RETURNING body)"
        " SELECT count(*), json_agg(body - 'lines') FILTER (WHERE body ? 'enters') FROM gone"
    )
    gone = PIECE
    while gone == PIECE:
        with transaction.atomic():
            gone, told = prepared.rows(piece, [clock.now() - KEPT_FOR, PIECE])[0]
            experiments.enter([one for body in told or () for one in entrances(body)], by=SYSTEM)
