"""A promotion in plain words, in the reader's language: what it gives, on what, whom, when, where, how often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import singledispatchmethod
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from prilavok.company import queries as company
from prilavok.kernel import money
from prilavok.loyalty.definitions import (
    WEEKDAYS,
    AmountOff,
    Bundle,
    Control,
    Earn,
    EarnEach,
    FixedPrice,
    Gift,
    GoodsWritten,
    Limits,
    Multiple,
    Multiply,
    Name,
    Need,
    Pair,
    PercentOff,
    PromotionWritten,
    Tiers,
    When,
    Where,
    Who,
)
from prilavok.loyalty.queries import Said
from prilavok.loyalty.reckoning.promotions import Stacking
from prilavok.ui import formats

DAYS: Mapping[str, str | Promise] = {
    "mon": gettext_lazy("on Mondays"),
    "tue": gettext_lazy("on Tuesdays"),
    "wed": gettext_lazy("on Wednesdays"),
    "thu": gettext_lazy("on Thursdays"),
    "fri": gettext_lazy("on Fridays"),
    "sat": gettext_lazy("on Saturdays"),
    "sun": gettext_lazy("on Sundays"),
}
STACKING: Mapping[str, str | Promise] = {
    Stacking.CASCADE: gettext_lazy("reckoned from the price after earlier promotions"),
    Stacking.BASE: gettext_lazy("reckoned from the price before all promotions"),
    Stacking.EXCLUSIVE: gettext_lazy("alone on its goods: no other promotion makes them cheaper"),
}
NO_DISCOUNT = {"gift", "earn", "earn_each", "multiply"}
LABELS: Mapping[str, str | Promise] = {
    "give": gettext_lazy("Gives"),
    "needs": gettext_lazy("Needs"),
    "who": gettext_lazy("For whom"),
    "when": gettext_lazy("When"),
    "where": gettext_lazy("Where"),
    "coupon": gettext_lazy("Coupon"),
    "limits": gettext_lazy("How often"),
    "control": gettext_lazy("Control group"),
    "stacking": gettext_lazy("With other promotions"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a promotion: its key, what it is called, what it says."""

    key: str
    label: str
    text: str


def told(written: PromotionWritten, said: Said) -> list[Part]:
    """The whole promotion, part by part; parts that say nothing special say what holds then."""
    teller = Teller(said)
    texts = {
        "give": "; ".join(teller.gives(written)),
        "needs": "; ".join(teller.need(one) for one in written.needs) or _("nothing else"),
        "who": "; ".join(teller.who(written.who)) or _("everybody, with a card or without"),
        "when": ", ".join(teller.when(written.when)) or _("always, without a last day"),
        "where": "; ".join(teller.where(written.where)) or _("in all shops and channels"),
        "coupon": _coupon(written, said) or _("not needed"),
        "limits": "; ".join(teller.limits(written.limits)) or _("without limit"),
        "control": _control(written.control) or _("none: everybody gets it"),
        "stacking": "; ".join(teller.stacking(written)) or _("leaves the discounts of others as they are"),
    }
    return [Part(key, str(LABELS[key]), text) for key, text in texts.items()]


def sentence(written: PromotionWritten, said: Said) -> str:
    """All that is special in it, as one text of whole sentences."""
    teller = Teller(said)
    needs = [teller.need(one) for one in written.needs]
    parts = [
        "; ".join(teller.gives(written)),
        _("If there is in the basket %(what)s") % {"what": _and(needs)} if needs else "",
        _("For whom: %(who)s") % {"who": "; ".join(teller.who(written.who))} if written.who != Who() else "",
        ", ".join(teller.when(written.when)),
        "; ".join(teller.where(written.where)),
        _coupon(written, said),
        "; ".join(teller.limits(written.limits)),
        _control(written.control),
        "; ".join(teller.stacking(written)),
    ]
    return " ".join(f"{part[0].upper()}{part[1:].removesuffix('.')}." for part in parts if part)


def _coupon(written: PromotionWritten, said: Said) -> str:
    if written.coupon is None:
        return ""
    return _("only with a coupon of the series “%(series)s”") % {"series": said("series", written.coupon)}


def _control(control: Control | None) -> str:
    if control is None:
        return ""
    text = ngettext(
        "%(percent)s of the customers, drawn by lot, do not get it for %(days)s day: the control group",
        "%(percent)s of the customers, drawn by lot, do not get it for %(days)s days: the control group",
        control.days,
    )
    return text % {"percent": _percent(control.percent), "days": control.days}


def _and(several: Sequence[str]) -> str:
    return _(" and ").join(several)


class Teller:
    """Tells the parts of a promotion; `said` knows what things are called."""

    def __init__(self, said: Said) -> None:
        self.said = said

    def gives(self, written: PromotionWritten) -> list[str]:
        return [self.give(getattr(one, next(iter(one.model_fields_set)))) for one in written.give]

    @singledispatchmethod
    def give(self, effect: Any) -> str:
        """What one effect does."""
        raise TypeError(effect)

    @give.register
    def _percent_off(self, one: PercentOff) -> str:
        return _("%(percent)s off %(goods)s") % {
            "percent": _percent(one.percent),
            "goods": self.goods(one.of),
        }

    @give.register
    def _amount_off(self, one: AmountOff) -> str:
        return _("%(sum)s off %(goods)s together") % {"sum": _money(one.amount), "goods": self.goods(one.of)}

    @give.register
    def _fixed_price(self, one: FixedPrice) -> str:
        return _("a piece for %(sum)s of %(goods)s") % {"sum": _money(one.price), "goods": self.goods(one.of)}

    @give.register
    def _tiers(self, one: Tiers) -> str:
        steps = [
            _("from %(start)s: %(percent)s")
            % {"start": _money(start) if one.by == "amount" else _pieces(start), "percent": _percent(percent)}
            for start, percent in sorted(one.steps.items())
        ]
        return _("a discount by how much is taken of %(goods)s: %(steps)s") % {
            "goods": self.goods(one.of),
            "steps": ", ".join(steps),
        }

    @give.register
    def _multiple(self, one: Multiple) -> str:
        told = {"take": one.take, "pay": one.pay, "goods": self.goods(one.of)}
        return _("%(take)s for the price of %(pay)s: %(goods)s") % told

    @give.register
    def _pair(self, one: Pair) -> str:
        told = {"percent": _percent(one.percent), "goods": self.goods(one.of)}
        return _("the second piece %(percent)s cheaper: %(goods)s") % told

    @give.register
    def _bundle(self, one: Bundle) -> str:
        items = [
            f"{self.goods(item.of)} × {item.pieces}" if item.pieces > 1 else self.goods(item.of)
            for item in one.items
        ]
        return _("together for %(sum)s: %(items)s") % {"sum": _money(one.price), "items": " + ".join(items)}

    @give.register
    def _gift(self, one: Gift) -> str:
        products = _or([f"«{self.said('product', name)}»" for name in one.products])
        return _("a gift: %(products)s, %(pieces)s") % {"products": products, "pieces": _pieces(one.quantity)}

    @give.register
    def _earn(self, one: Earn) -> str:
        told = {"percent": _percent(one.percent), "goods": self.goods(one.of)}
        text = _("%(percent)s in points of what is paid for %(goods)s") % told
        tiers = [f"{self.said('tier', tier)}: {_percent(percent)}" for tier, percent in one.by_tier.items()]
        return f"{text} ({', '.join(tiers)})" if tiers else text

    @give.register
    def _earn_each(self, one: EarnEach) -> str:
        told = {"points": _points(one.points), "goods": self.goods(one.of)}
        if one.each is None:
            return _("%(points)s for a purchase of %(goods)s") % told
        return _("%(points)s for each %(sum)s paid for %(goods)s") % {**told, "sum": _money(one.each)}

    @give.register
    def _multiply(self, one: Multiply) -> str:
        told = {"factor": _figure(one.factor), "goods": self.goods(one.of)}
        return _("points × %(factor)s for %(goods)s") % told

    def goods(self, goods: GoodsWritten) -> str:
        """Which goods."""
        if goods.delivery:
            return _("the delivery")
        texts = [
            *(f"«{self.said('product', name)}»" for name in goods.products),
            *(f"«{self.said('category', name)}»" for name in goods.categories),
            *(_("goods of “%(brand)s”") % {"brand": self.said("brand", name)} for name in goods.brands),
        ]
        without = [
            *(f"«{self.said('product', name)}»" for name in goods.without_products),
            *(f"«{self.said('category', name)}»" for name in goods.without_categories),
        ]
        text = _short(texts) or _("all goods")
        return (
            _("%(goods)s but not %(without)s") % {"goods": text, "without": _short(without)}
            if without
            else text
        )

    def need(self, need: Need) -> str:
        least = [_pieces(need.quantity)] if need.quantity else []
        least += [_money(need.amount)] if need.amount else []
        return _("at least %(least)s of %(goods)s") % {"least": _and(least), "goods": self.goods(need.of)}

    def _cards(self, who: Who) -> Iterator[str]:
        if who.card_kinds:
            yield _("with a card %(kinds)s") % {"kinds": _or(self._names("card_kind", who.card_kinds))}
        if who.card_statuses:
            names = _or(self._names("card_status", who.card_statuses))
            yield _("with a card of the status %(statuses)s") % {"statuses": names}

    def who(self, who: Who) -> Iterator[str]:
        if who.known and who == Who(known=True):
            yield _("only customers whom the shop knows")
        if who.segments:
            yield _("who is in %(segments)s") % {"segments": _or(self._names("segment", who.segments))}
        if who.without_segments:
            names = _or(self._names("segment", who.without_segments))
            yield _("who is not in %(segments)s") % {"segments": names}
        if who.tiers:
            yield _("of the tier %(tiers)s") % {"tiers": _or(self._names("tier", who.tiers))}
        yield from self._cards(who)
        if who.birthday:
            yield _birthday(who.birthday.before, who.birthday.after)
        if who.first:
            yield _("for the first purchase")

    def _names(self, kind: str, names: Iterable[Name]) -> list[str]:
        return [f"«{self.said(kind, name)}»" for name in names]

    def when(self, when: When) -> Iterator[str]:
        if when.since:
            yield _("from %(moment)s") % {"moment": _moment(when.since)}
        if when.until:
            yield _last(when.until)
        if when.weekdays:
            yield ", ".join(str(DAYS[day]) for day in WEEKDAYS if day in when.weekdays)
        if when.hours:
            hours = {"since": f"{when.hours.since:%H:%M}", "until": f"{when.hours.until:%H:%M}"}
            yield _("from %(since)s till %(until)s o'clock") % hours

    def where(self, where: Where) -> Iterator[str]:
        if where.shops:
            yield _("in the shops %(shops)s") % {"shops": _short(self._names("shop", where.shops))}
        if where.tills:
            yield _("at the tills %(tills)s") % {"tills": _short(list(map(str, where.tills)))}
        if where.channels:
            yield _("by the channels %(channels)s") % {"channels": _or(where.channels)}
        if where.payments:
            yield _("if paid by %(payments)s") % {"payments": _or(where.payments)}

    def limits(self, limits: Limits) -> Iterator[str]:
        for key, value in limits:
            if value is not None:
                shown = _money(value) if key.endswith("_money") else _times(value)
                yield str(_LIMITS[key]) % {"most": shown}

    def stacking(self, written: PromotionWritten) -> Iterator[str]:
        if not all(one.model_fields_set & NO_DISCOUNT for one in written.give):
            yield str(STACKING[written.stacking])
        if written.group:
            yield _("of the group “%(group)s” one promotion wins") % {"group": written.group}
        if written.priority != PromotionWritten.model_fields["priority"].default:
            yield _("priority %(priority)s: the lower one comes first") % {"priority": written.priority}


_LIMITS: Mapping[str, str | Promise] = {
    "receipt": gettext_lazy("at most %(most)s on one receipt"),
    "all": gettext_lazy("at most %(most)s by all customers"),
    "all_money": gettext_lazy("at most %(most)s for all customers"),
    "own": gettext_lazy("at most %(most)s by one customer"),
    "own_money": gettext_lazy("at most %(most)s for one customer"),
    "today": gettext_lazy("at most %(most)s a day by one customer"),
    "today_money": gettext_lazy("at most %(most)s a day for one customer"),
    "own_week": gettext_lazy("at most %(most)s a week by one customer"),
    "own_week_money": gettext_lazy("at most %(most)s a week for one customer"),
    "own_month": gettext_lazy("at most %(most)s a month by one customer"),
    "own_month_money": gettext_lazy("at most %(most)s a month for one customer"),
    "day": gettext_lazy("at most %(most)s a day by all customers"),
    "day_money": gettext_lazy("at most %(most)s a day for all customers"),
    "week": gettext_lazy("at most %(most)s a week by all customers"),
    "week_money": gettext_lazy("at most %(most)s a week for all customers"),
    "month": gettext_lazy("at most %(most)s a month by all customers"),
    "month_money": gettext_lazy("at most %(most)s a month for all customers"),
}


def _birthday(before: int, after: int) -> str:
    if not before and not after:
        return _("on the birthday")
    days = ngettext("%(before)s day before", "%(before)s days before", before) % {"before": before}
    later = ngettext("%(after)s day after", "%(after)s days after", after) % {"after": after}
    return _("around the birthday: %(before)s and %(after)s") % {"before": days, "after": later}


def _last(until: datetime) -> str:
    """The last day, if it ends at midnight; else the moment."""
    local = _local(until)
    if local.hour == local.minute == local.second == 0:
        last = formats.day((local - timedelta(microseconds=1)).date(), _language())
        return _("till %(day)s inclusive") % {"day": last}
    return _("till %(moment)s") % {"moment": _moment(until)}


def _local(moment: datetime) -> datetime:
    """As it is written; a moment of a zone, in the company's."""
    return moment.astimezone(company.zone()) if moment.tzinfo else moment


def _moment(moment: datetime) -> str:
    local = _local(moment)
    whole = local.hour == local.minute == local.second == 0
    return formats.day(local.date(), _language()) if whole else formats.moment(local, _language())


def _short(several: Sequence[str]) -> str:
    """Several names, of many the first ones."""
    if len(several) <= 5:
        return _or(several)
    more = ngettext("%(count)s more", "%(count)s more", len(several) - 4) % {"count": len(several) - 4}
    return _or([*several[:4], more])


def _or(several: Sequence[str]) -> str:
    return ", ".join(several)


def _times(value: int) -> str:
    shown = formats.number(value, language=_language())
    return ngettext("%(shown)s time", "%(shown)s times", value) % {"shown": shown}


def _pieces(value: Decimal) -> str:
    return _("%(count)s pcs") % {"count": _figure(value)}


def _points(value: Decimal) -> str:
    whole = int(value)
    return ngettext("%(count)s point", "%(count)s points", whole) % {"count": _figure(value)}


def _figure(value: Decimal) -> str:
    return formats.number(value, language=_language())


def _percent(value: Decimal) -> str:
    return formats.percent(value / 100, 2 if value % 1 else 0, _language())


def _money(value: Decimal) -> str:
    return money.show(value, company.currency(), _language())


def _language() -> str:
    return get_language() or "ru"
